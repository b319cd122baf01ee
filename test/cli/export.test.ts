import { chmod, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { gunzipSync } from 'node:zlib'
import { tableFromIPC } from 'apache-arrow'
import { readParquet } from 'parquet-wasm'
import { dir } from 'tmp-promise'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fetchDays, importMinutes, importSample, MINUTES, TOKEN, writeSample } from './sample.js'
import { errorOf, type Place, place, placeIn } from './spawn-cli.js'

const EXPORT = ['data', 'export'] as const
const SIM = ['--source', 'sim'] as const
const MINUTE_FILE = '1-MINUTE-LAST-EXTERNAL.csv'

/** Two series of minutes and one of days. */
let here: Place
beforeAll(async () => {
  here = placeIn((await dir()).path)
  await here.ok(fetchDays('AAPL.SIM', '2024-01-02', '2024-01-03', ...SIM))
  await here.ok(fetchDays('MSFT.SIM', '2024-01-02', '2024-01-02', ...SIM))
  await here.ok([
    'data',
    'fetch',
    'AAPL.SIM',
    '--bar-type',
    '1d',
    '--start',
    '2024-01-02',
    '--end',
    '2024-01-31',
    ...SIM,
  ])
})
afterAll(() => rm(here.folder, { recursive: true }))

/** Every file below a folder, sorted. */
async function filesIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((it) => it.isFile())
    .map((it) => `${it.parentPath}/${it.name}`.slice(folder.length + 1))
    .sort()
}

describe('into a directory', () => {
  test('every series is a file of its own, named by encoded id and bar type, and reported with rows, size and path', async () => {
    const out = `${here.folder}/all`
    const records = await here.json([...EXPORT, '--session', 'regular', '-o', out])
    const paths = [`AAPL.SIM/1-DAY-LAST-EXTERNAL.csv`, `AAPL.SIM/${MINUTE_FILE}`, `MSFT.SIM/${MINUTE_FILE}`]
    expect(await filesIn(out)).toEqual(paths)
    const sizes = await Promise.all(paths.map(async (it) => (await stat(`${out}/${it}`)).size))
    expect(records).toEqual(
      paths.map((path, i) => ({
        type: 'bars',
        instrument: path.slice(0, 8),
        barType: path.slice(9, -'.csv'.length),
        path: `${out}/${path}`,
        rows: [21, 780, 390][i],
        bytes: sizes[i],
        missing: [],
        asOf: TOKEN,
      })),
    )
  })

  test('ids, --type and --bar-type choose; a series named twice is written once', async () => {
    const chosen = async (...args: readonly string[]): Promise<readonly string[]> => {
      const plan = (await here.json([...EXPORT, '--dry-run', '-o', 'out', ...args])) as { readonly path: string }[]
      return plan.map((it) => it.path)
    }
    expect(await chosen('MSFT.SIM')).toEqual([`out/MSFT.SIM/${MINUTE_FILE}`])
    expect(await chosen('--bar-type', '1d')).toEqual(['out/AAPL.SIM/1-DAY-LAST-EXTERNAL.csv'])
    expect(await chosen('MSFT.SIM', 'AAPL.SIM', 'MSFT.SIM', ...MINUTES)).toEqual([
      `out/MSFT.SIM/${MINUTE_FILE}`,
      `out/AAPL.SIM/${MINUTE_FILE}`,
    ])
    expect(await chosen('--type', 'trades')).toEqual([])
  })

  test('--dry-run writes nothing', async () => {
    const before = await readdir(here.folder)
    expect(await here.ok([...EXPORT, '--dry-run', '-o', 'elsewhere', '--bar-type', '1d'])).toBe(
      'AAPL.SIM 1-DAY-LAST-EXTERNAL: would be elsewhere/AAPL.SIM/1-DAY-LAST-EXTERNAL.csv\n',
    )
    expect(await readdir(here.folder)).toEqual(before)
  })

  test('each format has the ending of its name, and the rows that query prints', async () => {
    const of = ['MSFT.SIM', ...MINUTES]
    for (const format of ['csv', 'json', 'ndjson', 'parquet', 'arrow']) {
      const out = `${here.folder}/${format}`
      await here.ok([...EXPORT, ...of, '--format', format, '-o', out])
      expect(await filesIn(out)).toEqual([`MSFT.SIM/1-MINUTE-LAST-EXTERNAL.${format}`])
      await here.ok(['data', 'query', ...of, '-o', `${here.folder}/query.${format}`])
      const [exported, queried] = [`${out}/MSFT.SIM/1-MINUTE-LAST-EXTERNAL.${format}`, `${here.folder}/query.${format}`]
      expect((await readFile(exported)).equals(await readFile(queried)), format).toBe(true)
    }
  })

  test('ids that differ in case, or hold slashes, are kept apart', async () => {
    const other = await place()
    const file = await writeSample(other)
    for (const id of ['brk b.NYSE', 'BRK B.NYSE', '../x.NYSE'])
      await other.ok(importMinutes(file, id, '--tz', 'America/New_York'))
    await other.ok([...EXPORT, '-o', `${other.folder}/out`])
    expect(await filesIn(`${other.folder}/out`)).toEqual([
      `%62%72%6B%20%62.NYSE/${MINUTE_FILE}`,
      `..%2F%78.NYSE/${MINUTE_FILE}`,
      `BRK%20B.NYSE/${MINUTE_FILE}`,
    ])
  })

  test('a series that fails does not stop the others, leaves no file, and decides the exit code', async () => {
    const other = await place()
    await other.ok(fetchDays('AAPL.SIM', '2024-01-02', '2024-01-02', ...SIM))
    await other.ok(fetchDays('MSFT.SIM', '2024-01-02', '2024-01-02', ...SIM))
    const damaged = (await other.ok(['data', 'files', 'AAPL.SIM'])).trim()
    await writeFile(damaged, 'not what was written')
    const outcome = await other.run([...EXPORT, '-o', 'out'])
    expect(outcome.code).toBe(4)
    expect(outcome.stderr).toContain('AAPL.SIM')
    expect(outcome.stdout).toMatch(/^out\/MSFT\.SIM\/1-MINUTE-LAST-EXTERNAL\.csv: 390 rows, \d+\.\d kB\n$/)
    expect(await readdir(`${other.folder}/out`)).toEqual(['MSFT.SIM'])
    expect(await filesIn(`${other.folder}/out`)).toEqual([`MSFT.SIM/${MINUTE_FILE}`])
  })
})

