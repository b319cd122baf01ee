import { createHash } from 'node:crypto'
import { readFile, rm, stat, writeFile } from 'node:fs/promises'
import { dir } from 'tmp-promise'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { importSample, MINUTES, TOKEN } from './sample.js'
import { type Place, place, placeIn } from './spawn-cli.js'

const INSTANT = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z$/)
const SAMPLE_RECORD = {
  type: 'bars',
  instrument: 'AAPL.NASDAQ',
  barType: '1-MINUTE-LAST-EXTERNAL',
  rows: 4,
  files: 1,
  bytes: expect.any(Number),
  first: '2024-01-02T14:30:00Z',
  last: '2024-01-02T20:59:00Z',
}
const COVERED = [
  { start: '2024-01-02T14:30:00Z', end: '2024-01-02T14:33:00Z' },
  { start: '2024-01-02T20:59:00Z', end: '2024-01-02T21:00:00Z' },
]
const GAPS = ['data', 'gaps', 'AAPL.NASDAQ', ...MINUTES, '--start', '2024-01-02', '--end', '2024-01-03']

describe('commands that read', () => {
  let sample: Place
  let dataFile: string
  beforeAll(async () => {
    sample = placeIn((await dir()).path)
    await importSample(sample)
    dataFile = (await sample.ok(['data', 'files'])).trim()
  })
  afterAll(() => rm(sample.folder, { recursive: true }))

  test('list --json is an array of series, the bar type spelled in full', async () => {
    const { size } = await stat(dataFile)
    expect(await sample.json(['data', 'list'])).toEqual([{ ...SAMPLE_RECORD, bytes: size }])
  })

  test('list is a table', async () => {
    const [header, row, ...rest] = (await sample.ok(['data', 'list'])).split('\n')
    expect(header?.split(/\s{2,}/)).toEqual(['instrument', 'bar type', 'rows', 'files', 'size', 'first', 'last'])
    expect(row?.trim().split(/\s{2,}/)).toEqual([
      'AAPL.NASDAQ',
      '1-MINUTE-LAST-EXTERNAL',
      '4',
      '1',
      expect.stringMatching(/^\d+(\.\d)? k?B$/),
      '2024-01-02T14:30:00Z',
      '2024-01-02T20:59:00Z',
    ])
    expect(rest).toEqual([''])
  })

  test('history --json is an array of commits that is the same whenever it is asked for', async () => {
    const first = await sample.ok(['data', 'history', '--json'])
    expect(JSON.parse(first)).toEqual([
      {
        type: 'bars',
        version: 0,
        timestamp: INSTANT,
        operation: 'WRITE',
        parameters: { series: 'AAPL.NASDAQ 1-MINUTE-LAST-EXTERNAL', mode: 'merge' },
        filesAdded: 1,
        filesRemoved: 0,
        rowsAdded: 4,
      },
    ])
    expect(await sample.ok(['data', 'history', '--json'])).toBe(first)
    expect(await sample.ok(['data', 'history', 'AAPL.NASDAQ', '--json'])).toBe(first)
  })

  test('history is a table of versions', async () => {
    const [header, row] = (await sample.ok(['data', 'history'])).split('\n')
    expect(header?.trim().split(/\s{2,}/)).toEqual(['version', 'time', 'operation', 'rows', 'files', 'what'])
    expect(row?.trim().split(/\s{2,}/)).toEqual([
      'bars@0',
      INSTANT,
      'WRITE',
      '+4',
      '+1 -0',
      'AAPL.NASDAQ 1-MINUTE-LAST-EXTERNAL merge',
    ])
  })

  test('gaps --json is what is required and not covered, one a session; exit 3', async () => {
    const outcome = await sample.run([...GAPS, '--json'])
    expect(outcome.code).toBe(3)
    expect(JSON.parse(outcome.stdout)).toEqual({
      gaps: [
        { start: '2024-01-02T14:33:00Z', end: '2024-01-02T20:59:00Z' },
        { start: '2024-01-03T14:30:00Z', end: '2024-01-03T21:00:00Z' },
      ],
    })
  })

  test('gaps is a line a gap, and how many there are on stderr', async () => {
    expect(await sample.run(GAPS)).toEqual({
      code: 3,
      signal: null,
      stdout: '2024-01-02T14:33:00Z .. 2024-01-02T20:59:00Z\n2024-01-03T14:30:00Z .. 2024-01-03T21:00:00Z\n',
      stderr: 'AAPL.NASDAQ 1-MINUTE-LAST-EXTERNAL: 2 gaps\n',
    })
  })

  test('gaps of a range that is covered ends with 0', async () => {
    const range = ['--start', '2024-01-02T14:30:00Z', '--end', '2024-01-02T14:33:00Z']
    const outcome = await sample.run(['data', 'gaps', 'AAPL.NASDAQ', ...MINUTES, ...range, '--json', '--quiet'])
    expect(outcome).toEqual({ code: 0, signal: null, stdout: '{"gaps":[]}\n', stderr: '' })
  })

  test('gaps of daily bars are trade dates', async () => {
    const args = ['data', 'gaps', 'AAPL.NASDAQ', '--bar-type', '1d', '--start', '2024-01-12', '--end', '2024-01-16']
    const outcome = await sample.run([...args, '--json'])
    expect(JSON.parse(outcome.stdout)).toEqual({
      gaps: [
        { start: '2024-01-12T00:00:00Z', end: '2024-01-13T00:00:00Z' },
        { start: '2024-01-16T00:00:00Z', end: '2024-01-17T00:00:00Z' },
      ],
    })
  })

  test('verify --json says what was checked', async () => {
    expect(await sample.json(['data', 'verify'])).toEqual({ ok: true, files: 1, orphans: 0, problems: [] })
    expect(await sample.ok(['data', 'verify', 'AAPL.NASDAQ'])).toBe('1 file checked, 0 problems\n')
  })

  test('files --json names the live files with their sha256', async () => {
    const bytes = await readFile(dataFile)
    expect(await sample.json(['data', 'files', 'AAPL.NASDAQ'])).toEqual([
      {
        path: dataFile,
        rows: 4,
        bytes: bytes.length,
        sha256: createHash('sha256').update(bytes).digest('hex'),
        start: '2024-01-02T14:30:00Z',
        end: '2024-01-02T21:00:00Z',
      },
    ])
  })

  test('info --json is the record of list with what is covered and by whom', async () => {
    expect(await sample.json(['data', 'info', 'AAPL.NASDAQ'])).toEqual({
      version: TOKEN,
      instrument: null,
      series: [{ ...SAMPLE_RECORD, covered: COVERED, empty: [], sources: ['csv'], settings: [], foreignFiles: 0 }],
    })
  })

  test('info tells of files that another writer added: readable, and nothing more is known of them', async () => {
    const here = await place()
    await importSample(here)
    const { ok, json, catalog } = here
    const log = `${catalog}/bars/_delta_log`
    const text = await readFile(`${log}/${'0'.repeat(20)}.json`, 'utf8')
    const ours = JSON.parse(text.split('\n').find((it) => it.startsWith('{"add"')) ?? '').add
    const { tags, ...foreign } = ours
    await writeFile(`${log}/${'1'.padStart(20, '0')}.json`, `${JSON.stringify({ add: foreign })}\n`)
    expect(await json(['data', 'info', 'AAPL.NASDAQ'])).toMatchObject({ series: [{ covered: [], foreignFiles: 1 }] })
    expect(await ok(['data', 'info', 'AAPL.NASDAQ'])).toContain('1 file added by another writer')
  })

  test('info is a list of facts', async () => {
    const lines = (await sample.ok(['data', 'info', 'AAPL.NASDAQ'])).split('\n')
    expect(lines).toEqual([
      'AAPL.NASDAQ 1-MINUTE-LAST-EXTERNAL',
      expect.stringMatching(/^ {2}rows {9}4 in 1 file, \d/),
      '  first        2024-01-02T14:30:00Z',
      '  last         2024-01-02T20:59:00Z',
      '  covered      2 stretches',
      '  known empty  0 stretches',
      '  sources      csv',
      '  settings     none stated',
      expect.stringMatching(/^version bars@0-[0-9a-f]{8}$/),
      '',
    ])
  })

  test('coverage --json lists the entries, cut to the range', async () => {
    const entry = { state: 'data', provenance: { source: 'csv', fetchedAt: INSTANT } }
    const series = { type: 'bars', instrument: 'AAPL.NASDAQ', barType: '1-MINUTE-LAST-EXTERNAL' }
    const all = COVERED.map((it) => ({ ...it, ...entry }))
    expect(await sample.json(['data', 'coverage'])).toEqual([{ ...series, entries: all }])
    const late = { start: '2024-01-02T14:32:00Z', end: '2024-01-02T14:33:00Z', ...entry }
    expect(await sample.json(['data', 'coverage', '--start', late.start])).toEqual([
      { ...series, entries: [late, all[1]] },
    ])
  })

  test('coverage draws a character a day', async () => {
    const picture = await sample.ok(['data', 'coverage', 'AAPL.NASDAQ', '--start', '2024-01-01', '--end', '2024-01-05'])
    expect(picture.split('\n')).toEqual([
      'one character a day, 2024-01-01 .. 2024-01-05 (UTC)',
      expect.stringMatching(/^ {27}2024 *$/),
      expect.stringMatching(/^ {27}Jan *$/),
      'AAPL.NASDAQ 1-MINUTE-LAST  ·▄×××    0 %',
      '▄ partial  × missing  · closed',
      '',
    ])
  })

  test('query --json is an array of rows with every column of the type', async () => {
    const rows = await sample.json(['data', 'query', 'AAPL.NASDAQ', ...MINUTES])
    expect(rows).toHaveLength(4)
    expect(rows).toContainEqual({
      ts_event: '2024-01-02T14:32:00Z',
      ts_init: '2024-01-02T14:33:00Z',
      timestamp: '2024-01-02T14:32:00Z',
      open: 100.25,
      high: 100.5,
      low: 100,
      close: 100.1,
      volume: null,
      vwap: null,
      trade_count: null,
    })
  })

  test('query names on stderr what is not covered, with the command that lists it', async () => {
    const outcome = await sample.run(['data', 'query', 'AAPL.NASDAQ', ...MINUTES, '--session', 'regular', '--json'])
    expect(outcome.stderr).toBe(
      'not covered: 1 stretch of this range, first 2024-01-02T14:33:00Z .. 2024-01-02T20:59:00Z\n',
    )
    const wide = await sample.run([
      ...['data', 'query', 'AAPL.NASDAQ', ...MINUTES, '--start', '2024-01-02', '--end', '2024-01-03'],
      ...['--session', 'regular'],
    ])
    const command = /^all of them: ntrader (.*)$/m.exec(wide.stderr)?.[1] ?? ''
    const gaps = await sample.run([...command.replaceAll("'", '').split(' '), '--json'])
    expect(JSON.parse(gaps.stdout).gaps).toHaveLength(2)
  })

  test('query of a known series with nothing in range is empty and ends with 0', async () => {
    const args = ['data', 'query', 'AAPL.NASDAQ', ...MINUTES, '--start', '2024-02-01', '--end', '2024-02-01']
    const { code, stdout, stderr } = await sample.run([...args, '--format', 'json', '--session', 'regular'])
    expect({ code, rows: JSON.parse(stdout) }).toEqual({ code: 0, rows: [] })
    expect(stderr).toContain('2024-02-01T14:30:00Z .. 2024-02-01T21:00:00Z')
  })
})
