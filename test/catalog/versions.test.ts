import { describe, expect, test } from 'vitest'
import { DataNotFoundError, InvalidRequestError, VersionExpiredError } from '../../src/model/errors.js'
import { sameRows } from '../../src/model/frame-edit.js'
import { AAPL, bar, MSFT, minuteBars, spans } from '../support/bars.js'
import { testCatalog } from '../support/catalog.js'
import { TRADES, trade } from '../support/trades.js'

describe('asOf', () => {
  test('reads every earlier state bit for bit after writes, deletions, replacements and consolidations', async () => {
    const { catalog, another } = await testCatalog()
    const changes = [
      () => catalog.write(AAPL, minuteBars('2024-01-02T14:30Z', 30)),
      () => catalog.write(AAPL, minuteBars('2024-01-03T14:30Z', 30)),
      () => catalog.write(AAPL, minuteBars('2024-01-02T14:40Z', 30, 5)),
      () => catalog.deleteRange(AAPL, { start: '2024-01-02T14:35Z', end: '2024-01-03T14:35Z' }),
      () => catalog.consolidate(),
      () =>
        catalog.write(AAPL, [bar('2024-01-03T14:40Z', 1)], {
          mode: 'replace',
          coverage: { start: '2024-01-03', end: '2024-01-04' },
        }),
      () => catalog.write(MSFT, minuteBars('2024-01-02T14:30Z', 3)),
    ]
    const states = []
    for (const change of changes) {
      await change()
      states.push({ asOf: catalog.version(), frame: await catalog.query(AAPL) })
    }
    expect(new Set(states.map((it) => it.asOf)).size).toBe(changes.length)
    for (const reader of [catalog, await another()]) {
      for (const { asOf, frame } of states) {
        const again = await reader.query(AAPL, { asOf })
        expect(sameRows(again, frame)).toBe(true)
        expect(again.missing).toEqual(frame.missing)
      }
    }
  })

  test('is what a write reports', async () => {
    const { catalog } = await testCatalog()
    const { asOf } = await catalog.write(AAPL, minuteBars('2024-01-02T14:30Z', 3))
    expect(asOf).toBe(catalog.version())
    expect(asOf).toMatch(/^bars@0-[0-9a-f]{8}$/)
    expect((await catalog.write(AAPL, minuteBars('2024-01-02T14:30Z', 3))).asOf).toBe(asOf)
  })

  test('names every table there is; a table that came later did not exist then', async () => {
    const { catalog } = await testCatalog()
    await catalog.write(AAPL, [bar('2024-01-02T14:30Z')])
    const before = catalog.version()
    await catalog.write(TRADES, [trade(1)])
    expect(catalog.version()).toMatch(/^bars@0-[0-9a-f]{8},trades@0-[0-9a-f]{8}$/)
    await expect(catalog.query(TRADES, { asOf: before })).rejects.toThrow(DataNotFoundError)
    expect((await catalog.query(AAPL, { asOf: catalog.version() })).numRows).toBe(1)
  })

  test('before the first write there is nothing', async () => {
    const { catalog } = await testCatalog()
    const before = catalog.version()
    await catalog.write(AAPL, [bar('2024-01-02T14:30Z')])
    await expect(catalog.query(AAPL, { asOf: before })).rejects.toThrow(DataNotFoundError)
  })

  test('a series that has gone since is still there', async () => {
    const { catalog } = await testCatalog()
    const { asOf } = await catalog.write(AAPL, [bar('2024-01-02T14:30Z')])
    await catalog.deleteRange(AAPL, { start: '2024-01-01', end: '2025-01-01' })
    await expect(catalog.query(AAPL)).rejects.toThrow(DataNotFoundError)
    expect((await catalog.query(AAPL, { asOf })).numRows).toBe(1)
  })

  test('streams too', async () => {
    const { catalog } = await testCatalog()
    const { asOf } = await catalog.write(AAPL, [bar('2024-01-02T14:30Z')])
    await catalog.write(AAPL, minuteBars('2024-01-03T14:30Z', 5))
    let rows = 0
    for await (const part of catalog.stream(AAPL, { asOf })) rows += part.numRows
    expect(rows).toBe(1)
  })

  test('of another catalog is expired, whether its number exists here or not', async () => {
    const [here, there] = [await testCatalog(), await testCatalog()]
    await here.catalog.write(AAPL, [bar('2024-01-02T14:30Z')])
    await there.catalog.write(AAPL, [bar('2024-01-02T14:30Z')])
    const same = there.catalog.version()
    await there.catalog.write(AAPL, [bar('2024-01-03T14:30Z')])
    for (const asOf of [same, there.catalog.version()]) {
      await expect(here.catalog.query(AAPL, { asOf })).rejects.toThrow(VersionExpiredError)
    }
  })

  test('in a catalog that has no such table is expired', async () => {
    const [here, there] = [await testCatalog(), await testCatalog()]
    await there.catalog.write(AAPL, [bar('2024-01-02T14:30Z')])
    await expect(here.catalog.query(AAPL, { asOf: there.catalog.version() })).rejects.toThrow(VersionExpiredError)
  })

  test.each([
    '',
    'yesterday',
    '7',
    'bars@',
    'bars@1-',
    'bars@1-',
    'bars@-1-3f2a9c1b',
    'bars@1.5-3f2a9c1b',
    'rocks@1-3f2a9c1b',
    'bars@1-3f2a9c1b,',
    'bars@9999999999999999-3f2a9c1b',
    'bars@1-3f2a9c1b;rm -rf',
  ])('%j is no version', async (asOf) => {
    const { catalog } = await testCatalog()
    await catalog.write(AAPL, [bar('2024-01-02T14:30Z')])
    await expect(catalog.query(AAPL, { asOf })).rejects.toThrow(InvalidRequestError)
  })
})

describe('history', () => {
  test('is the worked example of the format, commit by commit', async () => {
    const { catalog } = await testCatalog()
    const whole = { coverage: { start: '2024-01-02', end: '2024-01-04' } }
    const rows = [...minuteBars('2024-01-02T14:30Z', 120), ...minuteBars('2024-01-03T14:30Z', 120)]
    await catalog.write(AAPL, rows, whole)
    await catalog.deleteRange(AAPL, { start: '2024-01-02T15:00Z', end: '2024-01-02T16:00Z' })
    await catalog.consolidate()
    await catalog.write(MSFT, [bar('2024-01-02T14:30Z')])
    expect(
      (await catalog.history(AAPL)).map(({ version, operation, filesAdded, filesRemoved, rowsAdded }) => [
        version,
        operation,
        filesAdded,
        filesRemoved,
        rowsAdded,
      ]),
    ).toEqual([
      [0, 'WRITE', 2, 0, 240],
      [1, 'DELETE', 1, 1, -60],
      [2, 'CONSOLIDATE', 1, 2, 0],
    ])
    expect(await catalog.history()).toHaveLength(4)
    expect(spans(await catalog.missing(AAPL, { start: '2024-01-02', end: '2024-01-04' }))).toEqual([
      '2024-01-02T15:00:00Z..2024-01-02T16:00:00Z',
    ])
  })
})
