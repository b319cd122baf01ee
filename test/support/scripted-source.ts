import type { Setting } from '../../src/catalog/coverage/coverage.js'
import { requiredSessions } from '../../src/catalog/coverage/required.js'
import { calendarOfSeries } from '../../src/catalog/read/lookup.js'
import type { RowInput, RowsInput } from '../../src/catalog/write/rows-input.js'
import { barLengthNs, nextBarStartNs } from '../../src/model/bar-type.js'
import type { Interval } from '../../src/model/interval.js'
import type { RecordType } from '../../src/model/schema.js'
import type { Series } from '../../src/model/series.js'
import { ceilTo, MINUTE_NS, parseInstant } from '../../src/model/time.js'
import type {
  FetchContext,
  HistoricalSource,
  SourceAnswer,
  SourceRequest,
} from '../../src/service/historical-source.js'
import { spans } from './bars.js'

export type Bar = RowInput<'bars'>

/** What the script says to a request. `index` counts requests from 0. */
export type Script = (
  request: SourceRequest,
  index: number,
  context: FetchContext,
) => RowsInput<RecordType> | Promise<RowsInput<RecordType>>

export interface ScriptedSourceOptions {
  readonly name?: string
  readonly setting?: Setting
  readonly settleLagNs?: bigint
  /** One request for each gap by default. */
  readonly plan?: (gaps: readonly Interval[]) => readonly Interval[]
  /** {@link everyBar} by default. */
  readonly script?: Script
}

/** A source that does what a test says, and remembers what it was asked. */
export class ScriptedSource implements HistoricalSource {
  readonly name: string
  readonly requests: SourceRequest[] = []
  script: Script
  readonly #setting: Setting
  readonly #settleLagNs: bigint | undefined
  #read = 0
  readonly #plan: (gaps: readonly Interval[]) => readonly Interval[]

  constructor(options: ScriptedSourceOptions = {}) {
    this.name = options.name ?? 'scripted'
    this.script = options.script ?? everyBar()
    this.#setting = options.setting ?? {}
    this.#settleLagNs = options.settleLagNs
    this.#plan = options.plan ?? ((gaps) => gaps)
    if (this.#settleLagNs !== undefined) this.settleLagNs = () => this.#settleLagNs as bigint
  }

  settleLagNs?: (series: Series) => bigint

  settingOf(): Setting {
    return this.#setting
  }

  plan(series: Series, gaps: readonly Interval[]): readonly SourceRequest[] {
    return this.#plan(gaps).map((interval) => ({ series, interval }))
  }

  async fetch(request: SourceRequest, context: FetchContext): Promise<SourceAnswer> {
    const index = this.requests.length
    this.requests.push(request)
    return { rows: await this.script(request, index, context) }
  }

  /** Every request since the last call of this, as `start..end`. */
  asked(): readonly string[] {
    const fresh = this.requests.slice(this.#read)
    this.#read = this.requests.length
    return spans(fresh.map((it) => it.interval))
  }
}

/** A sound bar; `close` is all that tells one script's bars from another's. */
export function plainBar(stamp: string | bigint, close = 100): Bar {
  const tsEvent = typeof stamp === 'bigint' ? stamp : parseInstant(stamp)
  return { ts_event: tsEvent, open: close, high: close + 1, low: close - 1, close, volume: 10 }
}

/** Has a bar for every stamp of the series in the venue's extended sessions (always, for venues without a calendar). */
export function everyBar(close = 100): Script {
  return ({ series, interval }) => barsIn(series, interval, close)
}

/** {@link everyBar} of a series inside an interval. */
export function barsIn(series: Series, interval: Interval, close = 100): readonly Bar[] {
  if (series.type !== 'bars') throw new RangeError('the script has bars only')
  const { barType } = series
  const stepNs = barLengthNs(barType) ?? MINUTE_NS
  const rows: Bar[] = []
  for (const { startNs, endNs } of requiredSessions(series, interval, 'extended', calendarOfSeries(series))) {
    const first = barLengthNs(barType) === undefined ? startNs : ceilTo(startNs, stepNs)
    for (let ns = first; ns < endNs; ns = nextBarStartNs(barType, ns)) rows.push(plainBar(ns, close))
  }
  return rows
}

/** Has exactly these bars, and answers with those inside the question. */
export function onlyBars(bars: readonly Bar[]): Script {
  return ({ interval }) =>
    bars.filter((it) => (it.ts_event as bigint) >= interval.startNs && (it.ts_event as bigint) < interval.endNs)
}

/** Fails the k-th request (from 0), and answers all others by `script`. */
export function failsOn(k: number, error: unknown, script: Script = everyBar()): Script {
  return (request, index, context) => {
    if (index === k) throw error
    return script(request, index, context)
  }
}

/** Never answers the k-th request; gives up, with the signal's reason, when the caller aborts. */
export function hangsOn(k: number, script: Script = everyBar()): Script {
  return (request, index, context) =>
    index === k
      ? new Promise((_, reject) => {
          context.signal.addEventListener('abort', () => reject(context.signal.reason as unknown))
        })
      : script(request, index, context)
}
