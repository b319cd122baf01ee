import { describe, expect, test } from 'vitest'
import { DataCatalog } from '../../src/catalog/catalog.js'
import type { InstrumentDefinition } from '../../src/catalog/instruments/instrument-record.js'
import { InvalidDataError, InvalidRequestError, WriteConflictError } from '../../src/model/errors.js'
import { parseInstant } from '../../src/model/time.js'
import { AAPL, bar } from '../support/bars.js'
import { testCatalog } from '../support/catalog.js'
import { APPLE } from './instruments-apple.js'

const FUTURE: InstrumentDefinition = { instrument: 'ESZ4.CME', securityType: 'FUT', lastTradeDate: '2024-12-20' }

describe('a record of an instrument', () => {
  test('comes back as it was put, with symbol, venue and the instant it was recorded', async () => {
    const { catalog, another, clock } = await testCatalog()
    expect(await catalog.instrument('AAPL.NASDAQ')).toBeUndefined()
    expect(await catalog.instruments()).toEqual([])
    await catalog.putInstrument(FUTURE)
    clock.set('2024-06-02T12:00Z')
    expect(await catalog.putInstrument(APPLE)).toMatchObject({ committed: true, rows: 1, rowsAdded: 1, filesAdded: 1 })
    const apple = { ...APPLE, symbol: 'AAPL', venue: 'NASDAQ', recordedAtNs: parseInstant('2024-06-02T12:00Z') }
    const future = { ...FUTURE, symbol: 'ESZ4', venue: 'CME', recordedAtNs: parseInstant('2024-06-01') }
    for (const reader of [catalog, await another()]) {
      expect(await reader.instrument('AAPL.NASDAQ')).toEqual(apple)
      expect(await reader.instrument('MSFT.NASDAQ')).toBeUndefined()
      expect(await reader.instruments()).toEqual([apple, future])
    }
  })

  test('that says what is known commits nothing, also when it was read and is put back', async () => {
    const { catalog, clock } = await testCatalog()
    const { asOf } = await catalog.putInstrument(APPLE)
    clock.set('2024-06-02')
    const known = (await catalog.instrument('AAPL.NASDAQ')) as InstrumentDefinition
    for (const again of [APPLE, known, { instrument: 'AAPL.NASDAQ' }, { ...APPLE, symbol: 'AAPL', venue: 'NASDAQ' }]) {
      expect(await catalog.putInstrument(again)).toMatchObject({ committed: false, asOf, rowsAdded: 0 })
    }
    expect(await catalog.history()).toHaveLength(1)
  })

  test('is not changed by hours that only name the next days', async () => {
    const { catalog } = await testCatalog()
    await catalog.putInstrument(APPLE)
    const nextDay = {
      tradingHours: '20240604:0400-20240604:2000;20240605:0400-20240605:2000',
      liquidHours: '20240604:0930-20240604:1600;20240605:0930-20240605:1600',
    }
    expect((await catalog.putInstrument({ ...APPLE, ...nextDay })).committed).toBe(false)
    const halfDay = { liquidHours: '20240703:0930-20240703:1300;20240705:0930-20240705:1600' }
    expect((await catalog.putInstrument({ ...APPLE, ...halfDay })).committed).toBe(true)
    expect((await catalog.instrument('AAPL.NASDAQ'))?.liquidHours).toBe(halfDay.liquidHours)
  })

  test('keeps what the new word leaves out', async () => {
    const { catalog } = await testCatalog()
    await catalog.putInstrument({ instrument: 'AAPL.NASDAQ', currency: 'USD', contractIds: { ibkr: '265598' } })
    await catalog.putInstrument({ instrument: 'AAPL.NASDAQ', tickSize: 0.01, contractIds: { alpaca: 'b0b6dd9d' } })
    expect(await catalog.instrument('AAPL.NASDAQ')).toMatchObject({
      currency: 'USD',
      tickSize: 0.01,
      contractIds: { ibkr: '265598', alpaca: 'b0b6dd9d' },
    })
  })

  test('that changes at the same instant, or before the clock was set back, is still the newer one', async () => {
    const { catalog, clock } = await testCatalog()
    await catalog.putInstrument({ ...APPLE, tickSize: 0.05 })
    await catalog.putInstrument(APPLE)
    clock.set('2024-05-01')
    await catalog.putInstrument({ ...APPLE, tickSize: 0.0001 })
    expect((await catalog.instrument('AAPL.NASDAQ'))?.tickSize).toBe(0.0001)
    expect((await catalog.verify()).ok).toBe(true)
  })

  test('is read as it was in an earlier state of the catalog', async () => {
    const { catalog, clock } = await testCatalog()
    await catalog.write(AAPL, [bar('2024-01-02T10:00Z')])
    const before = catalog.version()
    const { asOf } = await catalog.putInstrument({ ...APPLE, tickSize: 0.05 })
    expect(asOf).toMatch(/^bars@0-[0-9a-f]{8},instruments@0-[0-9a-f]{8}$/)
    clock.set('2024-06-03')
    await catalog.putInstrument(APPLE)
    expect((await catalog.instrument('AAPL.NASDAQ', { asOf }))?.tickSize).toBe(0.05)
    expect((await catalog.instruments({ asOf })).map((it) => it.tickSize)).toEqual([0.05])
    expect(await catalog.instrument('AAPL.NASDAQ', { asOf: before })).toBeUndefined()
    expect((await catalog.instrument('AAPL.NASDAQ'))?.tickSize).toBe(0.01)
  })
})

