import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type Place, place } from './spawn-cli.js'

const HEADER = 'timestamp,open,high,low,close,volume'
const GOOD = ['30', '31', '32'].map((minute) => `2024-01-02T14:${minute}:00Z,1,2,0.5,1.5,100`)
const SERIES = ['R.NASDAQ', '--bar-type', '1m'] as const
const IMPORT = ['--instrument', ...SERIES] as const

async function fileIn(here: Place, name: string, lines: readonly string[]): Promise<string> {
  await writeFile(join(here.folder, name), [HEADER, ...lines, ''].join('\n'))
  return name
}

async function gaps(here: Place, start: string, end: string): Promise<unknown> {
  const { stdout } = await here.run(['data', 'gaps', ...SERIES, '--start', start, '--end', end, '--json'])
  return JSON.parse(stdout).gaps
}

describe('what an import claims', () => {
  test('a dry run stores nothing, and says what would be new', async () => {
    const here = await place()
    const file = await fileIn(here, 'good.csv', GOOD)
    const first = await here.ok(['data', 'import', 'csv', file, ...IMPORT, '--dry-run'])
    expect(first).toContain('3 would be new')
    expect(await here.json(['data', 'list'])).toEqual([])
    await here.ok(['data', 'import', 'csv', file, ...IMPORT])
    expect(await here.ok(['data', 'import', 'csv', file, ...IMPORT, '--dry-run'])).toContain('0 would be new')
  })

  test('a skipped row stays open, and in mode replace the stored row of its stamp stays', async () => {
    const here = await place()
    const bad = await fileIn(here, 'bad.csv', [GOOD[0] ?? '', '2024-01-02T14:31:00Z,1,0.1,0.5,1.5,100', GOOD[2] ?? ''])
    await here.ok(['data', 'import', 'csv', bad, ...IMPORT, '--skip-bad-rows'])
    const [start, end] = ['2024-01-02T14:30:00Z', '2024-01-02T14:33:00Z']
    expect(await gaps(here, start, end)).toEqual([{ start: '2024-01-02T14:31:00Z', end: '2024-01-02T14:32:00Z' }])
    await here.ok(['data', 'import', 'csv', await fileIn(here, 'good.csv', GOOD), ...IMPORT])
    await here.ok(['data', 'import', 'csv', bad, ...IMPORT, '--skip-bad-rows', '--mode', 'replace'])
    expect(await here.json(['data', 'query', ...SERIES])).toHaveLength(3)
    expect(await gaps(here, start, end)).toEqual([])
  })

  test('--complete claims nothing that has not happened', async () => {
    const here = await place()
    const file = await fileIn(here, 'good.csv', GOOD)
    const future = await here.run(['data', 'import', 'csv', file, ...IMPORT, '--complete', '2190-01-01/2190-12-31'])
    expect(future.code).toBe(2)
    await here.ok(['data', 'import', 'csv', file, ...IMPORT, '--complete', '2024-01-01/2190-12-31'])
    expect(await gaps(here, '2190-01-02', '2190-01-02')).not.toEqual([])
  })

  test('daily stamps with an offset keep their date on a venue whose zone is not known', async () => {
    const here = await place()
    const days = ['08', '09', '10'].map((day) => `2024-01-${day} 00:00:00+01:00,1,2,0.5,1.5,100`)
    const file = await fileIn(here, 'days.csv', days)
    await here.ok(['data', 'import', 'csv', file, '--instrument', 'SAP.XETRA', '--bar-type', '1d'])
    const rows = await here.json(['data', 'query', 'SAP.XETRA', '--bar-type', '1d', '--columns', 'ts_event'])
    expect(rows).toEqual(['08', '09', '10'].map((day) => ({ ts_event: `2024-01-${day}T00:00:00Z` })))
  })
})

test('a result is never written into the catalog it comes from', async () => {
  const here = await place()
  await here.ok(['data', 'import', 'csv', await fileIn(here, 'good.csv', GOOD), ...IMPORT])
  const log = join(here.catalog, 'bars/_delta_log/00000000000000000000.json')
  const before = await readFile(log, 'utf8')
  const { code, stderr } = await here.run(['data', 'query', ...SERIES, '--format', 'json', '-o', log])
  expect(code).toBe(2)
  expect(stderr).toContain('inside the catalog')
  expect(await readFile(log, 'utf8')).toBe(before)
})

test('--as-of takes the version that history shows', async () => {
  const here = await place()
  await here.ok(['data', 'import', 'csv', await fileIn(here, 'one.csv', GOOD.slice(0, 1)), ...IMPORT])
  await here.ok(['data', 'import', 'csv', await fileIn(here, 'all.csv', GOOD), ...IMPORT])
  expect(await here.ok(['data', 'history'])).toContain('bars@0')
  expect(await here.json(['data', 'query', ...SERIES, '--as-of', 'bars@0'])).toHaveLength(1)
})
