import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CHUNK_LENGTH, ROW_FORMATS, type RowFormat, renderRows } from '../../../src/cli/render/rows.js'
import { InvalidRequestError } from '../../../src/model/errors.js'
import type { Frame } from '../../../src/model/frame.js'
import { formatInstant, MAX_NS, MIN_NS, parseInstant } from '../../../src/model/time.js'
import { formatInZone, zoneOf } from '../../../src/model/zone.js'
import { dataDir } from '../../support/data.js'
import { allColumns, frameOf, minuteBars } from './frames.js'

async function textOf(
  frames: readonly Frame[],
  format: RowFormat,
  more: { columns?: readonly string[]; zone?: string } = {},
): Promise<string> {
  const zone = more.zone === undefined ? undefined : zoneOf(more.zone)
  const type = frames[0]?.type ?? 'bars'
  return (await chunksOf(renderRows(frames, { type, format, columns: more.columns, zone }))).join('')
}

async function chunksOf(source: AsyncIterable<string>): Promise<readonly string[]> {
  const chunks: string[] = []
  for await (const chunk of source) chunks.push(chunk)
  return chunks
}

const BAR = {
  ts_event: 1_704_205_800_000_000_000n,
  ts_init: 1_704_205_860_000_000_000n,
  open: 187.15,
  high: 188,
  low: 187,
}
const BARS = frameOf('bars', [
  { ...BAR, close: 187.5, volume: 1200, vwap: 187.33333333333334, trade_count: 42n },
  { ...BAR, ts_event: BAR.ts_init, ts_init: BAR.ts_init + 1n, close: -0 },
])

describe('the formats', () => {
  it('csv: a header, every column of the type in its order, null empty, stamps in UTC', async () => {
    expect(await textOf([BARS], 'csv')).toBe(
      [
        'ts_event,ts_init,timestamp,open,high,low,close,volume,vwap,trade_count',
        '2024-01-02T14:30:00Z,2024-01-02T14:31:00Z,2024-01-02T14:30:00Z,187.15,188,187,187.5,1200,187.33333333333334,42',
        '2024-01-02T14:31:00Z,2024-01-02T14:31:00.000000001Z,2024-01-02T14:31:00Z,187.15,188,187,-0,,,',
        '',
      ].join('\n'),
    )
  })

  it('json: an array of rows with null for null', async () => {
    expect(await textOf([BARS], 'json')).toBe(
      [
        '[',
        '{"ts_event":"2024-01-02T14:30:00Z","ts_init":"2024-01-02T14:31:00Z","timestamp":"2024-01-02T14:30:00Z","open":187.15,"high":188,"low":187,"close":187.5,"volume":1200,"vwap":187.33333333333334,"trade_count":42},',
        '{"ts_event":"2024-01-02T14:31:00Z","ts_init":"2024-01-02T14:31:00.000000001Z","timestamp":"2024-01-02T14:31:00Z","open":187.15,"high":188,"low":187,"close":-0,"volume":null,"vwap":null,"trade_count":null}',
        ']',
        '',
      ].join('\n'),
    )
  })

  it('ndjson: a row a line', async () => {
    expect(await textOf([BARS], 'ndjson', { columns: ['close', 'ts_event'] })).toBe(
      '{"close":187.5,"ts_event":"2024-01-02T14:30:00Z"}\n{"close":-0,"ts_event":"2024-01-02T14:31:00Z"}\n',
    )
  })

  it('nothing is a header, an empty array, no line', async () => {
    expect(await textOf([], 'csv', { columns: ['ts_event', 'close'] })).toBe('ts_event,close\n')
    expect(JSON.parse(await textOf([], 'json'))).toEqual([])
    expect(JSON.parse(await textOf([frameOf('bars', [])], 'json'))).toEqual([])
    expect(await textOf([], 'ndjson')).toBe('')
  })

  it.each(ROW_FORMATS)('%s: parts of a stream, empty ones among them, make the text of the whole', async (format) => {
    const whole = minuteBars(1000)
    const parts = [whole.slice(0, 0), whole.slice(0, 300), whole.slice(300, 300), whole.slice(300, 1000)]
    expect(await textOf(parts, format)).toBe(await textOf([whole], format))
  })

  it('hands on chunks of about 64 kB', async () => {
    const chunks = await chunksOf(renderRows([minuteBars(3000)], { type: 'bars', format: 'csv' }))
    const lengths = chunks.slice(1, -1).map((it) => it.length)
    expect(lengths.length).toBeGreaterThan(2)
    for (const length of lengths) {
      expect(length).toBeGreaterThanOrEqual(CHUNK_LENGTH)
      expect(length).toBeLessThan(CHUNK_LENGTH + 1000)
    }
  })
})

