import { describe, expect, test } from 'vitest'
import { fetchDays, importMinutes, importSample, MINUTES, NEW_YORK, SAMPLE_CSV, writeSample } from './sample.js'
import { errorOf, type Place, place } from './spawn-cli.js'

const SIM = ['--source', 'sim'] as const
const DAY = ['--start', '2024-01-02', '--end', '2024-01-02'] as const
const QUERY = ['data', 'query', 'AAPL.NASDAQ'] as const

/** Runs what fails, for a person and with `--json`, which must agree. */
async function failure(here: Place, args: readonly string[]): Promise<ReturnType<typeof errorOf> & { exit: number }> {
  const [human, machine] = [await here.run(args), await here.run(['--json', ...args])]
  const error = errorOf(machine)
  expect(Object.keys(error)).toEqual(['code', 'message', 'hint'])
  expect(human.code).toBe(machine.code)
  expect([human.stdout, machine.stdout]).toEqual(['', ''])
  expect(human.stderr).toMatch(/^error: /)
  expect(human.stderr).not.toMatch(/^ +at /m)
  for (const step of error.hint.split('\n')) expect(human.stderr).toContain(step)
  return { ...error, exit: machine.code ?? -1 }
}

describe('2: the command line is wrong', () => {
  test.each([
    ['unknown command', ['data', 'fetsch'], "unknown command 'fetsch'"],
    ['unknown option', ['data', 'list', '--fast'], "unknown option '--fast'"],
    ['an option without its value', ['data', 'list', '--catalog'], 'argument missing'],
    ['no id', ['data', 'query'], "missing required argument 'id'"],
    ['too many arguments', ['data', 'list', 'AAPL.NASDAQ'], 'too many arguments'],
    ['no bar type', [...QUERY], '--bar-type is missing for AAPL.NASDAQ'],
    ['a bar type that is none', [...QUERY, '--bar-type', '7-FORTNIGHT-LAST'], "'7-FORTNIGHT-LAST' is not a bar type"],
    ['a step that does not divide the hour', [...QUERY, '--bar-type', '7m'], 'a MINUTE step must divide 60'],
    [
      'a date that is none',
      [...QUERY, ...MINUTES, '--start', '02.01.2024'],
      "--start: '02.01.2024' is not an ISO date",
    ],
    ['a day that does not exist', [...QUERY, ...MINUTES, '--start', '2023-02-29'], 'names a day that does not exist'],
    ['a stamp without an offset', [...QUERY, ...MINUTES, '--end', '2024-01-02T09:30:00'], '--end: '],
    ['a number for an instant', [...QUERY, ...MINUTES, '--start', '1704205800'], "'1704205800' is not an ISO date"],
    [
      'start after end',
      [...QUERY, ...MINUTES, '--start', '2024-01-03', '--end', '2024-01-02'],
      'is not before the end',
    ],
    [
      'start equal to end',
      [...QUERY, ...MINUTES, '--start', '2024-01-02T10:00:00Z', '--end', '2024-01-02T10:00:00Z'],
      'is not before the end',
    ],
    ['a column that is none', [...QUERY, ...MINUTES, '--columns', 'close,adj'], "bars have no column 'adj'"],
    ['a column twice', [...QUERY, ...MINUTES, '--columns', 'close,close'], "column 'close' is asked for twice"],
    ['an id without a venue', ['data', 'query', 'AAPL', ...MINUTES], "'AAPL' is not an instrument id"],
    ['an id that ends in a dot', ['data', 'info', 'AAPL.'], "'AAPL.' is not an instrument id"],
    ['a type that is none', ['data', 'query', 'AAPL.NASDAQ', '--type', 'candles'], '--type candles is not known'],
    ['a format that is none', [...QUERY, ...MINUTES, '--format', 'xlsx'], '--format xlsx is not known'],
    ['a zone that is none', [...QUERY, ...MINUTES, '--tz', 'Mars/Olympus'], "'Mars/Olympus' is not a time zone"],
    ['a session that is none', [...QUERY, ...MINUTES, '--session', 'lunch'], '--session lunch is not known'],
    ['a version that is none', [...QUERY, ...MINUTES, '--as-of', 'yesterday'], "'yesterday' is neither a version"],
    ['an output in no directory', [...QUERY, ...MINUTES, '-o', 'no/rows.csv'], 'there is no directory no'],
    ['a range of one end', ['data', 'gaps', 'AAPL.NASDAQ', ...MINUTES, '--start', '2024-01-02'], '--end is missing'],
    ['a calendar that is none', ['data', 'coverage', '--calendar', 'MOON'], "'MOON' is not a calendar"],
    [
      'a picture of a range that is none',
      ['data', 'coverage', '--start', '2024-01-03', '--end', '2024-01-02'],
      'before',
    ],
    ['no calendar for a venue', ['data', 'gaps', 'X.NOWHERE', ...MINUTES, ...DAY], 'no calendar is known'],
    [
      'a source that is none',
      ['data', 'fetch', 'AAPL.SIM', ...MINUTES, ...DAY, '--source', 'ouija'],
      "'ouija' is not a source",
    ],
    ['a catalog without a name', ['data', 'list', '--catalog', ''], '--catalog is empty'],
    ['a duration that is none', ['data', 'list', '--lock-timeout', 'soon'], "--lock-timeout: 'soon' is not a duration"],
    ['a configuration that is not there', ['data', 'list', '--config', 'no.json'], 'no configuration file no.json'],
    [
      'an import of another format',
      ['data', 'import', 'xlsx', 'f', '--instrument', 'A.NYSE'],
      "'xlsx' is not a format",
    ],
    ['an import without an instrument', ['data', 'import', 'csv', 'f', ...MINUTES], '--instrument is missing'],
    ['an import of a file that is not there', importMinutes('no.csv', 'A.NYSE'), 'there is no file no.csv'],
    ['an import of a directory', importMinutes('.', 'A.NYSE'), '. is a directory, not a file'],
    ['a map that is none', importMinutes('f', 'A.NYSE', '--map', 'close'), '--map close is not a pair'],
    ['a mode that is none', importMinutes('f', 'A.NYSE', '--mode', 'smash'), '--mode smash is not known'],
    ['a claim that is no range', importMinutes('f', 'A.NYSE', '--complete', '2024'), '--complete 2024 is not a range'],
  ])('%s', async (_name, args, message) => {
    const here = await place()
    await importSampleIfRead(here, args)
    const error = await failure(here, args)
    expect(error.exit).toBe(2)
    expect(error.code).toBe('INVALID_REQUEST')
    expect(error.message).toContain(message)
  })

  test('delete, without --yes and without a terminal to ask on', async () => {
    const here = await place()
    await importSample(here)
    const args = ['data', 'delete', 'AAPL.NASDAQ', ...MINUTES, ...DAY]
    const error = await failure(here, args)
    expect(error).toMatchObject({ exit: 2, hint: expect.stringContaining('--yes') })
    expect(await here.json(['data', 'list'])).toMatchObject([{ rows: 4 }])
  })

  test('an import of naive stamps without a zone names --tz, and writes nothing', async () => {
    const here = await place()
    const file = await writeSample(here)
    const error = await failure(here, importMinutes(file, 'AAPL.NASDAQ'))
    expect(error).toMatchObject({ exit: 2, hint: expect.stringContaining('--tz America/New_York') })
    expect(error.message).toContain('line 2: timestamp 2024-01-02 09:30:00 has no UTC offset')
    expect(await here.json(['data', 'history'])).toEqual([])
  })

  test('no command at all shows the help, on stderr', async () => {
    const { run } = await place()
    expect(await run(['data'])).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('Commands:') })
    expect(await run([])).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('Usage: ntrader') })
  })
})

