import { describe, expect, test } from 'vitest'
import type { EmptyClaim } from '../../src/catalog/coverage/coverage.js'
import { DataNotFoundError } from '../../src/model/errors.js'
import { parseInstant } from '../../src/model/time.js'
import { AAPL, bar, minuteBars, spans } from '../support/bars.js'
import { testCatalog } from '../support/catalog.js'

const WEEK = { start: '2024-01-08', end: '2024-01-13' }
const day = (date: string, next: string) => ({ startNs: parseInstant(date), endNs: parseInstant(next) })
const NINTH = day('2024-01-09', '2024-01-10')
const days = (set: Parameters<typeof spans>[0]) =>
  spans(set).map((it) => it.replaceAll('2024-01-', '').replaceAll('T00:00:00Z', ''))

async function withEmpty(claim: Partial<EmptyClaim> = {}) {
  const it = await testCatalog()
  const claims = [{ source: 'ibkr', recordedAtNs: parseInstant('2024-06-01'), ...claim }]
  await it.catalog.write(AAPL, [], { coverage: [{ ...NINTH, state: 'empty', claims }] })
  await it.catalog.write(AAPL, [bar('2024-01-11T15:00Z')], { coverage: { start: '2024-01-11', end: '2024-01-12' } })
  return it
}

describe('missing is raw: the range, minus data, minus what the source said was empty', () => {
  test('without a calendar: nights and weekends count', async () => {
    const { catalog } = await testCatalog()
    await catalog.write(AAPL, minuteBars('2024-01-09T14:30Z', 390), {
      coverage: { start: '2024-01-09T14:30Z', end: '2024-01-09T21:00Z' },
    })
    const missing = await catalog.missing(AAPL, { start: '2024-01-07', end: '2024-01-10' })
    expect(spans(missing)).toEqual([
      '2024-01-07T00:00:00Z..2024-01-09T14:30:00Z',
      '2024-01-09T21:00:00Z..2024-01-10T00:00:00Z',
    ])
  })

  test('an empty answer counts for the source that gave it', async () => {
    const { catalog } = await withEmpty()
    expect(days(await catalog.missing(AAPL, WEEK, { source: 'ibkr' }))).toEqual(['08..09', '10..11', '12..13'])
    expect(days(await catalog.missing(AAPL, WEEK, { source: 'alpaca' }))).toEqual(['08..11', '12..13'])
    expect(days(await catalog.missing(AAPL, WEEK))).toEqual(['08..09', '10..11', '12..13'])
  })

  test('and for the setting it was given in', async () => {
    const { catalog } = await withEmpty({ setting: { useRTH: true } })
    const ask = (useRTH: boolean) => catalog.missing(AAPL, WEEK, { source: 'ibkr', setting: { useRTH } })
    expect(days(await ask(true))).toEqual(['08..09', '10..11', '12..13'])
    expect(days(await ask(false))).toEqual(['08..11', '12..13'])
  })

  test('and until it expires', async () => {
    const { catalog, clock } = await withEmpty({ expiresAtNs: parseInstant('2024-06-02') })
    clock.set('2024-06-01T23:59:59.999999999Z')
    expect(days(await catalog.missing(AAPL, WEEK, { source: 'ibkr' }))).toEqual(['08..09', '10..11', '12..13'])
    clock.set('2024-06-02')
    expect(days(await catalog.missing(AAPL, WEEK, { source: 'ibkr' }))).toEqual(['08..11', '12..13'])
  })

  test('confirmed again it is renewed, by a commit', async () => {
    const { catalog, clock } = await withEmpty({ expiresAtNs: parseInstant('2024-06-02') })
    const claims = [{ source: 'ibkr', recordedAtNs: 0n, expiresAtNs: parseInstant('2024-07-01') }]
    const renewing = { coverage: [{ ...NINTH, state: 'empty', claims } as const] }
    expect((await catalog.write(AAPL, [], renewing)).committed).toBe(true)
    expect((await catalog.write(AAPL, [], renewing)).committed).toBe(false)
    clock.set('2024-06-15')
    expect(days(await catalog.missing(AAPL, WEEK, { source: 'ibkr' }))).toEqual(['08..09', '10..11', '12..13'])
  })

  test('"no data" over rows that are live is not recorded', async () => {
    const { catalog } = await withEmpty()
    const claims = [{ source: 'ibkr', recordedAtNs: 0n }]
    const report = await catalog.write(AAPL, [], {
      coverage: [{ ...day('2024-01-11', '2024-01-12'), state: 'empty', claims }],
    })
    expect(report.committed).toBe(false)
    expect((await catalog.query(AAPL)).numRows).toBe(1)
  })

  test('rejected rows are not asked for again until they expire', async () => {
    const { catalog, clock } = await testCatalog()
    const rejection = {
      source: 'ibkr',
      reason: 'high < low',
      recordedAtNs: 0n,
      expiresAtNs: parseInstant('2024-06-02'),
    }
    await catalog.write(AAPL, [], { coverage: [{ ...NINTH, state: 'rejected', rejection }] })
    expect(days(await catalog.missing(AAPL, WEEK, { source: 'ibkr' }))).toEqual(['08..09', '10..13'])
    clock.set('2024-06-02')
    expect(days(await catalog.missing(AAPL, WEEK, { source: 'ibkr' }))).toEqual(['08..13'])
  })
})

describe('what a query says is missing', () => {
  const RANGE = { start: '2024-01-08', end: '2024-01-10' }

  test('is required and not covered: closed time is not missing', async () => {
    const { catalog } = await testCatalog()
    await catalog.write(AAPL, minuteBars('2024-01-08T14:30Z', 390), {
      coverage: { start: '2024-01-08', end: '2024-01-09' },
    })
    const regular = await catalog.query(AAPL, { ...RANGE, session: 'regular' })
    expect(spans(regular.missing)).toEqual(['2024-01-09T14:30:00Z..2024-01-09T21:00:00Z'])
    // The evening of the 8th in New York is the first hour of the 9th in UTC.
    expect(spans((await catalog.query(AAPL, RANGE)).missing)).toEqual([
      '2024-01-09T00:00:00Z..2024-01-09T01:00:00Z',
      '2024-01-09T09:00:00Z..2024-01-10T00:00:00Z',
    ])
  })

  test('with requireComplete it is an error that names it', async () => {
    const { catalog } = await testCatalog()
    await catalog.write(AAPL, minuteBars('2024-01-08T14:30Z', 390))
    const error = await catalog
      .query(AAPL, { ...RANGE, session: 'regular', requireComplete: true })
      .catch((it: unknown) => it)
    expect(error).toBeInstanceOf(DataNotFoundError)
    expect((error as DataNotFoundError).missing).toEqual([
      { start: '2024-01-09T14:30:00Z', end: '2024-01-09T21:00:00Z' },
    ])
  })

  test('of a series nobody knows is the error, not an empty answer', async () => {
    const { catalog } = await testCatalog()
    await catalog.write(AAPL, [bar('2024-01-08T15:00Z')])
    await expect(catalog.query({ ...AAPL, barType: '5-MINUTE-LAST' }, RANGE)).rejects.toThrow(DataNotFoundError)
    expect((await catalog.query(AAPL, { start: '2030-01-01', end: '2030-01-02' })).numRows).toBe(0)
  })
})
