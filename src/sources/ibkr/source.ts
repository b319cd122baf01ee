import { join } from 'node:path'
import type { Provenance, Setting } from '../../catalog/coverage/coverage.js'
import { calendarOfSeries } from '../../catalog/read/lookup.js'
import type { RowInput } from '../../catalog/write/rows-input.js'
import { given } from '../../model/given.js'
import { hull, type Interval } from '../../model/interval.js'
import { silentLog } from '../../model/log.js'
import type { RecordType } from '../../model/schema.js'
import { formatSeries, type Series } from '../../model/series.js'
import { dayOf, formatDay, formatInstant, systemClock } from '../../model/time.js'
import type {
  FetchContext,
  FetchEstimate,
  HistoricalSource,
  PrepareContext,
  SourceAnswer,
  SourceRequest,
} from '../../service/historical-source.js'
import { Asker } from './asking/asker.js'
import { type Connected, IbConnection } from './asking/connection.js'
import { GatewayClock } from './asking/gateway-clock.js'
import { fetchBars } from './bars/fetch-bars.js'
import { contractOf } from './contracts/contract-of.js'
import { ContractResolver } from './contracts/contract-resolver.js'
import { estimateOf } from './estimate.js'
import { HeadTimestamps } from './head-timestamps.js'
import { checkOptions, IBKR_DEFAULTS, type IbkrSourceOptions } from './options.js'
import { Pacer } from './pacing/pacer.js'
import { lastChunkOf, openParts, planRequests, refuseUnserved, splitAt } from './plan.js'
import { productError } from './product-error.js'
import { refuseMixing } from './simulated.js'
import { TickFetcher } from './ticks/tick-fetcher.js'
import { IbLoginFailure, isIbFailure } from './transport/failure.js'
import type { IbContract, IbSecType } from './transport/transport.js'
import { transportFactory } from './transport/transports.js'
import { refuseLots } from './volume-unit.js'
import { settingFor } from './what-to-show.js'

/** An answer whose rows can be counted. */
type ListedAnswer = SourceAnswer & { readonly rows: readonly RowInput<RecordType>[] }