/** What goes wrong only after the catalog was read needs something in it. */
async function importSampleIfRead(here: Place, args: readonly string[]): Promise<void> {
  if (args.includes('no/rows.csv')) await importSample(here)
}

describe('1: what was given cannot be taken', () => {
  test('bad rows: the line and its value are named, nothing is written', async () => {
    const here = await place()
    const text = 'timestamp,open,high,low,close\n2024-01-02T14:30:00Z,1,2,1,1\n2024-01-02T14:31:00Z,1,2,1,one\n'
    const file = await writeSample(here, 'bad.csv', text)
    const error = await failure(here, importMinutes(file, 'AAPL.NASDAQ'))
    expect(error).toMatchObject({ exit: 1, code: 'INVALID_DATA' })
    expect(error.message).toContain(`${file}: bad rows, nothing was written: line 3: close 'one' is not a number`)
    expect(await here.json(['data', 'history'])).toEqual([])
  })

  test('a bad file does not stop the others, and the worst exit code is the one', async () => {
    const here = await place()
    const good = await writeSample(here)
    const bad = await writeSample(here, 'bad.csv', 'timestamp,open,high,low,close\n2024-01-02T14:30:00Z,1,0,1,1\n')
    const outcome = await here.run([...importMinutes(bad, 'AAPL.NASDAQ', ...NEW_YORK), good, `${here.folder}/no.csv`])
    expect(outcome.code).toBe(2)
    expect(outcome.stdout).toBe(`${good}: 4 rows read, 4 new\n`)
    expect(outcome.stderr).toContain(`error: ${bad}: bad rows`)
    expect(outcome.stderr).toContain(`there is no file ${here.folder}/no.csv`)
  })

  test('simulated data for a real venue', async () => {
    const here = await place()
    const error = await failure(here, fetchDays('AAPL.NASDAQ', '2024-01-02', '2024-01-02', ...SIM))
    expect(error).toMatchObject({ exit: 1, code: 'SOURCE_REJECTED' })
    expect(await here.json(['data', 'history'])).toEqual([])
  })

  test('--mode error over rows that are there', async () => {
    const here = await place()
    await importSample(here)
    const other = await writeSample(here, 'other.csv', SAMPLE_CSV.replace('100.1,', '100.2,'))
    const error = await failure(here, importMinutes(other, 'AAPL.NASDAQ', ...NEW_YORK, '--mode', 'error'))
    expect(error).toMatchObject({ exit: 1, code: 'WRITE_CONFLICT' })
    expect(await here.json(['data', 'history'])).toHaveLength(1)
  })
})