describe('a changed contract id', () => {
  const REUSED = { instrument: 'AAPL.NASDAQ', contractIds: { ibkr: '999' } }

  test('is refused, naming both ids and the steps; the record stays as it was', async () => {
    const { catalog } = await testCatalog()
    await catalog.putInstrument(APPLE)
    const error = await catalog.putInstrument(REUSED).catch((it: unknown) => it)
    expect(error).toBeInstanceOf(WriteConflictError)
    expect((error as WriteConflictError).message).toMatch(/AAPL\.NASDAQ was contract 265598 at ibkr .* contract 999/)
    expect((error as WriteConflictError).hint).toContain('replaceContract: true')
    expect((await catalog.instrument('AAPL.NASDAQ'))?.contractIds).toEqual(APPLE.contractIds)
    expect(await catalog.history()).toHaveLength(1)
  })

  test('is refused also when another source has put the instrument in between', async () => {
    const { catalog } = await testCatalog()
    await catalog.putInstrument({ instrument: 'AAPL.NASDAQ', contractIds: { ibkr: '265598' } })
    await catalog.putInstrument({ instrument: 'AAPL.NASDAQ', contractIds: { alpaca: 'b0b6dd9d' } })
    await expect(catalog.putInstrument(REUSED)).rejects.toThrow(WriteConflictError)
  })

  test('is taken when the caller means it: nothing of the former contract stays', async () => {
    const { catalog, clock } = await testCatalog()
    await catalog.putInstrument(APPLE)
    clock.set('2024-06-03')
    await catalog.putInstrument(REUSED, { replaceContract: true })
    expect(await catalog.instrument('AAPL.NASDAQ')).toEqual({
      ...REUSED,
      symbol: 'AAPL',
      venue: 'NASDAQ',
      recordedAtNs: parseInstant('2024-06-03'),
    })
  })

  test('of an instrument that nothing contradicts changes nothing but the id', async () => {
    const { catalog } = await testCatalog()
    await catalog.putInstrument(APPLE)
    await catalog.putInstrument({ instrument: 'AAPL.NASDAQ', currency: 'EUR' }, { replaceContract: true })
    expect(await catalog.instrument('AAPL.NASDAQ')).toMatchObject({ ...APPLE, currency: 'EUR' })
  })
})

