import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { dataDir } from '../support/data.js'
import { BAD_FILE, BAD_LINE, importOptions, REAL_FILES, type RealFile } from './real-files.js'
import { errorOf, type Place, place } from './spawn-cli.js'

const DATA = dataDir() ?? ''
const BARS = join(DATA, 'bars')
const HEADER = 'ts_event,ts_init,timestamp,open,high,low,close,volume,vwap,trade_count'

function textOf(path: string): string {
  const bytes = readFileSync(path)
  return (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
}

/** UTC closes of the New York Stock Exchange by date, from another project's calendar. */
function closes(): ReadonlyMap<string, string> {
  const lines = textOf(join(DATA, 'calendar/xnys.csv')).split('\n').slice(1)
  return new Map(lines.map((line) => [line.slice(0, 10), (line.split(',')[2] ?? '').trim()]))
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z')
}

/** The rows of a file as the catalog has to give them back, read here by other means than the importer's. */
function expectedLines(file: RealFile): readonly string[] {
  const close = file.barType === '1d' ? closes() : undefined
  const [, ...lines] = textOf(join(BARS, file.name)).trimEnd().split(/\r?\n/)
  const good = lines.filter((_, i) => !(file.name === BAD_FILE && i + 2 === BAD_LINE))
  const rows = good.map((line) => {
    const fields = line.split(',')
    const ms = file.startMs(fields[0] ?? '')
    const start = isoOf(ms)
    const end = close === undefined ? isoOf(ms + 60_000) : close.get(start.slice(0, 10))
    const numbers = file.at.map((index) => String(Number(fields[index])))
    return { ms, text: [start, end, start, ...numbers, '', ''].join(',') }
  })
  return rows.sort((a, b) => a.ms - b.ms).map((it) => it.text)
}

function query({ instrument, barType }: RealFile, format: string): readonly string[] {
  return ['data', 'query', instrument, '--bar-type', barType, '--format', format]
}

function importArgs(file: RealFile): readonly string[] {
  return ['data', 'import', 'csv', join(BARS, file.name), ...importOptions(file)]
}

describe.skipIf(dataDir() === undefined)('import csv of real files', () => {
  test('every file of the folder is in the table', () => {
    expect(REAL_FILES.map((it) => it.name).sort()).toEqual(readdirSync(BARS).sort())
  })

  test.each(REAL_FILES.map((it) => [it.name, it] as const))(
    '%s comes back to the nanosecond and the last digit',
    async (_name, file) => {
      const here = await place()
      const { rows, ignoredColumns = [] } = file
      expect(await here.json(importArgs(file))).toMatchObject({ rows, rowsAdded: rows, collapsed: 0, ignoredColumns })
      const expected = expectedLines(file)
      expect(expected).toHaveLength(rows)
      expect(linesOf(await here.ok(query(file, 'csv')))).toEqual([HEADER, ...expected])
      expect(linesFromJson(await here.ok(query(file, 'json')))).toEqual(expected)
      await importsNothingAgain(here, file)
    },
  )

  test(`${BAD_FILE} is refused with its line ${BAD_LINE} named, and nothing is written`, async () => {
    const here = await place()
    const file = REAL_FILES.find((it) => it.name === BAD_FILE) as RealFile
    const outcome = await here.run(
      importArgs(file)
        .filter((it) => it !== '--skip-bad-rows')
        .concat('--json'),
    )
    expect(outcome).toMatchObject({ code: 1, stdout: '' })
    expect(errorOf(outcome).message).toContain(`line ${BAD_LINE}: open 191.4 is above high 191.25`)
    expect(await here.json(['data', 'history'])).toEqual([])
    const skipping = await here.run(importArgs(file))
    expect(skipping.stderr).toContain(`skipped line ${BAD_LINE}: open 191.4 is above high 191.25`)
    expect(skipping.stdout).toContain('51 rows read, 50 new, 1 skipped')
  })

  test('two vendors of one history agree: the second commits nothing', async () => {
    const here = await place()
    const [yahoo, zipline] = ['yahoofinance-AAPL-20040819-20180120.csv', 'zipline_daily_AAPL.csv.gz'].map(
      (name) => REAL_FILES.find((it) => it.name === name) as RealFile,
    ) as [RealFile, RealFile]
    await here.ok(importArgs(yahoo))
    expect(await here.json(importArgs(zipline))).toMatchObject({ rowsRead: 754, rowsAdded: 0, committed: false })
  })

  test('several files of one series in one call are a commit each', async () => {
    const here = await place()
    const names = ['ntrader_aapl_1m_2018.csv', 'ntrader_test_import.csv']
    const files = names.map((name) => join(BARS, name))
    const options = ['--instrument', 'AAPL.NASDAQ', '--bar-type', '1m', '--tz', 'America/New_York']
    await here.ok(['data', 'import', 'csv', ...files, ...options])
    expect(await here.json(['data', 'history'])).toHaveLength(2)
    expect(await here.json(['data', 'list'])).toMatchObject([{ rows: 3245 }])
  })
})

function linesOf(csv: string): readonly string[] {
  return csv.trimEnd().split('\n')
}

function linesFromJson(json: string): readonly string[] {
  const rows: readonly Readonly<Record<string, unknown>>[] = JSON.parse(json)
  return rows.map((row) =>
    HEADER.split(',')
      .map((name) => (row[name] === null ? '' : String(row[name])))
      .join(','),
  )
}

async function importsNothingAgain(here: Place, file: RealFile): Promise<void> {
  expect(await here.json(importArgs(file))).toMatchObject({ rowsAdded: 0, committed: false })
  expect(await here.json(['data', 'history'])).toHaveLength(1)
}