describe('3: it is not there', () => {
  test('an unknown series', async () => {
    const here = await place()
    await importSample(here)
    for (const args of [
      ['data', 'query', 'MSFT.NASDAQ', ...MINUTES],
      ['data', 'query', 'AAPL.NASDAQ', '--bar-type', '5m'],
      ['data', 'query', 'AAPL.NASDAQ', '--type', 'trades'],
      ['data', 'info', 'MSFT.NASDAQ'],
    ]) {
      const error = await failure(here, args)
      expect(error, args.join(' ')).toMatchObject({ exit: 3, code: 'DATA_NOT_FOUND' })
      expect(error.hint).toContain('ntrader data list')
    }
  })

  test('something is missing and no source is named: the interval and the ways to get it', async () => {
    const here = await place()
    const error = await failure(here, fetchDays('AAPL.NASDAQ', '2024-01-02', '2024-01-02'))
    expect(error).toMatchObject({ exit: 3, code: 'DATA_NOT_FOUND', hint: expect.stringContaining('import csv') })
    expect(error.message).toContain('2024-01-02T14:30:00Z .. 2024-01-02T21:00:00Z')
  })

  test('a weekend', async () => {
    const here = await place()
    const error = await failure(here, fetchDays('AAPL.SIM', '2024-01-06', '2024-01-07', ...SIM))
    expect(error).toMatchObject({ exit: 3, message: expect.stringContaining('the venue was closed') })
  })

  test('the future', async () => {
    const here = await place()
    const error = await failure(here, fetchDays('AAPL.SIM', '2200-01-06', '2200-01-07', ...SIM))
    expect(error).toMatchObject({ exit: 3, message: expect.stringContaining('the last complete bar ends before') })
  })

  test('several ids: those that can be had are, and the worst exit code is the one', async () => {
    const here = await place()
    const ids = ['A.SIM', 'A.NASDAQ', 'B.SIM']
    const outcome = await here.run(['data', 'fetch', ...ids, '--bar-type', '1d', ...DAY, ...SIM, '--json'])
    expect(outcome.code).toBe(1)
    expect(outcome.stdout.trimEnd().split('\n')).toHaveLength(2)
    expect(errorOf(outcome).code).toBe('SOURCE_REJECTED')
  })
})