describe('columns', () => {
  it.each([[['close', 'nope']], [['close', 'close']], [[]]])('%j are refused', async (columns) => {
    await expect(textOf([BARS], 'csv', { columns })).rejects.toThrow(InvalidRequestError)
  })

  it('come in the order asked for', async () => {
    expect(await textOf([BARS], 'csv', { columns: ['close', 'open'] })).toBe('close,open\n187.5,187.15\n-0,187.15\n')
  })
})

describe('text and counts', () => {
  const TRADE = { ts_event: 0n, ts_init: 0n, price: 1, size: 1 }

  it('csv quotes what RFC 4180 asks for, and an empty text, which is no null', async () => {
    const rows = ['plain', 'a,b', 'say "x"', 'two\nlines', '', null].map((conditions) => ({ ...TRADE, conditions }))
    expect(await textOf([frameOf('trades', rows)], 'csv', { columns: ['price', 'conditions'] })).toBe(
      'price,conditions\n1,plain\n1,"a,b"\n1,"say ""x"""\n1,"two\nlines"\n1,""\n1,\n',
    )
  })

  it('JSON keeps any text', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ unit: 'binary' }), { minLength: 1 }), async (texts) => {
        const frame = frameOf(
          'trades',
          texts.map((conditions) => ({ ...TRADE, conditions })),
        )
        const rows: { conditions: string }[] = JSON.parse(await textOf([frame], 'json'))
        expect(rows.map((it) => it.conditions)).toEqual(texts)
      }),
    )
  })

  it('a count is a JSON number while a double holds it, a string beyond', async () => {
    const counts = [9_007_199_254_740_991n, 9_007_199_254_740_992n, -9_007_199_254_740_993n, MAX_NS]
    const frame = frameOf(
      'trades',
      counts.map((sequence) => ({ ...TRADE, sequence })),
    )
    expect(await textOf([frame], 'ndjson', { columns: ['sequence'] })).toBe(
      '{"sequence":9007199254740991}\n{"sequence":"9007199254740992"}\n{"sequence":"-9007199254740993"}\n{"sequence":"9223372036854775807"}\n',
    )
    expect(await textOf([frame], 'csv', { columns: ['sequence'] })).toBe(`sequence\n${counts.join('\n')}\n`)
  })

  it('a number that JSON has no word for is null there, and named in csv', async () => {
    const frame = frameOf('trades', [{ ...TRADE, price: Number.POSITIVE_INFINITY, size: Number.NaN }])
    const columns = ['price', 'size']
    expect(await textOf([frame], 'csv', { columns })).toBe('price,size\nInfinity,NaN\n')
    expect(await textOf([frame], 'ndjson', { columns })).toBe('{"price":null,"size":null}\n')
  })
})

