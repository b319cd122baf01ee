import { readdir, rm, writeFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { fetchDays, MINUTES } from './sample.js'
import { errorOf, place } from './spawn-cli.js'

const FETCH = [...fetchDays('AAPL.SIM', '2024-01-02', '2024-01-04'), '--source', 'sim']
const QUERY = ['data', 'query', 'AAPL.SIM', ...MINUTES, '--format', 'csv']
const REBUILD = ['data', 'repair', '--rebuild']

test('repair --rebuild makes a damaged log anew, and says what that means', async () => {
  const here = await place()
  await here.ok(FETCH)
  const rows = await here.ok(QUERY)
  await writeFile(`${here.catalog}/bars/_delta_log/00000000000000000000.json`, 'not json')
  const refused = await here.run(['--json', ...QUERY])
  expect(refused.code).toBe(4)
  expect(errorOf(refused).hint).toContain('ntrader data repair --rebuild')
  const planned = await here.ok([...REBUILD, '--dry-run'])
  expect(planned).toContain('bars: its log is damaged; it would be made anew from 3 files, 1,170 rows')
  expect((await here.run(QUERY)).code).toBe(4)
  const done = await here.ok(REBUILD)
  expect(done).toContain('bars: its log is damaged; it was made anew from 3 files, 1,170 rows')
  expect(done).toContain('may have come back: days and series that commit 0, which does not read,')
  expect(done).toMatch(/the old log is kept: bars\/_delta_log\.kept-/)
  expect(await here.ok(QUERY)).toBe(rows)
  expect((await here.run(['data', 'verify'])).code).toBe(0)
})

test('repair --rebuild of a log that is gone; a sound one is refused without --type and --yes', async () => {
  const here = await place()
  await here.ok(FETCH)
  const rows = await here.ok(QUERY)
  for (const args of [[], ['--yes'], ['--type', 'bars'], ['--type', 'quotes', '--yes']]) {
    expect((await here.run([...REBUILD, ...args])).code, args.join(' ')).toBe(2)
  }
  expect((await here.run(['data', 'repair', '--type', 'bars'])).code).toBe(2)
  await here.ok([...REBUILD, '--type', 'bars', '--yes'])
  await rm(`${here.catalog}/bars/_delta_log`, { recursive: true })
  const outcome = (await here.json(REBUILD)) as { readonly rebuilt: readonly unknown[] }
  expect(outcome.rebuilt).toMatchObject([{ type: 'bars', log: 'lost', files: 3, rows: 1170 }])
  expect(await here.ok(QUERY)).toBe(rows)
  expect((await readdir(`${here.catalog}/bars`)).filter((it) => it.startsWith('_delta_log.kept-'))).toHaveLength(1)
})
