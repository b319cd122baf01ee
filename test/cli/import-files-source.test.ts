import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { errorOf, type Place, place } from './spawn-cli.js'

const FETCH = ['data', 'fetch', 'AAPL.NASDAQ', '--bar-type', '1m'] as const
const RANGE = ['--start', '2024-01-02T14:30:00Z', '--end', '2024-01-02T14:32:00Z'] as const

async function withFile(here: Place): Promise<void> {
  await mkdir(join(here.folder, 'data/AAPL.NASDAQ'), { recursive: true })
  const rows = ['30', '31'].map((minute) => `2024-01-02T14:${minute}:00Z,1,2,0.5,1.5`)
  const text = ['timestamp,open,high,low,close', ...rows].join('\n')
  await writeFile(join(here.folder, 'data/AAPL.NASDAQ/1-MINUTE-LAST.csv'), text)
}

test('fetch --source files:DIR takes a DIR relative to the current directory; the second time nothing is asked', async () => {
  const here = await place()
  await withFile(here)
  const args = [...FETCH, ...RANGE, '--source', 'files:data']
  expect(await here.json(args)).toMatchObject({ rows: 2, requests: 1, fetchedRows: 2, missing: [] })
  expect(await here.json(args)).toMatchObject({ rows: 2, requests: 0, fetchedRows: 0, missing: [] })
})

test.each([
  ['the environment', { NTRADER_SOURCE: 'files:data' }, undefined],
  ['the configuration', {}, '{"source":"files:data"}'],
])('%s can name it', async (_, env, config) => {
  const here = await place()
  await withFile(here)
  if (config !== undefined) await writeFile(join(here.folder, 'ntrader.config.json'), config)
  expect((await here.run([...FETCH, ...RANGE], env)).stdout).toContain('2 bars, 2 fetched by 1 request')
})

test('what is outside of the files is said to be missing', async () => {
  const here = await place()
  await withFile(here)
  const day = ['--start', '2024-01-02', '--end', '2024-01-02', '--source', 'files:data']
  const { code, stderr } = await here.run([...FETCH, ...day])
  expect({ code, stderr }).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('still missing 1 stretch, first 2024-01-02T14:32:00Z .. 2024-01-02T21:00:00Z'),
  })
})

test.each([
  ['no directory', 'files:', 2, 'names no directory'],
  ['one that is not there', 'files:none', 1, 'there is no directory'],
])('files: with %s is refused', async (_, source, code, message) => {
  const here = await place()
  const outcome = await here.run([...FETCH, ...RANGE, '--source', source, '--json'])
  expect(outcome.code).toBe(code)
  expect(errorOf(outcome).message).toContain(message)
})

test('a source that is none is refused with those there are', async () => {
  const here = await place()
  const outcome = await here.run([...FETCH, ...RANGE, '--source', 'ouija', '--json'])
  expect(outcome.code).toBe(2)
  expect(errorOf(outcome).hint).toMatch(/--source sim[\s\S]*--source files:DIR/)
})
