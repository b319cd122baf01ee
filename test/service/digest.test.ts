import { describe, expect, test } from 'vitest'
import { frameOfRows, type RowInput } from '../../src/catalog/write/rows-input.js'
import type { Interval } from '../../src/model/interval.js'
import type { RecordType } from '../../src/model/schema.js'
import { parseSeries, type SeriesInput } from '../../src/model/series.js'
import { MINUTE_NS, parseInstant } from '../../src/model/time.js'
import { type Digest, digestAnswer } from '../../src/service/digest.js'
import { AAPL, stamps, states } from '../support/bars.js'
import { plainBar } from '../support/scripted-source.js'

const at = (time: string): string => `2024-01-03T${time}:00Z`
const span = (start: string, end: string): Interval => ({
  startNs: parseInstant(at(start)),
  endNs: parseInstant(at(end)),
})

interface Asked {
  readonly series?: SeriesInput
  readonly gaps: readonly Interval[]
  readonly answered?: readonly Interval[]
  /** When answers are final up to; the question is asked a minute later. Long past by default. */
  readonly settled?: string
}

async function digest(rows: readonly RowInput<RecordType>[], asked: Asked): Promise<Digest> {
  const series = parseSeries(asked.series ?? AAPL)
  const settledNs = parseInstant(asked.settled ?? '2024-06-01T00:00:00Z')
  const frame = await frameOfRows(series, rows, (ns) => ns)
  return digestAnswer(frame, {
    series,
    gaps: asked.gaps,
    answered: asked.answered,
    source: 'a',
    setting: {},
    provenance: { source: 'a' },
    nowNs: settledNs + MINUTE_NS,
    settledNs,
  })
}

const bars = (...times: readonly string[]): readonly RowInput<'bars'>[] => times.map((it) => plainBar(at(it)))
const text = (times: readonly string[]): readonly string[] => times.map(at)

describe('digestAnswer', () => {
  test.each([
    [
      'rows before, between and after the gaps are cut off',
      ['14:59', '15:00', '15:30', '16:00', '17:00'],
      ['15:00', '16:00'],
    ],
    ['unsorted rows are sorted', ['16:30', '15:10', '15:05'], ['15:05', '15:10', '16:30']],
    ['equal bars become one', ['15:05', '15:05', '15:05'], ['15:05']],
    ['the start of a gap is inside and its end is not', ['15:00', '15:15', '16:00', '17:00'], ['15:00', '16:00']],
  ])('%s', async (_, sent, taken) => {
    const gaps = [span('15:00', '15:15'), span('16:00', '17:00')]
    expect(stamps((await digest(bars(...sent), { gaps })).frame)).toEqual(text(taken))
  })

  test('a gap with a row is data as a whole, one without a row is empty', async () => {
    const { claims } = await digest(bars('15:05'), { gaps: [span('15:00', '15:15'), span('16:00', '17:00')] })
    expect(states(claims)).toEqual([`data ${at('15:00')}..${at('15:15')}`, `empty ${at('16:00')}..${at('17:00')}`])
  })

  test.each([
    [
      'a row after the settled time is claimed up to its end',
      ['15:05', '15:40'],
      [`data ${at('15:00')}..${at('15:41')}`],
    ],
    ['without one the settled time is the end of the claim', ['15:05'], [`data ${at('15:00')}..${at('15:30')}`]],
    ['without any row what is settled is empty', [], [`empty ${at('15:00')}..${at('15:30')}`]],
    [
      'a broken row after the settled time moves the end like any other',
      ['bad 15:40'],
      [`rejected ${at('15:40')}..${at('15:41')}`, `data ${at('15:00')}..${at('15:40')}`],
    ],
  ])('near now, %s', async (_, sent, claims) => {
    const rows = sent.map((it) =>
      it.startsWith('bad ') ? { ...plainBar(at(it.slice(4))), high: 0 } : plainBar(at(it)),
    )
    const result = await digest(rows, { gaps: [span('15:00', '16:00')], settled: at('15:30') })
    expect(states(result.claims)).toEqual(claims)
  })

  test('a gap after the settled time and after the last row is not claimed at all', async () => {
    const gaps = [span('15:00', '15:10'), span('15:40', '15:50')]
    const { claims } = await digest(bars('15:05'), { gaps, settled: at('15:30') })
    expect(states(claims)).toEqual([`data ${at('15:00')}..${at('15:10')}`])
  })

  test('an answer that speaks for a part of the gaps claims only that, and nothing in it as empty', async () => {
    const { frame, claims } = await digest(bars('15:05', '15:40'), {
      gaps: [span('15:00', '15:15'), span('15:30', '15:50'), span('16:00', '17:00')],
      answered: [span('15:05', '15:35'), span('16:30', '18:00')],
    })
    expect(stamps(frame)).toEqual(text(['15:05']))
    expect(states(claims)).toEqual([
      `data ${at('15:05')}..${at('15:15')}`,
      `data ${at('15:30')}..${at('15:35')}`,
      `data ${at('16:30')}..${at('17:00')}`,
    ])
  })

  test('an answer that speaks for nothing claims nothing', async () => {
    expect(await digest([], { gaps: [span('15:00', '15:15')], answered: [] })).toMatchObject({
      claims: [],
      rejected: [],
    })
  })

  test('every row it hands on lies inside what it claims', async () => {
    const rows = [...bars('15:00', '15:01', '15:09', '15:20', '15:45'), { ...plainBar(at('15:05')), low: 999 }]
    const { frame, claims } = await digest(rows, {
      gaps: [span('15:00', '15:10'), span('15:20', '15:50')],
      settled: at('15:30'),
    })
    for (const ns of frame.column('ts_event')) {
      expect(claims.some((it) => it.state === 'data' && it.startNs <= ns && ns < it.endNs)).toBe(true)
    }
    expect(frame.numRows).toBe(5)
  })

  test('a row that is broken twice over is reported once', async () => {
    const twice = { ...plainBar(at('15:05')), high: 0 }
    const { rejected } = await digest([...bars('15:05'), twice], { gaps: [span('15:00', '15:10')] })
    expect(rejected).toHaveLength(1)
  })

  test('broken ticks take a stamp out only when no sound tick is left at it', async () => {
    const trades = { type: 'trades', instrument: 'AAPL.NASDAQ' } as const
    const tick = (time: string, size: number): RowInput<'trades'> => ({ ts_event: at(time), price: 1, size })
    const { frame, claims, rejected } = await digest([tick('15:01', 1), tick('15:01', -1), tick('15:02', -1)], {
      series: trades,
      gaps: [span('15:00', '15:10')],
    })
    expect(stamps(frame)).toEqual(text(['15:01']))
    expect(rejected.map((it) => it.at)).toEqual(text(['15:01', '15:02']))
    expect(states(claims)).toEqual([
      `rejected ${at('15:02')}..2024-01-03T15:02:00.000000001Z`,
      `data ${at('15:00')}..${at('15:02')}`,
      `data 2024-01-03T15:02:00.000000001Z..${at('15:10')}`,
    ])
  })
})
