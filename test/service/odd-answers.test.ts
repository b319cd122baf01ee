import { describe, expect, test } from 'vitest'
import type { RowInput } from '../../src/catalog/write/rows-input.js'
import type { Frame } from '../../src/model/frame.js'
import type { Interval } from '../../src/model/interval.js'
import { parseInstant } from '../../src/model/time.js'
import { AAPL, stamps } from '../support/bars.js'
import { everyBar, plainBar, type Script } from '../support/scripted-source.js'
import { BTC_HOURLY, coverageText, createWorld, WEDNESDAY } from './world.js'

const TRADES = { type: 'trades', instrument: 'BTC-USD.COINBASE' } as const
const WEEKLY = { type: 'bars', instrument: 'AAPL.NASDAQ', barType: '1-WEEK-LAST' } as const
const MONTHLY = { type: 'bars', instrument: 'BTC-USD.COINBASE', barType: '1-MONTH-LAST' } as const
const HOUR_NS = 3_600_000_000_000n

/** Each gap in two requests, of which the second begins before the first ends. */
const overlapping = (gaps: readonly Interval[]): readonly Interval[] =>
  gaps.flatMap(({ startNs, endNs }) => {
    const thirdNs = (endNs - startNs) / 3n
    return [
      { startNs, endNs: startNs + 2n * thirdNs },
      { startNs: startNs + thirdNs, endNs },
    ]
  })

/** A trade on every whole hour. */
const hourlyTrades: Script = ({ interval }) => {
  const rows: RowInput<'trades'>[] = []
  for (let ns = interval.startNs; ns < interval.endNs; ns += HOUR_NS) rows.push({ ts_event: ns, price: 1, size: 1 })
  return rows
}

describe('requests that overlap', () => {
  test.each([false, true])('store no tick twice (refresh: %s)', async (refresh) => {
    const { service } = await createWorld({ plan: overlapping, script: hourlyTrades })
    const { frame, report } = await service.fetchOrLoad(TRADES, { ...WEDNESDAY, refresh })
    expect(frame.numRows).toBe(24)
    expect(report).toMatchObject({ requests: 2, fetchedRows: 24 })
  })

  test('and answer differently keep the first answer instead of failing', async () => {
    const { service, source } = await createWorld({ plan: overlapping })
    source.script = (request, index, context) => everyBar(100 + index)(request, index, context)
    const { frame } = await service.fetchOrLoad(BTC_HOURLY, WEDNESDAY)
    expect([...frame.column('close')]).toEqual([...new Array(16).fill(100), ...new Array(8).fill(101)])
  })

  test('ask for nothing twice that the first could not answer for', async () => {
    const { service, source, catalog } = await createWorld({ now: '2024-01-03T12:00:00Z', plan: overlapping })
    source.script = (request, index, context) => (index === 0 ? [] : everyBar()(request, index, context))
    await service.fetchOrLoad(BTC_HOURLY, WEDNESDAY)
    expect(await coverageText(catalog, BTC_HOURLY)).toEqual([
      'empty 2024-01-03T00:00:00Z..2024-01-03T08:00:00Z',
      'data 2024-01-03T08:00:00Z..2024-01-03T12:00:00Z',
    ])
  })
})

describe('a request that ends within a week or a month', () => {
  test.each([
    ['weeks', WEEKLY, ['2024-01-01', '2024-02-05'], 5],
    ['months', MONTHLY, ['2023-01-01', '2024-01-01'], 12],
  ] as const)('has asked for all of it: %s', async (_, series, [start, end], bars) => {
    const cut = parseInstant(start) + (parseInstant(end) - parseInstant(start)) / 2n + HOUR_NS
    const plan = (gaps: readonly Interval[]): readonly Interval[] =>
      gaps.flatMap(({ startNs, endNs }) => [
        { startNs, endNs: cut },
        { startNs: cut, endNs },
      ])
    const { service, catalog } = await createWorld({ plan })
    const { frame, report } = await service.fetchOrLoad(series, { start, end, refresh: true })
    expect(frame.numRows).toBe(bars)
    expect(report).toMatchObject({ missing: [], knownEmpty: [], kept: [] })
    const states = new Set((await catalog.coverage(series)).map((it) => it.state))
    expect(states).toEqual(new Set(['data']))
  })
})

test('rows twice, unsorted, on both boundary stamps and beyond them come out once each, in order, inside', async () => {
  const { service, source } = await createWorld()
  const sent = ['21:00', '20:59', '14:30', '14:29', '14:30', '20:59', '15:00'].map((it) =>
    plainBar(`2024-01-03T${it}:00Z`),
  )
  source.script = () => sent
  const { frame, report } = await service.fetchOrLoad(AAPL, WEDNESDAY)
  expect(stamps(frame as Frame)).toEqual(['14:30', '15:00', '20:59'].map((it) => `2024-01-03T${it}:00Z`))
  expect(report).toMatchObject({ fetchedRows: 3, rejected: [], missing: [] })
})