describe('into one file', () => {
  const ONE = [...EXPORT, 'MSFT.SIM', '-o']

  test('the ending chooses the format, --format beats it', async () => {
    await here.ok([...ONE, `${here.folder}/one.json`])
    expect(JSON.parse(await readFile(`${here.folder}/one.json`, 'utf8'))).toHaveLength(390)
    await here.ok([...ONE, `${here.folder}/two.csv`, '--format', 'ndjson'])
    expect((await readFile(`${here.folder}/two.csv`, 'utf8')).split('\n')[0]).toMatch(/^\{"ts_event"/)
  })

  test('several series are refused, with what to do instead', async () => {
    const outcome = await here.run([...EXPORT, '-o', 'all.csv', '--json'])
    expect(outcome.code).toBe(2)
    expect(errorOf(outcome).message).toContain('3 series do not go into one file all.csv')
    expect(errorOf(outcome).hint).toContain('-o all/')
  })

  test('.gz compresses text, and is refused where the format compresses by itself', async () => {
    const file = `${here.folder}/rows.csv.gz`
    await here.ok([...ONE, file])
    expect(gunzipSync(await readFile(file)).toString()).toBe(
      await here.ok(['data', 'query', 'MSFT.SIM', ...MINUTES, '--format', 'csv']),
    )
    const refused = await here.run([...ONE, 'rows.parquet.gz', '--json'])
    expect([refused.code, errorOf(refused).message]).toEqual([
      2,
      'parquet is not written as .gz: nothing could read it in place',
    ])
  })

  test('a compressed file is imported again as it is', async () => {
    const other = await place()
    await here.ok([...ONE, `${other.folder}/again.csv.gz`])
    expect(await other.json(importMinutes(`${other.folder}/again.csv.gz`, 'MSFT.SIM'))).toMatchObject({ rows: 390 })
  })

  test('without -o one series goes to stdout as csv; several need a directory', async () => {
    const query = ['data', 'query', 'MSFT.SIM', '--bar-type', '1m', '--format', 'csv']
    expect(await here.ok([...EXPORT, 'MSFT.SIM'])).toBe(await here.ok(query))
    const outcome = await here.run(['data', 'export', '--json'])
    expect([outcome.code, errorOf(outcome).message]).toEqual([2, '--output is missing'])
  })

  test('a file inside the catalog is refused', async () => {
    const outcome = await here.run([...ONE, `${here.catalog}/rows.csv`, '--json'])
    expect([outcome.code, errorOf(outcome).message]).toEqual([2, expect.stringContaining('lies inside the catalog')])
  })

  test.each([
    ['to a file of the log', '00000000000000000000.json'],
    ['to the next one, which is not there yet', '00000000000000000099.json'],
  ])('a link %s is refused, in the place of the file and below the directory', async (_, name) => {
    const folder = (await dir()).path
    const target = `${here.catalog}/bars/_delta_log/${name}`
    const before = await readFile(target, 'utf8').catch(() => undefined)
    await mkdir(`${folder}/MSFT.SIM`)
    await symlink(target, `${folder}/link.csv`)
    await symlink(target, `${folder}/MSFT.SIM/${MINUTE_FILE}`)
    for (const output of ['link.csv', '.']) {
      const outcome = await here.run([...EXPORT, 'MSFT.SIM', '-o', `${folder}/${output}`, '--yes', '--json'])
      expect([outcome.code, errorOf(outcome).message]).toEqual([2, expect.stringContaining('lies inside the catalog')])
    }
    expect(await readFile(target, 'utf8').catch(() => undefined)).toBe(before)
  })
})

describe('a file that is there', () => {
  const ONE = [...EXPORT, 'MSFT.SIM', '-o']

  test('stays as it is without --yes, is replaced with it, and nothing is left beside it', async () => {
    const folder = `${here.folder}/there`
    await mkdir(folder)
    await writeFile(`${folder}/rows.csv`, 'precious')
    const refused = await here.run([...ONE, `${folder}/rows.csv`, '--json'])
    expect(refused.code).toBe(2)
    expect(errorOf(refused).message).toContain(`replace ${folder}/rows.csv?`)
    expect(await readFile(`${folder}/rows.csv`, 'utf8')).toBe('precious')
    await here.ok([...ONE, `${folder}/rows.csv`, '--yes'])
    expect((await readFile(`${folder}/rows.csv`, 'utf8')).split('\n')).toHaveLength(392)
    expect(await readdir(folder)).toEqual(['rows.csv'])
  })

  test('one of several stops the export before the first', async () => {
    const out = `${here.folder}/some`
    await mkdir(`${out}/MSFT.SIM`, { recursive: true })
    await writeFile(`${out}/MSFT.SIM/${MINUTE_FILE}`, 'precious')
    expect((await here.run([...EXPORT, '-o', out])).code).toBe(2)
    expect(await filesIn(out)).toEqual([`MSFT.SIM/${MINUTE_FILE}`])
  })

  test.skipIf(process.getuid?.() === 0)('a directory that cannot be written is named, and is exit 1', async () => {
    const folder = `${here.folder}/locked`
    await mkdir(folder)
    await chmod(folder, 0o500)
    const outcome = await here.run([...ONE, `${folder}/rows.csv`, '--json'])
    expect([outcome.code, errorOf(outcome).message]).toEqual([1, expect.stringContaining('EACCES')])
  })
})

describe('what is exported', () => {
  test('--start, --end, --columns and --tz are those of query', async () => {
    const chosen = [
      'AAPL.SIM',
      ...MINUTES,
      '--start',
      '2024-01-03',
      '--columns',
      'close,timestamp',
      '--tz',
      'Europe/London',
    ]
    await here.ok([...EXPORT, ...chosen, '-o', `${here.folder}/part.csv`])
    const rows = await readFile(`${here.folder}/part.csv`, 'utf8')
    expect(rows).toMatch(/^close,timestamp\n[\d.]+,2024-01-03T14:30:00\+00:00\n/)
    expect(rows).toBe(await here.ok(['data', 'query', ...chosen, '--format', 'csv']))
  })

  test.each(['parquet', 'arrow'])('%s of chosen columns has them in their order', async (format) => {
    const file = `${here.folder}/columns.${format}`
    await here.ok([...EXPORT, 'MSFT.SIM', '--columns', 'close,timestamp', '-o', file])
    const bytes = await readFile(file)
    const table = tableFromIPC(format === 'arrow' ? bytes : readParquet(bytes).intoIPCStream())
    expect([table.numRows, table.schema.fields.map((it) => it.name)]).toEqual([390, ['close', 'timestamp']])
  })

  test('what is not covered is said on stderr, and listed in --json', async () => {
    const other = await place()
    await importSample(other)
    const args = [...EXPORT, '--session', 'regular', '-o', 'out']
    const { stderr } = await other.run(args)
    expect(stderr).toContain('not covered: 1 stretch of this range, first 2024-01-02T14:33:00Z .. 2024-01-02T20:59:00Z')
    expect(await other.json([...args, '--yes'])).toMatchObject([
      { rows: 4, missing: [{ start: '2024-01-02T14:33:00Z', end: '2024-01-02T20:59:00Z' }] },
    ])
  })

  test('--as-of writes the catalog as it was, also a series that is gone', async () => {
    const other = await place()
    await importSample(other)
    const { version } = (await other.json(['data', 'info', 'AAPL.NASDAQ'])) as { readonly version: string }
    await other.ok([
      'data',
      'delete',
      'AAPL.NASDAQ',
      ...MINUTES,
      '--start',
      '2024-01-01',
      '--end',
      '2024-01-31',
      '--yes',
    ])
    expect(await other.json([...EXPORT, '-o', 'now'])).toEqual([])
    await other.ok([...EXPORT, 'AAPL.NASDAQ', ...MINUTES, '--as-of', version, '-o', 'then'])
    expect((await readFile(`${other.folder}/then/AAPL.NASDAQ/${MINUTE_FILE}`, 'utf8')).split('\n')).toHaveLength(6)
  })
})