type Options = Required<Pick<IbkrSourceOptions, keyof typeof IBKR_DEFAULTS>> & IbkrSourceOptions

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
  readonly #options: Options
  readonly #clock: () => bigint
  readonly #connection: IbConnection
  readonly #asker: Asker
  readonly #gatewayClock: GatewayClock
  readonly #resolver: ContractResolver
  readonly #heads: HeadTimestamps
  readonly #ticks: TickFetcher

  /** @throws InvalidRequestError for an option that cannot be; nothing is connected yet */
  constructor(options: IbkrSourceOptions = {}) {
    this.#options = { ...IBKR_DEFAULTS, ...options }
    checkOptions(this.#options)
    const { clock = systemClock, log = silentLog, contracts, client, timeScale, pacing, stateDirectory } = this.#options
    this.#clock = clock
    this.#connection = new IbConnection({ ...this.#options, factory: transportFactory(client), log })
    const onWarning = (message: string): void => {
      log.warn({}, message)
      // The log is silent by default, and this concerns every program of the login.
      process.emitWarning(message)
    }
    const pacer = {
      mode: pacing,
      timeScale,
      onWarning,
      ...given('directory', stateDirectory && join(stateDirectory, 'ibkr-pacing')),
    }
    this.#asker = new Asker({
      ...this.#options,
      connection: this.#connection,
      openPacer: (login) => Pacer.open({ ...pacer, login }),
      log,
    })
    this.#gatewayClock = new GatewayClock(this.#asker, clock)
    this.#resolver = new ContractResolver(this.#asker, contracts, clock)
    this.#heads = new HeadTimestamps(this.#asker, this.#options, clock)
    this.#ticks = new TickFetcher(this.#asker)
  }

  settingOf(series: Series): Setting {
    const secType = this.#secTypeOf(series)
    if (secType === undefined) return {}
    const setting = settingFor(series, secType, this.#options)
    return setting.volumeUnit === undefined ? setting : { ...setting, volumeUnit: this.#options.volumeUnit }
  }

  /** Finds the contract, and for a long history since when there is any. */
  async prepare(series: Series, gaps: readonly Interval[], context: PrepareContext): Promise<void> {
    this.#ticks.begin()
    refuseUnserved({ series, secType: this.#question(series).secType, options: this.#options })
    await this.#work(series, undefined, context, async () => {
      const contract = await this.#resolver.resolve(series.instrument, context, context.instruments)
      await this.#heads.learn(series, contract, gaps, context)
    })
  }

  plan(series: Series, gaps: readonly Interval[]): readonly SourceRequest[] {
    const { secType } = this.#question(series)
    const { before, since } = splitAt(gaps, this.#heads.firstNs(series))
    const open = since.flatMap((it) => openParts(series, it))
    const intervals = planRequests({ series, gaps: open, secType, options: this.#options, nowNs: this.#clock() })
    // Asked for in part, see `fetch`: one request, however long.
    const earlier = hull(before)
    return [...(earlier === undefined ? [] : [earlier]), ...intervals].map((interval) => ({ series, interval }))
  }

  async fetch({ series, interval }: SourceRequest, context: FetchContext): Promise<SourceAnswer> {
    if (!this.#heads.isBefore(series, interval)) return this.#ask(series, interval, context)
    // Where a head timestamp says that nothing is, its last stretch is asked for all the same: if it lies, what it hides is
    // missing, and not empty for ever.
    const last = lastChunkOf(series, interval)
    const answer = await this.#ask(series, last, context)
    if (answer.rows.length === 0) return { rows: [] }
    this.#heads.forget(series)
    return { ...answer, answered: [last] }
  }

  async #ask(series: Series, interval: Interval, context: FetchContext): Promise<ListedAnswer> {
    return this.#work(series, interval, context, async ({ login }) => {
      const contract = await this.#resolver.resolve(series.instrument, context)
      refuseLots(contract, login, this.#options.volumeUnit)
      const nowNs = await this.#gatewayClock.nowNs(interval, context)
      const job = { interval, contract, options: this.#options, clock: this.#clock, nowNs }
      const calendar = calendarOfSeries(series)
      const rows =
        series.type === 'bars'
          ? await fetchBars(this.#asker, { ...job, series, calendar }, context)
          : await this.#ticks.fetch({ ...job, series }, context)
      return { rows, provenance: this.#provenance(series, contract, login.serverVersion) }
    })
  }

  estimate(requests: readonly SourceRequest[]): FetchEstimate {
    return estimateOf(requests, (series) => this.#question(series), this.#options)
  }

  async close(): Promise<void> {
    await this.#connection.close()
  }

  /** Connects, and turns what fails for good into the product's errors. */
  async #work<T>(
    series: Series,
    interval: Interval | undefined,
    context: FetchContext,
    work: (connected: Connected) => Promise<T>,
  ): Promise<T> {
    try {
      const connected = await this.#connection.ready(context)
      refuseMixing(series.instrument, connected.login, this.#options)
      return await work(connected)
    } catch (error) {
      if (!isIbFailure(error)) throw error
      const { host, port, clientId } = this.#options
      const place = { host, port, clientId }
      if (error instanceof IbLoginFailure) throw productError(error, place)
      const when = interval === undefined ? '' : ` from ${formatInstant(interval.startNs)}`
      throw productError(error, { ...place, what: `for ${formatSeries(series)}${when}` })
    }
  }

  #provenance(series: Series, contract: IbContract, serverVersion: number): Provenance {
    const { adjustment } = this.settingOf(series)
    return {
      ...given('contractId', contract.conId === undefined ? undefined : String(contract.conId)),
      serverVersion: String(serverVersion),
      // Prices are adjusted for what had happened by the day they were asked for.
      ...given('adjustedAsOf', adjustment === undefined ? undefined : formatDay(dayOf(this.#clock()))),
    }
  }

  #question({ instrument }: Series): IbContract {
    return contractOf(instrument, { nowNs: this.#clock(), contracts: this.#options.contracts })
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
