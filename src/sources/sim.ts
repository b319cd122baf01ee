import { setImmediate as nextTurn } from 'node:timers/promises'
import { openIntervals } from '../calendar/sessions.js'
import { XNYS } from '../calendar/xnys.js'
import type { Setting } from '../catalog/coverage/coverage.js'
import type { RowInput } from '../catalog/write/rows-input.js'
import { type BarType, barLengthNs, isIntraday, nextBarStartNs, tradeDateStampNs } from '../model/bar-type.js'
import { SourceRejectedError } from '../model/errors.js'
import { venueOf } from '../model/instrument.js'
import { type Interval, intersect } from '../model/interval.js'
import { formatSeries, type Series } from '../model/series.js'
import { ceilTo, DAY_NS, floorTo, MINUTE_NS, parseInstant } from '../model/time.js'
import {
  groupGaps,
  type HistoricalSource,
  type SourceAnswer,
  type SourceRequest,
} from '../service/historical-source.js'
import { SimMarket } from './sim-market.js'

/** Simulated history begins here: before it the source has nothing, as real ones have. */
const FIRST_NS = parseInstant('2000-01-01')
/** Longest stretch one request asks for, by the length of a bar; gaps a long weekend apart share a request. */
const MINUTE_SPAN_NS = 31n * DAY_NS
const SECOND_SPAN_NS = DAY_NS
const DATED_SPAN_NS = 3660n * DAY_NS
const JOIN_NS = 4n * DAY_NS

/**
 * Simulated bars for trying the product out and for tests: a plausible market that is a pure function of seed,
 * instrument and stamp, so that any split of a request gives the same rows. Longer bars are built from the minute bars
 * of their session. It serves the venue `SIM` alone, so simulated data never stands among real data.
 */
export class SimSource implements HistoricalSource {
  readonly name = 'sim'
  readonly #seed: number

  constructor(options: { readonly seed?: number } = {}) {
    this.#seed = options.seed ?? 1
  }

  settingOf(): Setting {
    return {}
  }

  plan(series: Series, gaps: readonly Interval[]): readonly SourceRequest[] {
    const { barType } = refuseOthers(series)
    const lengthNs = barLengthNs(barType)
    const spanNs = lengthNs === undefined ? DATED_SPAN_NS : lengthNs < MINUTE_NS ? SECOND_SPAN_NS : MINUTE_SPAN_NS
    return groupGaps(gaps, spanNs, JOIN_NS).map((interval) => ({ series, interval }))
  }

  async fetch({ series, interval }: SourceRequest): Promise<SourceAnswer> {
    // No answer here waits for anything: without a turn of the event loop Ctrl-C and the progress would wait for all.
    await nextTurn()
    const { instrument, barType } = refuseOthers(series)
    const market = new SimMarket(this.#seed, instrument, barType.priceType)
    const lengthNs = barLengthNs(barType)
    const [known] = intersect([interval], [{ startNs: FIRST_NS, endNs: interval.endNs }])
    if (known === undefined) return { rows: [] }
    const stretches = lengthNs === undefined ? datedStretches(barType, known) : intradayStretches(known, lengthNs)
    const rows: RowInput<'bars'>[] = []
    for (const { startNs, endNs } of stretches) {
      const bar = market.bar(startNs, endNs, lengthNs === undefined ? 'regular' : 'extended')
      if (bar !== undefined) rows.push({ ts_event: startNs, ...bar })
    }
    return { rows }
  }
}

/** Bars on the grid whose stamps lie in the interval and that overlap an extended session. */
function* intradayStretches(interval: Interval, lengthNs: bigint): Generator<Interval> {
  const wide = { startNs: interval.startNs, endNs: interval.endNs + lengthNs }
  for (const session of openIntervals(XNYS, wide, 'extended')) {
    const first = floorTo(session.startNs, lengthNs)
    for (
      let startNs = first < interval.startNs ? ceilTo(interval.startNs, lengthNs) : first;
      startNs < session.endNs;
      startNs += lengthNs
    ) {
      if (startNs < interval.endNs) yield { startNs, endNs: startNs + lengthNs }
    }
  }
}

/** Trade dates, weeks or months whose stamps lie in the interval. */
function* datedStretches(barType: BarType, interval: Interval): Generator<Interval> {
  let startNs = tradeDateStampNs(barType, Number(floorTo(interval.startNs, DAY_NS) / DAY_NS))
  for (; startNs < interval.endNs; startNs = nextBarStartNs(barType, startNs)) {
    if (startNs >= interval.startNs) yield { startNs, endNs: nextBarStartNs(barType, startNs) }
  }
}

function refuseOthers(series: Series): Series & { readonly type: 'bars' } {
  if (series.type === 'bars' && venueOf(series.instrument) === 'SIM' && isServed(series.barType)) return series
  throw new SourceRejectedError(`the simulated source does not serve ${formatSeries(series)}`, {
    steps: [
      'Ask it for bars of seconds, minutes, hours, one day, week, month or year of the venue SIM, for example AAPL.SIM: simulated data never mixes with real.',
      'For real data choose another source, or import a file: ntrader data import csv',
    ],
  })
}

/** Bars of two days or weeks are left out: where they begin would depend on where the question begins. */
function isServed(barType: BarType): boolean {
  return isIntraday(barType) ? barType.unit !== 'MILLISECOND' : barType.step === 1
}
