import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { type Table, tableFromIPC } from 'apache-arrow'
import { readParquet } from 'parquet-wasm'
import { dir } from 'tmp-promise'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fetchDays, importMinutes, importSample, MINUTES } from './sample.js'
import { type Place, place, placeIn } from './spawn-cli.js'

const SIM = ['--source', 'sim'] as const
const COLUMNS = 'ts_event,ts_init,timestamp,open,high,low,close,volume,vwap,trade_count'.split(',')
const QUERY = ['data', 'query', 'AAPL.SIM', ...MINUTES]

/** Extended hours of three UTC days around the weekend on which the clocks went forward in New York. */
let here: Place
/** All of them as CSV: lines without the header. */
let lines: readonly string[]
beforeAll(async () => {
  here = placeIn((await dir()).path)
  await here.ok(fetchDays('AAPL.SIM', '2024-03-08', '2024-03-12', '--session', 'extended', ...SIM))
  const csv = await here.ok([...QUERY, '--format', 'csv'])
  lines = csv.trimEnd().split('\n').slice(1)
})
afterAll(() => rm(here.folder, { recursive: true }))

/** A column of an Arrow table as the text that CSV has for it. */
function texts(table: Table, name: string): readonly string[] {
  const column = table.getChild(name)
  return Array.from(column ?? [], (value: unknown) => (value === null ? '' : textOf(name, value)))
}

function textOf(name: string, value: unknown): string {
  if (name === 'ts_event' || name === 'ts_init') return isoOf(Number((value as bigint) / 1_000_000n))
  return name === 'timestamp' ? isoOf(Number(value)) : String(value)
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z')
}

/** One column of the CSV lines. */
function csvColumn(name: string): readonly string[] {
  return lines.map((line) => line.split(',')[COLUMNS.indexOf(name)] ?? '')
}

async function parquetTable(path: string): Promise<Table> {
  return tableFromIPC(readParquet(await readFile(path)).intoIPCStream())
}

describe('formats', () => {
  test('csv, imported into another catalog, gives the same rows back', async () => {
    const other = await place()
    const file = `${other.folder}/export.csv`
    await here.ok([...QUERY, '-o', file])
    expect((await readFile(file, 'utf8')).trimEnd().split('\n')).toEqual([COLUMNS.join(','), ...lines])
    expect(await other.json(importMinutes(file, 'AAPL.SIM'))).toMatchObject({ ignoredColumns: [], rows: lines.length })
    expect((await other.ok([...QUERY, '--format', 'csv'])).trimEnd().split('\n').slice(1)).toEqual(lines)
  })

  test('csv in a zone can be imported too: its stamps have their offsets', async () => {
    const other = await place()
    const file = `${other.folder}/export.csv`
    await here.ok([...QUERY, '-o', file, '--tz', 'America/New_York'])
    await other.ok(importMinutes(file, 'AAPL.SIM'))
    expect((await other.ok([...QUERY, '--format', 'csv'])).trimEnd().split('\n').slice(1)).toEqual(lines)
  })

  test('daily csv, imported into another catalog, gives the same rows back', async () => {
    const other = await place()
    const [days, file] = [['--bar-type', '1d'], `${other.folder}/days.csv`]
    await other.ok(['data', 'fetch', 'A.SIM', ...days, '--start', '2024-07-01', '--end', '2024-07-12', ...SIM])
    const rows = await other
      .ok(['data', 'query', 'A.SIM', ...days, '-o', file, '--quiet'])
      .then(() => readFile(file, 'utf8'))
    expect(rows).toContain('\n2024-07-03T00:00:00Z,2024-07-03T17:00:00Z,')
    const elsewhere = ['--catalog', `${other.folder}/elsewhere`]
    await other.ok(['data', 'import', 'csv', file, '--instrument', 'A.SIM', ...days, ...elsewhere])
    expect(await other.ok(['data', 'query', 'A.SIM', ...days, '--format', 'csv', ...elsewhere])).toBe(rows)
  })

  test('json and ndjson hold the same rows as csv', async () => {
    const asLine = (row: Record<string, unknown>): string => COLUMNS.map((name) => row[name] ?? '').join(',')
    const json: Record<string, unknown>[] = JSON.parse(await here.ok([...QUERY, '--format', 'json']))
    expect(json.map(asLine)).toEqual(lines)
    expect(Object.keys(json[0] ?? {})).toEqual(COLUMNS)
    const ndjson = (await here.ok([...QUERY, '--format', 'ndjson'])).trimEnd().split('\n')
    expect(ndjson.map((it) => asLine(JSON.parse(it)))).toEqual(lines)
  })

  test('parquet is read by another reader, every column as it was', async () => {
    const file = `${here.folder}/rows.parquet`
    await here.ok([...QUERY, '-o', file])
    const table = await parquetTable(file)
    expect(table.schema.fields.map((it) => it.name)).toEqual(COLUMNS)
    for (const name of COLUMNS) expect(texts(table, name), name).toEqual(csvColumn(name))
  })

  test('arrow is an Arrow file, every column as it was', async () => {
    const file = `${here.folder}/rows.arrow`
    await here.ok([...QUERY, '-o', file])
    const table = tableFromIPC(await readFile(file))
    expect(table.schema.fields.map((it) => it.name)).toEqual(COLUMNS)
    for (const name of COLUMNS) expect(texts(table, name), name).toEqual(csvColumn(name))
  })

  test('parquet goes into a pipe as the same bytes as into a file', async () => {
    const args = [...QUERY, '--end', '2024-03-08', '--format', 'parquet']
    await here.ok([...args, '-o', `${here.folder}/file.parquet`])
    const { child, ended } = here.start(args)
    const chunks: Buffer[] = []
    child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk))
    await ended
    expect(Buffer.concat(chunks)).toEqual(await readFile(`${here.folder}/file.parquet`))
  })

  test('a table shows the first and the last rows, and says how many there are', async () => {
    const table = (await here.ok(QUERY)).trimEnd().split('\n')
    expect(table[0]?.trim().split(/ +/)).toEqual(COLUMNS)
    expect(table[1]).toMatch(/^2024-03-08T00:00:00Z /)
    expect(table).toContain(`… ${(lines.length - 40).toLocaleString('en')} rows …`)
    expect(table.at(-2)).toMatch(/^2024-03-12T23:59:00Z /)
    expect(table.at(-1)).toMatch(/^2,940 rows × 10 columns, 2024-03-08T00:00:00Z .. 2024-03-12T23:59:00Z$/)
  })
})

