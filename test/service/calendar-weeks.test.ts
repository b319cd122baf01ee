import { describe, expect, test } from 'vitest'
import { formatSeries, parseSeries, type SeriesInput } from '../../src/model/series.js'
import { parseInstant } from '../../src/model/time.js'
import { AAPL, stamps } from '../support/bars.js'
import { barsIn } from '../support/scripted-source.js'
import { priced, SPLIT_ADJUSTED } from './priced-bars.js'
import { createWorld, LONG_AFTER } from './world.js'

const EURUSD = { type: 'bars', instrument: 'EUR/USD.IDEALPRO', barType: '1-MINUTE-MID' } as const
const hours = (series: typeof AAPL | typeof EURUSD, step: number): SeriesInput => ({
  ...series,
  barType: `${step}-HOUR-${series === EURUSD ? 'MID' : 'LAST'}`,
})

/** Weeks in which an hour is skipped or doubled, sessions end early or a day is missing. */
const WEEKS: readonly (readonly [string, string, string])[] = [
  ['clocks go forward', '2024-03-07', '2024-03-13'],
  ['clocks go back', '2023-11-02', '2023-11-08'],
  ['half day after a holiday', '2023-11-21', '2023-11-28'],
  ['Christmas', '2023-12-21', '2024-01-03'],
]
const SERIES = [AAPL, hours(AAPL, 1), hours(AAPL, 4), EURUSD, hours(EURUSD, 1), hours(EURUSD, 4)]
const CASES = SERIES.flatMap((series) =>
  WEEKS.map(([week, start, end]) => ({ series, week, start, end, name: formatSeries(parseSeries(series)) })),
)

/** Edges in the middle of sessions, closed time and weekends. */
function edgesOf(start: string, end: string): readonly bigint[] {
  const [startNs, endNs] = [parseInstant(start), parseInstant(end)]
  const stepNs = 4n * 3_600_000_000_000n
  return [startNs, startNs + 5n * stepNs, startNs + 13n * stepNs, startNs + 14n * stepNs, endNs - 3n * stepNs, endNs]
}

describe.each(CASES)('$name, $week', ({ series, start, end }) => {
  const whole = barsIn(parseSeries(series), { startNs: parseInstant(start), endNs: parseInstant(end) })

  test('in pieces, in any order, adjusted, gives each bar once and asks for nothing again', async () => {
    const { service, source } = await createWorld({ now: LONG_AFTER, ...SPLIT_ADJUSTED, script: priced() })
    const edges = edgesOf(start, end)
    for (const i of [3, 0, 4, 1, 2]) {
      const piece = { start: edges[i] as bigint, end: edges[i + 1] as bigint, session: 'all' } as const
      await service.fetchOrLoad(series, piece).catch((error: { knownEmpty?: boolean }) => {
        if (error.knownEmpty !== true) throw error
      })
    }
    source.asked()
    const { frame, report } = await service.fetchOrLoad(series, { start, end, session: 'all' })
    expect(stamps(frame)).toEqual([...new Set(stamps(frame))])
    expect(frame.numRows).toBe(whole.length)
    expect(report).toMatchObject({ requests: 0, missing: [], knownEmpty: [] })
    expect(source.asked()).toEqual([])
  })

  test('refreshed in a piece that cuts sessions has every bar once, and keeps nothing back', async () => {
    const { service } = await createWorld({ now: LONG_AFTER })
    await service.fetchOrLoad(series, { start, end, session: 'all' })
    const [, from, , , to] = edgesOf(start, end)
    const piece = { start: from as bigint, end: to as bigint, session: 'all', refresh: true } as const
    expect((await service.fetchOrLoad(series, piece)).report).toMatchObject({ kept: [], missing: [] })
    const { frame, report } = await service.fetchOrLoad(series, { start, end, session: 'all' })
    expect(frame.numRows).toBe(whole.length)
    expect(report).toMatchObject({ requests: 0, missing: [] })
  })
})
