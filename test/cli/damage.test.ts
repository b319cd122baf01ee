import { existsSync } from 'node:fs'
import { copyFile, readdir, readFile, writeFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { unsealed } from '../delta/log-folder.js'
import { fetchDays, MINUTES } from './sample.js'
import { errorOf, type Place, place } from './spawn-cli.js'

const SIM = ['--source', 'sim'] as const
const LOST = { start: '2024-01-03T14:30:00Z', end: '2024-01-03T21:00:00Z' }
const FETCH = fetchDays('AAPL.SIM', '2024-01-02', '2024-01-04')
const QUERY = ['data', 'query', 'AAPL.SIM', ...MINUTES, '--format', 'csv']

interface Damaged {
  readonly here: Place
  /** The damaged file as the catalog names it, and where it is. */
  readonly file: string
  readonly path: string
  /** All rows as they were before. */
  readonly rows: string
}

/** Three days of which the second has one bit flipped in its data. */
async function damagedDay(): Promise<Damaged> {
  const here = await place()
  await here.ok([...FETCH, ...SIM])
  const rows = await here.ok(QUERY)
  const path = (await here.ok(['data', 'files'])).split('\n').find((it) => it.includes('2024-01-03')) ?? ''
  const bytes = await readFile(path)
  bytes[500] = (bytes[500] as number) ^ 1
  await writeFile(path, bytes)
  return { here, path, rows, file: path.slice(here.catalog.length + 1) }
}

async function filesOf(here: Place): Promise<string[]> {
  return (await readdir(here.catalog, { recursive: true })).sort()
}

describe('4: one flipped bit', () => {
  test('query names the file and the interval, and prints no rows', async () => {
    const { here, file } = await damagedDay()
    const outcome = await here.run(['--json', ...QUERY])
    expect(outcome).toMatchObject({ code: 4, stdout: '' })
    const error = errorOf(outcome)
    expect(error.code).toBe('CATALOG_CORRUPTION')
    expect(error.message).toContain(file)
    expect(error.message).toContain(`${LOST.start} .. ${LOST.end}`)
    expect(error.hint).toContain('ntrader data verify --quarantine')
    expect((await here.run([...QUERY, '--end', '2024-01-02'])).code).toBe(0)
  })

  test('verify finds it, again and again, and changes nothing', async () => {
    const { here, file } = await damagedDay()
    const before = await filesOf(here)
    const report = { ok: false, files: 3, orphans: 0, problems: [{ file, kind: 'checksum', interval: LOST }] }
    for (const args of [[], ['AAPL.SIM'], ['--quarantine', '--dry-run']]) {
      const outcome = await here.run(['data', 'verify', ...args, '--json', '--quiet'])
      expect(outcome.code).toBe(4)
      expect(JSON.parse(outcome.stdout)).toEqual(report)
      expect(outcome.stderr).toBe('')
    }
    expect(await filesOf(here)).toEqual(before)
  })

  test('verify says it to a person, and on stderr what to do', async () => {
    const { here, file } = await damagedDay()
    const { stdout, stderr } = await here.run(['data', 'verify'])
    expect(stdout.split('\n')).toEqual([
      expect.stringContaining(`checksum: ${file} (${LOST.start} .. ${LOST.end})`),
      '3 files checked, 1 problem',
      '',
    ])
    expect(stderr).toContain('ntrader data verify --quarantine')
  })

  test('verify --quarantine takes it out with 4, keeps a copy that says why, and then all is well', async () => {
    const { here, file, path } = await damagedDay()
    const bytes = await readFile(path)
    expect((await here.run(['data', 'verify', '--quarantine'])).code).toBe(4)
    expect(await here.json(['data', 'verify'])).toEqual({ ok: true, files: 2, orphans: 0, problems: [] })
    expect(existsSync(path)).toBe(false)
    const kept = `${here.catalog}/bars/_quarantine/${file.split('/').at(-1)}`
    expect(await readFile(kept)).toEqual(bytes)
    expect(JSON.parse(await readFile(`${kept}.json`, 'utf8'))).toMatchObject({
      reason: expect.stringContaining('checksum'),
    })
    const gaps = await here.run([
      ...['data', 'gaps', 'AAPL.SIM', ...MINUTES, '--start', '2024-01-02', '--end', '2024-01-04', '--json'],
    ])
    expect(JSON.parse(gaps.stdout)).toEqual({ gaps: [LOST] })
  })

  test('after quarantine a fetch brings exactly that interval back', async () => {
    const { here, rows } = await damagedDay()
    await here.run(['data', 'verify', '--quarantine'])
    expect(await here.json([...FETCH, ...SIM])).toMatchObject({ rows: 1170, requests: 1, fetchedRows: 390 })
    expect(await here.ok(QUERY)).toBe(rows)
  })

  test('a fetch heals it: exactly that interval is asked for, and the bad file is kept', async () => {
    const { here, rows, file } = await damagedDay()
    expect(await here.json([...FETCH, ...SIM])).toMatchObject({
      rows: 1170,
      requests: 1,
      fetchedRows: 390,
      missing: [],
    })
    expect(await here.ok(QUERY)).toBe(rows)
    expect(await here.json(['data', 'verify'])).toEqual({ ok: true, files: 3, orphans: 0, problems: [] })
    expect(await readdir(`${here.catalog}/bars/_quarantine`)).toContain(file.split('/').at(-1))
  })

  test('a fetch without a source moves nothing', async () => {
    const { here, file } = await damagedDay()
    const before = await filesOf(here)
    const outcome = await here.run(['--json', ...FETCH])
    expect(outcome.code).toBe(4)
    expect(errorOf(outcome).message).toContain(file)
    expect(await filesOf(here)).toEqual(before)
  })

  test('a fetch of other days does not touch it', async () => {
    const { here } = await damagedDay()
    const before = await filesOf(here)
    expect((await here.run(fetchDays('AAPL.SIM', '2024-01-02', '2024-01-02', ...SIM))).code).toBe(0)
    expect(await filesOf(here)).toEqual(before)
  })

  test('the file put back from a backup is good again', async () => {
    const { here, path, rows } = await damagedDay()
    await copyFile(path, `${path}.bak`)
    const bytes = await readFile(path)
    bytes[500] = (bytes[500] as number) ^ 1
    await writeFile(path, bytes)
    expect(await here.ok(QUERY)).toBe(rows)
  })
})

test.each([
  ['a file that is gone', 'missing', (bytes: Buffer) => bytes.subarray(0, 0)],
  ['a file cut short', 'size', (bytes: Buffer) => bytes.subarray(0, 900)],
  ['a file of zeros', 'checksum', (bytes: Buffer) => Buffer.alloc(bytes.length)],
])('4: %s', async (_name, kind, spoil) => {
  const { here, path, file } = await damagedDay()
  const bytes = spoil(await readFile(path))
  await (kind === 'missing' ? (await import('node:fs/promises')).rm(path) : writeFile(path, bytes))
  const outcome = await here.run(['data', 'verify', '--json'])
  expect(outcome.code).toBe(4)
  expect(JSON.parse(outcome.stdout).problems).toEqual([{ file, kind, interval: LOST }])
  expect((await here.run(QUERY)).code).toBe(4)
})

test('damage to files of crashed writers is no problem: they are counted and left alone', async () => {
  const here = await place()
  await here.ok([...FETCH, ...SIM])
  const [file = ''] = (await here.ok(['data', 'files'])).split('\n')
  await copyFile(file, file.replace(/\.[0-9a-f]+\.parquet$/, '.0123456789abcdef.parquet'))
  expect(await here.json(['data', 'verify'])).toEqual({ ok: true, files: 3, orphans: 1, problems: [] })
  expect(await here.json(['data', 'verify', 'AAPL.SIM'])).toMatchObject({ ok: true, files: 3 })
})

test('a log that says wrongly what a sound file holds: verify names the step that mends it', async () => {
  const here = await place()
  await here.ok([...FETCH, ...SIM])
  const log = `${here.catalog}/bars/_delta_log/00000000000000000000.json`
  const text = unsealed(await readFile(log, 'utf8'))
  await writeFile(log, text.replace('\\"numRecords\\":390', '\\"numRecords\\":391'))
  const { code, stdout, stderr } = await here.run(['data', 'verify'])
  expect([code, stdout]).toEqual([4, expect.stringContaining('it holds 390 rows, the log says 391')])
  expect(stderr).toContain('ntrader data delete')
  expect(stderr).not.toContain('--quarantine')
  const day = /(\d{4}-\d\d-\d\d)\.[0-9a-f]{16}/.exec(stdout)?.[1] ?? ''
  await here.ok(['data', 'delete', 'AAPL.SIM', ...MINUTES, '--start', day, '--end', day, '--yes'])
  await here.ok([...FETCH, ...SIM])
  expect(await here.json(['data', 'verify'])).toMatchObject({ ok: true, files: 3 })
})