describe('-o', () => {
  test('the ending chooses the format, in any case; --format beats it', async () => {
    const day = [...QUERY, '--end', '2024-03-08']
    for (const [name, start] of [
      ['a.csv', 'ts_event,'],
      ['A.CSV', 'ts_event,'],
      ['a.json', '['],
      ['a.ndjson', '{'],
      ['a.parquet', 'PAR1'],
      ['a.arrow', 'ARROW1'],
    ] as const) {
      const { code, stdout, stderr } = await here.run([...day, '-o', name])
      expect({ code, stdout }, name).toEqual({ code: 0, stdout: '' })
      expect(stderr).toContain(`${name}: 960 rows, `)
      expect((await readFile(`${here.folder}/${name}`, 'latin1')).slice(0, start.length)).toBe(start)
    }
    await here.ok([...day, '--output', 'b.parquet', '--format', 'csv'])
    expect(await readFile(`${here.folder}/b.parquet`, 'utf8')).toMatch(/^ts_event,/)
  })

  test('an ending beats --json, which is then about errors', async () => {
    await here.ok([...QUERY, '-o', 'c.csv', '--json'])
    expect(await readFile(`${here.folder}/c.csv`, 'utf8')).toMatch(/^ts_event,/)
  })

  test('an ending that says nothing is refused: a table would leave rows out', async () => {
    const outcome = await here.run([...QUERY, '-o', 'rows.txt'])
    expect(outcome).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('the ending of rows.txt names no format'),
    })
    expect(await readdir(here.folder)).not.toContain('rows.txt')
  })

  test('a query that fails leaves the file that was there, and nothing beside it', async () => {
    const { folder, run } = await place()
    await writeFile(`${folder}/rows.csv`, 'precious')
    expect((await run([...QUERY, '-o', 'rows.csv'])).code).toBe(3)
    expect(await readFile(`${folder}/rows.csv`, 'utf8')).toBe('precious')
    expect(await readdir(folder)).toEqual(['rows.csv'])
  })
})

