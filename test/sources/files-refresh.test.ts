import { describe, expect, test } from 'vitest'
import { coverageText } from '../service/world.js'
import { minuteBars, stamps } from '../support/bars.js'
import { barsAt, type FilesWorld, filesWorld, range } from './files-world.js'

const BARS = { type: 'bars', instrument: 'AAPL.NASDAQ', barType: '1-MINUTE-LAST' } as const
const OPEN = '2024-01-03T14:30:00Z'

/** Half an hour bought elsewhere, and files that have a bar of it every twenty minutes. */
async function boughtWorld(): Promise<FilesWorld> {
  const world = await filesWorld()
  await world.catalog.write(BARS, minuteBars(OPEN, 40), { provenance: { source: 'bought' } })
  await world.put('1-MINUTE-LAST.csv', barsAt(30, 50, 70))
  return world
}

describe('a refresh from files', () => {
  test('keeps bought rows of a stretch that files only bridge, and names it', async () => {
    const { files, catalog } = await boughtWorld()
    const within = { start: '2024-01-03T14:35:00Z', end: '2024-01-03T14:40:00Z' }
    const { frame, report } = await files.fetchOrLoad(BARS, { ...within, refresh: true })
    expect(frame.numRows).toBe(5)
    expect(report).toMatchObject({ kept: [within], bySource: { bought: 5 } })
    expect((await catalog.coverage(BARS)).map((it) => it.state)).toEqual(['data'])
  })

  test('keeps bought rows of a weekend that files only bridge', async () => {
    const { files, catalog, put } = await filesWorld()
    await catalog.write(BARS, minuteBars('2024-01-06T15:00:00Z', 3))
    await put('1-MINUTE-LAST.csv', `${barsAt(30)}\n2024-01-06T00:59:00Z,1,1,1,1,1\n2024-01-08T09:00:00Z,1,1,1,1,1`)
    const weekend = { start: '2024-01-06T02:00:00Z', end: '2024-01-08T00:00:00Z', session: 'all' } as const
    expect((await files.fetchOrLoad(BARS, { ...weekend, refresh: true })).frame.numRows).toBe(3)
  })

  test('makes a stretch that they have rows of exactly those rows, as of any other source', async () => {
    const { files } = await boughtWorld()
    const whole = { start: OPEN, end: '2024-01-03T15:11:00Z' }
    const { frame, report } = await files.fetchOrLoad(BARS, { ...whole, refresh: true })
    expect(stamps(frame)).toEqual([OPEN, '2024-01-03T14:50:00Z', '2024-01-03T15:10:00Z'])
    expect(report).toMatchObject({ kept: [], missing: [], bySource: { files: 3 } })
  })

  test('leaves what lies outside of them as it is', async () => {
    const { files, put, catalog } = await filesWorld()
    await catalog.write(BARS, minuteBars(OPEN, 40))
    await put('1-MINUTE-LAST.csv', barsAt(...range(40, 49)))
    const whole = { start: OPEN, end: '2024-01-03T15:10:00Z' }
    const { frame, report } = await files.fetchOrLoad(BARS, { ...whole, refresh: true })
    expect(frame.numRows).toBe(40)
    expect(report).toMatchObject({ bySource: { files: 10, unknown: 30 } })
    expect(report.kept).toEqual([
      { start: OPEN, end: '2024-01-03T14:40:00Z' },
      { start: '2024-01-03T14:50:00Z', end: '2024-01-03T15:10:00Z' },
    ])
  })
})

test('a damaged file is not healed by a bridge over what it held: that is missing from then on', async () => {
  const { files, catalog, root, put } = await filesWorld()
  const { truncate } = await import('node:fs/promises')
  await catalog.write(BARS, minuteBars('2024-01-03T14:35:00Z', 5))
  await catalog.write(BARS, minuteBars('2024-01-04T14:30:00Z', 5))
  await put('1-MINUTE-LAST.csv', barsAt(30, 50))
  const [wednesday] = await catalog.files(BARS)
  await truncate(`${root}/${wednesday?.path}`, 10)
  const both = { start: '2024-01-03T14:35:00Z', end: '2024-01-04T14:35:00Z', session: 'all' } as const
  const { frame, report } = await files.fetchOrLoad(BARS, both)
  // Those of Thursday, and the one of 14:50 that the files have.
  expect(frame.numRows).toBe(6)
  expect(report.missing).toContainEqual({ start: '2024-01-03T14:35:00Z', end: '2024-01-03T14:40:00Z' })
  expect(await coverageText(catalog, BARS)).not.toContain('data 2024-01-03T14:35:00Z..2024-01-03T14:40:00Z')
})

test('a range that is covered and has no row is known to hold nothing, and nobody is said to have said so', async () => {
  const { files, put } = await filesWorld()
  await put('1-MINUTE-LAST.csv', barsAt(30, 50))
  const error = await files
    .fetchOrLoad(BARS, { start: '2024-01-03T14:35:00Z', end: '2024-01-03T14:40:00Z' })
    .catch((it) => it)
  expect(error).toMatchObject({ knownEmpty: true, missing: [] })
  expect(error.message).toContain('it is covered, and nothing happened in it')
})
