import { expect, test, vi } from 'vitest'
import { DeltaTable } from '../../src/delta/table.js'
import { SettingsConflictError } from '../../src/model/errors.js'
import { sameRows } from '../../src/model/frame-edit.js'
import { AAPL, MSFT, minuteBars, states } from '../support/bars.js'
import { testCatalog } from '../support/catalog.js'

test('records of instruments are restored, and go on from there', async () => {
  const { catalog, clock } = await testCatalog()
  const apple = { instrument: 'AAPL.NASDAQ', currency: 'USD' }
  await catalog.putInstrument({ ...apple, description: 'one' })
  const asOf = catalog.version()
  clock.set('2024-06-02')
  await catalog.putInstrument({ ...apple, description: 'two' })
  await catalog.putInstrument({ instrument: 'MSFT.NASDAQ', currency: 'USD' })
  await catalog.restore('instruments', { asOf, all: true })
  expect((await catalog.instruments()).map((it) => [it.instrument, it.description])).toEqual([['AAPL.NASDAQ', 'one']])
  await catalog.putInstrument({ ...apple, description: 'three' })
  expect(await catalog.instrument('AAPL.NASDAQ')).toMatchObject({ description: 'three' })
  expect(await catalog.verify()).toMatchObject({ ok: true, orphans: 0 })
})

test('a whole table restored to a named state, vacuumed and restored again, is what it was to the last entry', async () => {
  const { catalog, another } = await testCatalog()
  const empty = { state: 'empty', claims: [{ source: 'sim', recordedAtNs: 0n }] } as const
  await catalog.write(AAPL, minuteBars('2024-01-02T14:30Z', 30), {
    coverage: { start: '2024-01-02', end: '2024-03-05' },
  })
  await catalog.write(MSFT, [], { coverage: [{ ...empty, startNs: 0n, endNs: 86_400_000_000_000n }] })
  await catalog.snapshot('base')
  const rows = await catalog.query(AAPL)
  const before = [states(await catalog.coverage(AAPL)), states(await catalog.coverage(MSFT))]
  for (let round = 0; round < 2; round++) {
    await catalog.write(MSFT, minuteBars('2024-01-02T14:30Z', 5, round))
    await catalog.deleteRange(AAPL, { start: '2024-01-02T14:40Z', end: '2024-02-10T12:00Z' })
    await catalog.consolidate()
    await catalog.vacuum({ retain: '0d' })
    await catalog.restore('bars', { asOf: 'base', all: true })
    await catalog.vacuum({ retain: '0d' })
    const reader = await another()
    expect(sameRows(await reader.query(AAPL), rows)).toBe(true)
    expect([states(await reader.coverage(AAPL)), states(await reader.coverage(MSFT))]).toEqual(before)
    expect(await reader.verify()).toMatchObject({ ok: true, orphans: 0 })
  }
})

test('a series that another writer begins while its table is being restored goes, too', async () => {
  const { catalog, another } = await testCatalog()
  const { asOf } = await catalog.write(AAPL, minuteBars('2024-01-02T14:30Z', 3))
  await catalog.write(AAPL, minuteBars('2024-01-02T14:30Z', 3, 1))
  const slow = await another({ lock: false })
  let begun: Promise<unknown> | undefined
  const commit = vi.spyOn(DeltaTable.prototype, 'commit').mockImplementationOnce(async () => {
    commit.mockRestore()
    begun = catalog.write(MSFT, minuteBars('2024-01-02T14:30Z', 3))
    await begun
    return false
  })
  await slow.restore('bars', { asOf, all: true })
  expect(begun).toBeDefined()
  expect((await catalog.list()).map((it) => it.series.instrument)).toEqual(['AAPL.NASDAQ'])
})

test('a restored setting stands against a writer that was planned before it', async () => {
  const { catalog, another } = await testCatalog()
  const asked = (adjustment: string) => ({ provenance: { source: 'x', setting: { adjustment } } })
  const { asOf } = await catalog.write(AAPL, minuteBars('2024-01-02T14:30Z', 3), asked('split'))
  await catalog.deleteRange(AAPL, { start: '2024-01-01', end: '2024-02-01' })
  const other = await another({ lock: false })
  const outcomes = await Promise.allSettled([
    (await another({ lock: false })).restore(AAPL, { asOf }),
    other.write(AAPL, minuteBars('2024-05-02T14:30Z', 3), asked('none')),
  ])
  const failures = outcomes.flatMap((it) => (it.status === 'rejected' ? [it.reason] : []))
  expect(failures).toHaveLength(1)
  expect(failures[0]).toBeInstanceOf(SettingsConflictError)
})