describe('what is written reads back exactly', () => {
  const double = fc.double({ noNaN: true, noDefaultInfinity: true })
  const instant = fc.oneof(
    fc.bigInt({ min: MIN_NS, max: MAX_NS }),
    fc.bigInt({ min: -100_000n, max: 100_000n }).map((it) => it * 1_000_000_000n),
    fc.bigInt({ min: 0n, max: 400_000n }).map((it) => 1_704_067_200_000_000_000n + it * 433_123_000n),
  )
  const rows = fc.array(fc.record({ ts_event: instant, ts_init: instant, open: double, close: double }), {
    minLength: 1,
    maxLength: 40,
  })
  const columns = ['ts_event', 'ts_init', 'timestamp', 'open', 'close']

  it('csv: every double and every int64 instant', async () => {
    await fc.assert(
      fc.asyncProperty(rows, async (bars) => {
        const lines = (await textOf([frameOf('bars', bars)], 'csv', { columns })).trimEnd().split('\n').slice(1)
        const read = lines.map((line) => {
          const [event = '', init = '', , open = '', close = ''] = line.split(',')
          return {
            ts_event: parseInstant(event),
            ts_init: parseInstant(init),
            open: Number(open),
            close: Number(close),
          }
        })
        expect(read).toEqual(bars)
      }),
      { numRuns: 300 },
    )
  })

  it('json: every double and every int64 instant', async () => {
    await fc.assert(
      fc.asyncProperty(rows, async (bars) => {
        const read: { ts_event: string; ts_init: string; open: number; close: number }[] = JSON.parse(
          await textOf([frameOf('bars', bars)], 'json', { columns: ['ts_event', 'ts_init', 'open', 'close'] }),
        )
        expect(
          read.map((it) => ({ ...it, ts_event: parseInstant(it.ts_event), ts_init: parseInstant(it.ts_init) })),
        ).toEqual(bars)
      }),
      { numRuns: 300 },
    )
  })

  it('`timestamp` is ts_event rounded down to microseconds, before 1970 too', async () => {
    const stamps = [1_704_205_800_123_456_789n, -1n, -1000n, -1001n]
    const frame = frameOf(
      'bars',
      stamps.map((ts_event) => ({ ts_event })),
    )
    const text = await textOf([frame], 'csv', { columns: ['timestamp'] })
    expect(text.trimEnd().split('\n').slice(1)).toEqual([
      '2024-01-02T14:30:00.123456Z',
      '1969-12-31T23:59:59.999999Z',
      '1969-12-31T23:59:59.999999Z',
      '1969-12-31T23:59:59.999998Z',
    ])
  })

  it.each(['America/New_York', 'Australia/Lord_Howe', 'Pacific/Apia', 'Asia/Kolkata', 'Europe/London'])(
    'in %s: with the offset in force, through every change of the clocks since 1971',
    async (zone) => {
      const start = fc.bigInt({ min: parseInstant('1971-01-01'), max: parseInstant('2030-01-01') })
      const step = fc.constantFrom(1n, 1_000_000n, 1_000_000_000n, 1_234_567_000_000n, 1_800_000_000_000n)
      await fc.assert(
        fc.asyncProperty(start, step, async (startNs, stepNs) => {
          const stamps = Array.from({ length: 300 }, (_, i) => startNs + BigInt(i) * stepNs)
          const frame = frameOf(
            'bars',
            stamps.map((ts_event) => ({ ts_event })),
          )
          const text = await textOf([frame], 'csv', { columns: ['ts_event'], zone })
          expect(
            text
              .trimEnd()
              .split('\n')
              .slice(1)
              .map((it) => parseInstant(it)),
          ).toEqual(stamps)
        }),
        { numRuns: 30 },
      )
    },
  )

  it('in a zone before standard time, whose offset has seconds, each stamp is what the model writes', async () => {
    const zone = zoneOf('America/New_York')
    const stamps = ['1850-06-01T12:00:00Z', '1850-06-01T12:00:01Z', '1850-06-01T23:59:59Z'].map((it) =>
      parseInstant(it),
    )
    const frame = frameOf(
      'bars',
      stamps.map((ts_event) => ({ ts_event })),
    )
    const text = await textOf([frame], 'csv', { columns: ['ts_event'], zone: zone.name })
    expect(text).toBe(`ts_event\n${stamps.map((it) => formatInZone(it, zone)).join('\n')}\n`)
  })

  it('in a zone, the day the clocks change shows both offsets', async () => {
    const stamps = ['2024-11-03T05:59:59Z', '2024-11-03T06:00:00Z', '2024-11-04T06:00:00Z'].map((it) =>
      parseInstant(it),
    )
    const frame = frameOf(
      'bars',
      stamps.map((ts_event) => ({ ts_event })),
    )
    expect(await textOf([frame], 'csv', { columns: ['ts_event', 'timestamp'], zone: 'America/New_York' })).toBe(
      [
        'ts_event,timestamp',
        '2024-11-03T01:59:59-04:00,2024-11-03T01:59:59-04:00',
        '2024-11-03T01:00:00-05:00,2024-11-03T01:00:00-05:00',
        '2024-11-04T01:00:00-05:00,2024-11-04T01:00:00-05:00',
        '',
      ].join('\n'),
    )
  })

  it('descending and repeated stamps come out as they are', async () => {
    const stamps = [5n, 5n, -86_400_000_000_000n, 86_400_000_000_000n, 4n]
    const frame = frameOf(
      'bars',
      stamps.map((ts_event) => ({ ts_event })),
    )
    const text = await textOf([frame], 'csv', { columns: ['ts_event'] })
    expect(text).toBe(`ts_event\n${stamps.map(formatInstant).join('\n')}\n`)
  })
})

it('every column of every type is written when none are named', async () => {
  for (const type of ['bars', 'quotes', 'trades'] as const) {
    const header = (await textOf([frameOf(type, [])], 'csv')).trimEnd()
    expect(header.split(',')).toEqual(allColumns(type))
  }
})

describe.skipIf(dataDir() === undefined)('real prices', () => {
  it('come out as the vendor wrote them', async () => {
    const lines = readFileSync(join(dataDir() as string, 'bars/SP500_NOV2019_Hist.csv'), 'utf8')
      .trim()
      .split('\n')
      .slice(1)
    const vendor = lines.map((line) => line.trim().split(',').slice(1, 5).join(','))
    const frame = frameOf(
      'bars',
      vendor.map((line, i) => {
        const [open, high, low, close] = line.split(',').map(Number)
        return { ts_event: BigInt(i), open: open ?? 0, high: high ?? 0, low: low ?? 0, close: close ?? 0 }
      }),
    )
    const text = await textOf([frame], 'csv', { columns: ['open', 'high', 'low', 'close'] })
    expect(text.trimEnd().split('\n').slice(1)).toEqual(vendor.map((it) => it.split(',').map(Number).join(',')))
    expect(vendor.length).toBe(20)
  })
})
