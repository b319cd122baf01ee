import { describe, expect, it } from 'vitest'
import { frameTable } from '../../../src/cli/render/frame-table.js'
import { lookOf, plainLook } from '../../../src/cli/render/look.js'
import { displayWidth } from '../../../src/cli/render/width.js'
import { InvalidRequestError } from '../../../src/model/errors.js'
import { zoneOf } from '../../../src/model/zone.js'
import { frameOf, minuteBars } from './frames.js'

const BARS = minuteBars(98_280)

it('120 columns: head and tail, what lies between, how much there is, and what had to go', () => {
  expect(frameTable(BARS, { maxRows: 4 }, plainLook(120))).toEqual([
    'ts_event              ts_init                 open    high     low   close  volume     vwap  trade_count',
    '2024-01-02T14:30:00Z  2024-01-02T14:31:00Z  187.00  187.50  186.50  187.00    1000  187.001            0',
    '2024-01-02T14:31:00Z  2024-01-02T14:32:00Z  187.01  187.51  186.51  187.01    1001  187.011            1',
    '… 98,276 rows …',
    '2024-03-10T20:28:00Z  2024-03-10T20:29:00Z  187.28  187.78  186.78  187.28   99278  187.281        98278',
    '2024-03-10T20:29:00Z  2024-03-10T20:30:00Z  187.29  187.79  186.79  187.29   99279  187.291        98279',
    '98,280 rows × 10 columns, 2024-01-02T14:30:00Z .. 2024-03-10T20:29:00Z',
    'not shown (too narrow): timestamp',
  ])
})

it('80 columns: the other two times go first', () => {
  expect(frameTable(BARS, { maxRows: 2 }, plainLook(80))).toEqual([
    'ts_event                open    high     low   close  volume     vwap',
    '2024-01-02T14:30:00Z  187.00  187.50  186.50  187.00    1000  187.001',
    '… 98,278 rows …',
    '2024-03-10T20:29:00Z  187.29  187.79  186.79  187.29   99279  187.291',
    '98,280 rows × 10 columns, 2024-01-02T14:30:00Z .. 2024-03-10T20:29:00Z',
    'not shown (too narrow): ts_init, timestamp, trade_count',
  ])
})

it('40 columns, ASCII', () => {
  expect(frameTable(BARS, { maxRows: 2 }, plainLook(40, false))).toEqual([
    'ts_event                open    high',
    '2024-01-02T14:30:00Z  187.00  187.50',
    '.. 98,278 rows ..',
    '2024-03-10T20:29:00Z  187.29  187.79',
    '98,280 rows x 10 columns,',
    '2024-01-02T14:30:00Z ..',
    '2024-03-10T20:29:00Z',
    'not shown (too narrow): ts_init,',
    'timestamp, low, close, volume, vwap,',
    'trade_count',
  ])
})

it('no line is wider than the window', () => {
  for (let columns = 30; columns <= 140; columns++) {
    for (const line of frameTable(BARS, { maxRows: 6 }, plainLook(columns))) {
      expect(displayWidth(line)).toBeLessThanOrEqual(columns)
    }
  }
})

it('a pipe shows every column', () => {
  expect(frameTable(BARS, { maxRows: 2 }, plainLook(Number.POSITIVE_INFINITY))[0]).toMatch(/timestamp .*trade_count$/)
})

it('a single row is not left out for the line that says so', () => {
  const lines = frameTable(minuteBars(5), { maxRows: 4, columns: ['close'] }, plainLook(80))
  expect(lines.slice(0, 6)).toEqual([' close', '187.00', '187.01', '187.02', '187.03', '187.04'])
  expect(frameTable(minuteBars(6), { maxRows: 4, columns: ['close'] }, plainLook(80))[3]).toBe('… 2 rows …')
})

it('an odd number of rows gives the head one more', () => {
  const lines = frameTable(minuteBars(9), { maxRows: 3, columns: ['volume'] }, plainLook(80))
  expect(lines.slice(0, 5)).toEqual(['volume', '  1000', '  1001', '… 6 rows …', '  1008'])
})

it('no rows: the header and the size', () => {
  expect(frameTable(frameOf('bars', []), { maxRows: 4, columns: ['ts_event', 'close'] }, plainLook(80))).toEqual([
    'ts_event  close',
    '0 rows × 2 columns',
  ])
})

it('times in a zone', () => {
  const lines = frameTable(
    minuteBars(1),
    { maxRows: 4, columns: ['ts_event'], zone: zoneOf('Asia/Tokyo') },
    plainLook(80),
  )
  expect(lines).toEqual([
    'ts_event',
    '2024-01-02T23:30:00+09:00',
    '1 row × 1 column, 2024-01-02T23:30:00+09:00 .. 2024-01-02T23:30:00+09:00',
  ])
})

it('an unknown column is refused', () => {
  expect(() => frameTable(BARS, { maxRows: 4, columns: ['nope'] }, plainLook(80))).toThrow(InvalidRequestError)
})

describe('numbers', () => {
  const shown = (prices: readonly (number | null)[]): readonly string[] => {
    const quotes = frameOf(
      'quotes',
      prices.map((bid_price, i) => ({ ts_event: BigInt(i), bid_price })),
    )
    return frameTable(quotes, { maxRows: 20, columns: ['bid_price'] }, plainLook(80))
      .slice(1, -1)
      .map((it) => it.trim())
  }

  it.each<[string, readonly (number | null)[], readonly string[]]>([
    ['share the decimals of the longest', [1, 1.5, 1.25], ['1.00', '1.50', '1.25']],
    ['have none when none has any', [100, 2000], ['100', '2000']],
    ['have nine digits at most', [187.33333333333334, 2], ['187.333333', '2.000000']],
    ['keep the digits of tiny prices', [0.0000000123, 0.00000001], ['0.0000000123', '0.0000000100']],
    ['are dashes where they are null', [1.5, null], ['1.5', '-']],
    ['keep their whole part however long', [123456789012.5, 1], ['123456789013', '1']],
  ])('%s', (_, prices, texts) => expect(shown(prices)).toEqual(texts))
})

it('text is cut, not dropped, while it can be', () => {
  const trade = { ts_event: 0n, price: 1, size: 2, exchange: 'NASDAQ', conditions: 'a very long list of conditions' }
  const frame = frameOf('trades', [trade, { ...trade, conditions: null }])
  expect(frameTable(frame, { maxRows: 9, columns: ['price', 'conditions'] }, plainLook(25)).slice(0, 3)).toEqual([
    'price  conditions',
    '    1  a very long list …',
    '    1  -',
  ])
})

it('colour marks the header, the gap and the footer, and nothing else', () => {
  const lines = frameTable(BARS, { maxRows: 2, columns: ['close'] }, lookOf({ isTTY: true, columns: 80 }, {}))
  expect(lines).toEqual([
    '\x1b[1m close\x1b[22m',
    '187.00',
    '\x1b[2m… 98,278 rows …\x1b[22m',
    '187.29',
    '\x1b[2m98,280 rows × 1 column, 2024-01-02T14:30:00Z .. 2024-03-10T20:29:00Z\x1b[22m',
  ])
})
