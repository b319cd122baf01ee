import type { Setting } from '../../catalog/coverage/coverage.js'
import { hull, type Interval } from '../../model/interval.js'
import type { Series } from '../../model/series.js'
import type {
  FetchContext,
  FetchEstimate,
  HistoricalSource,
  PrepareContext,
  SourceAnswer,
  SourceRequest,
} from '../../service/historical-source.js'
import { contractOf } from './contracts/contract-of.js'
import { estimateOf } from './estimate.js'
import { HeadTimestamps } from './head-timestamps.js'
import { type IbkrFullOptions, type IbkrSourceOptions, withDefaults } from './options.js'
import { lastChunkOf, openParts, planRequests, refuseUnserved, splitAt } from './plan.js'
import type { IbkrSession } from './session.js'
import type { IbContract, IbSecType } from './transport/transport.js'
import { settingFor } from './what-to-show.js'

/**
 * History from Interactive Brokers, by a running TWS or IB Gateway. Connects with the first question, keeps IB's pacing
 * together with every other process of this user, comes back after a lost connection, and takes no half answer.
 *
 * @example
 * ```ts
 * const source = new IbkrSource({ host: '127.0.0.1', port: 4002, clientId: 1 })
 * const service = new DataCatalogService({ catalog, source })
 * const { frame } = await service.fetchOrLoad(
 *   { type: 'bars', instrument: 'AAPL.NASDAQ', barType: '1-MINUTE-LAST' },
 *   { start: '2024-01-02', end: '2024-02-01' },
 * )
 * await service.close()
 * ```
 */
export class IbkrSource implements HistoricalSource {
  readonly name = 'ibkr'
  readonly #options: IbkrFullOptions
  readonly #heads: HeadTimestamps
  #session: Promise<IbkrSession> | undefined
  #isClosed = false

  /** @throws InvalidRequestError for an option that cannot be; nothing is connected yet */
  constructor(options: IbkrSourceOptions = {}) {
    this.#options = withDefaults(options)
    this.#heads = new HeadTimestamps(this.#options, this.#options.clock)
  }

  settingOf(series: Series): Setting {
    const secType = this.#secTypeOf(series)
    if (secType === undefined) return {}
    const setting = settingFor(series, secType, this.#options)
    return setting.volumeUnit === undefined ? setting : { ...setting, volumeUnit: this.#options.volumeUnit }
  }

  /** Finds the contract, and for a long history since when there is any. */
  async prepare(series: Series, gaps: readonly Interval[], context: PrepareContext): Promise<void> {
    refuseUnserved({ series, secType: this.#question(series).secType, options: this.#options })
    const session = await this.#open()
    await session.prepare(series, gaps, this.#heads, context)
  }

  plan(series: Series, gaps: readonly Interval[]): readonly SourceRequest[] {
    const { secType } = this.#question(series)
    const { before, since } = splitAt(gaps, this.#heads.firstNs(series))
    const open = since.flatMap((it) => openParts(series, it))
    const options = this.#options
    const intervals = planRequests({ series, gaps: open, secType, options, nowNs: options.clock() })
    // Asked for in part, see `fetch`: one request, however long.
    const earlier = hull(before)
    return [...(earlier === undefined ? [] : [earlier]), ...intervals].map((interval) => ({ series, interval }))
  }

  async fetch({ series, interval }: SourceRequest, context: FetchContext): Promise<SourceAnswer> {
    const session = await this.#open()
    if (!this.#heads.isBefore(series, interval)) return session.ask(series, interval, context)
    // Where a head timestamp says that nothing is, its last stretch is asked for all the same: if it lies, what it hides is
    // missing, and not empty for ever.
    const last = lastChunkOf(series, interval)
    const answer = await session.ask(series, last, context)
    if (answer.rows.length === 0) return { rows: [] }
    this.#heads.forget(series)
    return { ...answer, answered: [last] }
  }

  estimate(requests: readonly SourceRequest[]): FetchEstimate {
    return estimateOf(requests, (series) => this.#question(series), this.#options)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    const session = await this.#session
    await session?.close()
  }

  /** What asks is loaded with the first question: most programs find in the catalog what they need. */
  #open(): Promise<IbkrSession> {
    this.#session ??= this.#load()
    return this.#session
  }

  async #load(): Promise<IbkrSession> {
    const { IbkrSession } = await import('./session.js')
    const session = new IbkrSession(this.#options)
    // It refuses then, as one does that was closed later: nobody would close what it connects.
    if (this.#isClosed) await session.close()
    return session
  }

  #question({ instrument }: Series): IbContract {
    return contractOf(instrument, { nowNs: this.#options.clock(), contracts: this.#options.contracts })
  }

  /** `undefined` for an id that is no contract of IB's: what is stored may be of another source. */
  #secTypeOf(series: Series): IbSecType | undefined {
    try {
      return this.#question(series).secType
    } catch {
      return undefined
    }
  }
}
