import { describe, expect, test } from 'vitest'
import { fetchDays, TOKEN } from './sample.js'
import { errorOf, type Place, place } from './spawn-cli.js'

const MINUTES = ['AAPL.SIM', '--bar-type', '1m'] as const

/** Two days, the second of which was deleted again. */
async function deletedDay(): Promise<Place> {
  const here = await place()
  await here.ok(fetchDays('AAPL.SIM', '2024-01-02', '2024-01-03', '--source', 'sim'))
  await here.ok(['data', 'delete', ...MINUTES, '--start', '2024-01-03', '--end', '2024-01-03', '--yes'])
  return here
}

describe('restore', () => {
  const RESTORE = ['data', 'restore', ...MINUTES, '--as-of', 'bars@0'] as const

  test('brings a series back as it was', async () => {
    const { json, ok } = await deletedDay()
    const report = { rowsAdded: 390, filesAdded: 1, filesRemoved: 0, asOf: TOKEN }
    expect(await json([...RESTORE, '--dry-run'])).toEqual({ committed: false, ...report })
    expect(await json([...RESTORE, '--yes'])).toEqual({ committed: true, ...report })
    expect(await ok([...RESTORE, '--yes'])).toBe('AAPL.SIM 1-MINUTE-LAST-EXTERNAL: is as it was at bars@0 already\n')
  })

  test('restores a range alone, its last day included', async () => {
    const { json } = await deletedDay()
    const range = ['--start', '2024-01-03', '--end', '2024-01-03'] as const
    expect(await json([...RESTORE, ...range, '--yes'])).toMatchObject({ committed: true, rowsAdded: 390 })
    expect(await json([...RESTORE, '--start', '2024-01-02', '--end', '2024-01-02', '--yes'])).toMatchObject({
      committed: false,
    })
  })

  test.each([
    ['without a terminal or --yes', [...RESTORE], 2, 'INVALID_REQUEST'],
    ['without a version', ['data', 'restore', ...MINUTES, '--yes'], 2, 'INVALID_REQUEST'],
    ['without an id or --all', ['data', 'restore', '--as-of', 'bars@0', '--yes'], 2, 'INVALID_REQUEST'],
    ['of everything and of one series at once', [...RESTORE, '--all', '--yes'], 2, 'INVALID_REQUEST'],
    ['of a version that is none', ['data', 'restore', ...MINUTES, '--as-of', 'then', '--yes'], 2, 'INVALID_REQUEST'],
    ['of a version to come', ['data', 'restore', ...MINUTES, '--as-of', 'bars@9', '--yes'], 3, 'VERSION_EXPIRED'],
    [
      'of what was not there then',
      ['data', 'restore', 'MSFT.SIM', '--bar-type', '1m', '--as-of', 'bars@0', '--yes'],
      3,
      'DATA_NOT_FOUND',
    ],
  ])('%s is an error, and changes nothing', async (_name, args, code, error) => {
    const { run, json } = await deletedDay()
    const outcome = await run([...args, '--json'])
    expect(outcome.code).toBe(code)
    expect(errorOf(outcome).code).toBe(error)
    expect(await json(['data', 'history'])).toHaveLength(2)
  })

  test('--all takes a whole table back', async () => {
    const { ok, json } = await deletedDay()
    await ok(['data', 'restore', '--type', 'bars', '--all', '--as-of', 'bars@0', '--yes'])
    expect(await json(['data', 'list'])).toMatchObject([{ rows: 780 }])
  })
})

describe('snapshot and vacuum', () => {
  test('a named state is listed, read by its name, and outlives vacuum until the name is dropped', async () => {
    const { json, ok, run } = await deletedDay()
    expect(await json(['data', 'snapshot', 'before', '--as-of', 'bars@0'])).toEqual({ name: 'before', asOf: TOKEN })
    expect(await json(['data', 'snapshot'])).toEqual([{ name: 'before', asOf: TOKEN }])
    const vacuum = ['data', 'vacuum', '--retain', '0d', '--yes'] as const
    expect(await json(vacuum)).toMatchObject({ files: 0 })
    const query = ['data', 'query', ...MINUTES, '--as-of', 'before', '--format', 'csv'] as const
    expect((await ok(query)).trimEnd().split('\n')).toHaveLength(781)
    await ok(['data', 'snapshot', 'before', '--drop'])
    expect(await json([...vacuum, '--dry-run'])).toMatchObject({ dryRun: true, files: 1 })
    expect(await json(vacuum)).toMatchObject({ dryRun: false, files: 1, orphans: 0 })
    const expired = await run(['data', 'query', ...MINUTES, '--as-of', 'bars@0', '--json'])
    expect([expired.code, errorOf(expired).code]).toEqual([3, 'VERSION_EXPIRED'])
    expect((await run(query)).code).toBe(2)
  })

  test('vacuum that would take something refuses without a terminal or --yes; by default it keeps seven days', async () => {
    const { run, json } = await deletedDay()
    expect((await run(['data', 'vacuum', '--retain', '0d'])).code).toBe(2)
    expect((await run(['data', 'vacuum', '--retain', 'a week'])).code).toBe(2)
    expect(await json(['data', 'vacuum'])).toEqual({
      dryRun: false,
      files: 0,
      bytes: 0,
      orphans: 0,
      quarantined: 0,
      horizons: { bars: 0 },
    })
    expect((await run(['data', 'query', ...MINUTES, '--as-of', 'bars@0'])).code).toBe(0)
  })

  test.each([
    [['data', 'snapshot', '--drop']],
    [['data', 'snapshot', 'not-there', '--drop', '--dry-run']],
    [['data', 'snapshot', 'not here', '--drop']],
    [['data', 'snapshot', 'a@b']],
  ])('%j is an error of its caller', async (args) => {
    const { run } = await deletedDay()
    expect((await run(args)).code).toBe(2)
  })
})