describe('two writers with different contract ids at once', () => {
  const put = async (catalog: DataCatalog, id: string): Promise<string | WriteConflictError> =>
    catalog.putInstrument({ instrument: 'AAPL.NASDAQ', contractIds: { ibkr: id } }).then(
      () => id,
      (error: WriteConflictError) => error,
    )

  test.each([true, false])('exactly one is taken, the others are refused (lock: %s)', async (lock) => {
    const { root, clock } = await testCatalog()
    for (let round = 0; round < 5; round++) {
      const instrument = `A${round}.NASDAQ`
      const writers = await Promise.all(Array.from({ length: 4 }, () => DataCatalog.open(root, { lock, clock })))
      const outcomes = await Promise.all(
        writers.map((writer, i) =>
          writer.putInstrument({ instrument, contractIds: { ibkr: String(i) } }).then(
            () => String(i),
            (error: unknown) => error,
          ),
        ),
      )
      const [winner, ...others] = outcomes.filter((it) => typeof it === 'string')
      expect(others).toEqual([])
      expect(outcomes.filter((it) => it instanceof WriteConflictError)).toHaveLength(3)
      const after = await DataCatalog.open(root)
      expect((await after.instrument(instrument))?.contractIds).toEqual({ ibkr: winner })
    }
  })

  test('also on both sides of midnight, where they write different files', async () => {
    const { catalog, root, clock } = await testCatalog()
    await catalog.putInstrument({ instrument: 'AAPL.NASDAQ', currency: 'USD' })
    const nextDay = () => clock() + parseInstant('1970-01-02')
    const late = await DataCatalog.open(root, { lock: false, clock: nextDay })
    const early = await DataCatalog.open(root, { lock: false, clock })
    const outcomes = await Promise.all([put(late, '1'), put(early, '2')])
    expect(outcomes.filter((it) => it instanceof WriteConflictError)).toHaveLength(1)
    expect((await catalog.verify()).ok).toBe(true)
  })
})

describe('a definition that breaks a rule', () => {
  test.each([
    [{ symbol: 'MSFT' }, 'symbol MSFT is not that of the id, AAPL'],
    [{ venue: 'NYSE' }, 'venue NYSE is not that of the id, NASDAQ'],
    [{ currency: 'dollars' }, 'currency dollars is not a currency code'],
    [{ tickSize: 0 }, 'tickSize 0 is not a number above 0'],
    [{ tickSize: Number.NaN }, 'tickSize NaN is not a number above 0'],
    [{ multiplier: -1 }, 'multiplier -1 is not a number above 0'],
    [{ timeZone: 'Mars/Olympus' }, 'timeZone Mars/Olympus is not an IANA time zone'],
    [{ timeZone: '+01:00' }, 'timeZone +01:00 is not an IANA time zone'],
    [{ lastTradeDate: '2024-02-30' }, 'lastTradeDate 2024-02-30 is not a date'],
    [{ description: ' ' }, 'is not a readable text'],
    [{ contractIds: { ibkr: '' } }, 'contractIds {"ibkr":""} is not an object of texts'],
    [{ contractIds: ['265598'] }, 'contractIds ["265598"] is not an object of texts'],
    [{ contractId: '265598' }, 'contractId 265598 is no property'],
  ])('is refused by name and value, and nothing is written: %j', async (wrong, message) => {
    const { catalog, root } = await testCatalog()
    const definition = { ...APPLE, ...wrong } as InstrumentDefinition
    const error = await catalog.putInstrument(definition).catch((it: unknown) => it)
    expect(error).toBeInstanceOf(InvalidDataError)
    expect((error as InvalidDataError).problems).toEqual([expect.stringContaining(message)])
    expect((await DataCatalog.open(root)).version()).toBe('empty')
  })

  test('and an id that is none is a wrong request', async () => {
    const { catalog } = await testCatalog()
    await expect(catalog.putInstrument({ instrument: 'AAPL' })).rejects.toThrow(InvalidRequestError)
    await expect(catalog.instrument('AAPL')).rejects.toThrow(InvalidRequestError)
  })

  test('takes the zones that Interactive Brokers names, and codes of crypto currencies', async () => {
    const { catalog } = await testCatalog()
    for (const timeZone of ['US/Eastern', 'America/New_York', 'MET', 'EST5EDT', 'Asia/Hong_Kong', 'Japan', 'UTC']) {
      expect((await catalog.putInstrument({ instrument: 'X.SMART', timeZone, currency: 'USDT' })).committed).toBe(true)
    }
  })
})