describe('--columns', () => {
  const wanted = ['--columns', 'close, ts_event']
  const pairs = (): readonly string[] => {
    const stamps = csvColumn('ts_event')
    return csvColumn('close').map((close, i) => `${close},${stamps[i]}`)
  }

  test('are given in the order they are asked for', async () => {
    expect((await here.ok([...QUERY, ...wanted, '--format', 'csv'])).trimEnd().split('\n')).toEqual([
      'close,ts_event',
      ...pairs(),
    ])
    const [row] = JSON.parse(await here.ok([...QUERY, ...wanted, '--format', 'json']))
    expect(Object.keys(row)).toEqual(['close', 'ts_event'])
    expect((await here.ok([...QUERY, ...wanted])).split('\n')[0]?.trim()).toMatch(/^close +ts_event$/)
  })

  test.each(['parquet', 'arrow'])('are all that is in a %s file, in their order', async (ending) => {
    const file = `${here.folder}/two.${ending}`
    await here.ok([...QUERY, ...wanted, '-o', file])
    const table = ending === 'parquet' ? await parquetTable(file) : tableFromIPC(await readFile(file))
    expect(table.schema.fields.map((it) => it.name)).toEqual(['close', 'ts_event'])
    expect(texts(table, 'close')).toEqual(csvColumn('close'))
    expect(texts(table, 'ts_event')).toEqual(csvColumn('ts_event'))
  })

  test('without ts_event are possible in every format', async () => {
    for (const name of ['v.csv', 'v.ndjson', 'v.parquet', 'v.arrow']) {
      await here.ok([...QUERY, '--columns', 'volume', '--session', 'regular', '-o', name])
    }
    expect((await parquetTable(`${here.folder}/v.parquet`)).numRows).toBe(3 * 390)
  })
})

describe('which rows', () => {
  const count = async (...args: readonly string[]): Promise<number> =>
    (await here.ok([...QUERY, '--format', 'ndjson', ...args])).split('\n').length - 1

  test('a date as --end includes that day, an instant is excluded', async () => {
    expect(await count('--start', '2024-03-08', '--end', '2024-03-08')).toBe(960)
    expect(await count('--start', '2024-03-08', '--end', '2024-03-11')).toBe(1980)
    expect(await count('--start', '2024-03-08T09:00:00Z', '--end', '2024-03-08T09:01:00Z')).toBe(1)
    expect(await count('--start', '2024-03-12T23:59:00Z')).toBe(1)
    expect(await count('--end', '2024-03-08T00:00:00.000000001Z')).toBe(1)
  })

  test('--session regular leaves out what is before the open and after the close', async () => {
    expect(await count()).toBe(2940)
    expect(await count('--session', 'all')).toBe(2940)
    expect(await count('--session', 'extended')).toBe(2940)
    expect(await count('--session', 'regular')).toBe(3 * 390)
    const [first] = (
      await here.ok([...QUERY, '--session', 'regular', '--start', '2024-03-11', '--format', 'ndjson'])
    ).split('\n')
    expect(JSON.parse(first ?? '').ts_event).toBe('2024-03-11T13:30:00Z')
  })

  test('--tz prints the clock of that zone with its offset, which changes with the season', async () => {
    const regular = [...QUERY, '--session', 'regular', '--columns', 'ts_event', '--format', 'csv']
    const stamps = (await here.ok([...regular, '--tz', 'America/New_York'])).trimEnd().split('\n')
    expect(stamps[1]).toBe('2024-03-08T09:30:00-05:00')
    expect(stamps[391]).toBe('2024-03-11T09:30:00-04:00')
  })

  test('--as-of reads the catalog as it was', async () => {
    const past = await place()
    const file = await importSample(past)
    const query = ['data', 'query', 'AAPL.NASDAQ', ...MINUTES, '--format', 'csv']
    const before = await past.ok(query)
    const { version } = (await past.json(['data', 'info', 'AAPL.NASDAQ'])) as { readonly version: string }
    await writeFile(file, (await readFile(file, 'utf8')).replace('100.1,', '100.2,'))
    await past.ok(importMinutes(file, 'AAPL.NASDAQ', '--tz', 'America/New_York'))
    await past.ok([
      'data',
      'delete',
      'AAPL.NASDAQ',
      ...MINUTES,
      '--start',
      '2024-01-02T15:00:00Z',
      '--end',
      '2024-01-02',
      '--yes',
    ])
    expect(await past.ok(query)).not.toBe(before)
    expect(await past.ok([...query, '--as-of', version])).toBe(before)
  })
})
