import { describe, expect, test } from 'vitest'
import { fetchDays, importMinutes, MINUTES, NEW_YORK, TOKEN, writeSample } from './sample.js'
import { place } from './spawn-cli.js'

describe('commands that write', () => {
  test('import --json reports what was read and what it claims', async () => {
    const here = await place()
    const file = await writeSample(here)
    const expected = {
      file,
      rowsRead: 4,
      rows: 4,
      rowsAdded: 4,
      collapsed: 0,
      skipped: 0,
      ignoredColumns: [],
      holes: [{ start: '2024-01-02T14:33:00Z', end: '2024-01-02T20:59:00Z' }],
      committed: true,
      asOf: TOKEN,
    }
    const args = importMinutes(file, 'AAPL.NASDAQ', ...NEW_YORK)
    expect(await here.json(args)).toEqual(expected)
    expect(await here.json(args)).toEqual({ ...expected, rowsAdded: 0, committed: false })
    expect(await here.run(args)).toEqual({
      code: 0,
      signal: null,
      stdout: `${file}: 4 rows read, all there already, nothing committed\n`,
      stderr: 'no rows in 2024-01-02T14:33:00Z .. 2024-01-02T20:59:00Z: not claimed as covered\n',
    })
  })

  test('fetch --json says what it took, and asks nothing the second time', async () => {
    const { json, run } = await place()
    const args = fetchDays('AAPL.SIM', '2024-01-02', '2024-01-03')
    const first = { rows: 780, requests: 1, fetchedRows: 780, missing: [], asOf: TOKEN }
    expect(await json([...args, '--source', 'sim'])).toEqual(first)
    expect(await json(args)).toEqual({ ...first, requests: 0, fetchedRows: 0 })
    expect(await run(args)).toEqual({
      code: 0,
      signal: null,
      stdout: 'AAPL.SIM 1-MINUTE-LAST-EXTERNAL: 780 bars, 0 fetched by 0 requests\n',
      stderr: '',
    })
  })

  test('fetch of several ids prints an object each', async () => {
    const { ok } = await place()
    const args = ['data', 'fetch', 'A.SIM', 'B.SIM', '--bar-type', '1d', '--start', '2024-01-02', '--end', '2024-01-05']
    const lines = (await ok([...args, '--source', 'sim', '--json'])).trimEnd().split('\n')
    expect(lines.map((it) => JSON.parse(it).rows)).toEqual([4, 4])
  })

  test('fetch --dry-run names what it would ask for and stores nothing', async () => {
    const { json } = await place()
    const args = fetchDays('AAPL.SIM', '2024-01-02', '2024-01-02', '--source', 'sim')
    const session = { start: '2024-01-02T14:30:00Z', end: '2024-01-02T21:00:00Z' }
    expect(await json([...args, '--dry-run'])).toEqual({ gaps: [session], requests: [session] })
    expect(await json(['data', 'list'])).toEqual([])
  })

  test('delete takes rows and coverage; a second time it changes nothing', async () => {
    const { ok, json } = await place()
    await ok(fetchDays('AAPL.SIM', '2024-01-02', '2024-01-04', '--source', 'sim'))
    const args = ['data', 'delete', 'AAPL.SIM', ...MINUTES, '--start', '2024-01-03', '--end', '2024-01-03']
    const covered = [{ start: '2024-01-03T14:30:00Z', end: '2024-01-03T21:00:00Z' }]
    expect(await json([...args, '--dry-run'])).toEqual({ dryRun: true, covered })
    expect(await json([...args, '--yes'])).toEqual({ committed: true, rowsDeleted: 390, asOf: TOKEN })
    expect(await json([...args, '--yes'])).toEqual({ committed: false, rowsDeleted: 0, asOf: TOKEN })
    expect(await json(['data', 'info', 'AAPL.SIM'])).toMatchObject({ series: [{ rows: 780 }] })
  })

  test('history of a series that was deleted altogether is still there', async () => {
    const { ok, json } = await place()
    await ok(fetchDays('AAPL.SIM', '2024-01-02', '2024-01-02', '--source', 'sim'))
    await ok(['data', 'delete', 'AAPL.SIM', ...MINUTES, '--start', '2024-01-02', '--end', '2024-01-02', '--yes'])
    const history = await json(['data', 'history', 'AAPL.SIM', ...MINUTES])
    expect(history).toMatchObject([{ operation: 'WRITE' }, { operation: 'DELETE', rowsAdded: -390 }])
  })

  test('consolidate brings closed months of bars together, a file each; the rows stay', async () => {
    const { ok, json } = await place()
    await ok(fetchDays('AAPL.SIM', '2024-01-30', '2024-02-02', '--source', 'sim'))
    const rows = await ok(['data', 'query', 'AAPL.SIM', ...MINUTES, '--format', 'csv'])
    const month = (name: string): object => ({
      type: 'bars',
      instrument: 'AAPL.SIM',
      barType: '1-MINUTE-LAST-EXTERNAL',
      period: name,
      files: 2,
      rows: 780,
      bytes: expect.any(Number),
    })
    const periods = [month('2024-01'), month('2024-02')]
    const plan = { dryRun: true, periods, filesRemoved: 0, filesAdded: 0 }
    expect(await json(['data', 'consolidate', '--dry-run'])).toEqual(plan)
    expect(await json(['data', 'consolidate'])).toEqual({ ...plan, dryRun: false, filesRemoved: 4, filesAdded: 2 })
    expect(await ok(['data', 'consolidate'])).toBe('nothing to consolidate\n')
    expect(await ok(['data', 'query', 'AAPL.SIM', ...MINUTES, '--format', 'csv'])).toBe(rows)
  })
})
