import { join } from 'node:path'
import type { Provenance } from '../../catalog/coverage/coverage.js'
import { calendarOfSeries } from '../../catalog/read/lookup.js'
import type { RowInput } from '../../catalog/write/rows-input.js'
import { given } from '../../model/given.js'
import type { Interval } from '../../model/interval.js'
import type { RecordType } from '../../model/schema.js'
import { formatSeries, type Series } from '../../model/series.js'
import { dayOf, formatDay, formatInstant } from '../../model/time.js'
import type { FetchContext, PrepareContext, SourceAnswer } from '../../service/historical-source.js'
import { Asker } from './asking/asker.js'
import { type Connected, IbConnection } from './asking/connection.js'
import { GatewayClock } from './asking/gateway-clock.js'
import { fetchBars } from './bars/fetch-bars.js'
import { ContractResolver } from './contracts/contract-resolver.js'
import type { HeadTimestamps } from './head-timestamps.js'
import type { IbkrFullOptions } from './options.js'
import { Pacer } from './pacing/pacer.js'
import { productError } from './product-error.js'
import { refuseMixing } from './simulated.js'
import { TickFetcher } from './ticks/tick-fetcher.js'
import { IbLoginFailure, isIbFailure } from './transport/failure.js'
import type { IbContract } from './transport/transport.js'
import { transportFactory } from './transport/transports.js'
import { refuseLots } from './volume-unit.js'
import { settingFor } from './what-to-show.js'

/** An answer whose rows can be counted. */
export type ListedAnswer = SourceAnswer & { readonly rows: readonly RowInput<RecordType>[] }

/** What a source asks a gateway, over one connection that is made with the first question. */
export class IbkrSession {
  readonly #options: IbkrFullOptions
  readonly #connection: IbConnection
  readonly #asker: Asker
  readonly #gatewayClock: GatewayClock
  readonly #resolver: ContractResolver
  readonly #ticks: TickFetcher

  constructor(options: IbkrFullOptions) {
    this.#options = options
    const { clock, contracts, client } = options
    this.#connection = new IbConnection({ ...options, factory: transportFactory(client) })
    const openPacer = (login: string): Pacer => openPacerOf(login, options)
    this.#asker = new Asker({ ...options, connection: this.#connection, openPacer })
    this.#gatewayClock = new GatewayClock(this.#asker, clock)
    this.#resolver = new ContractResolver(this.#asker, contracts, clock)
    this.#ticks = new TickFetcher(this.#asker)
  }

  /** Finds the contract, and for a long history since when there is any. */
  async prepare(
    series: Series,
    gaps: readonly Interval[],
    heads: HeadTimestamps,
    context: PrepareContext,
  ): Promise<void> {
    this.#ticks.begin()
    await this.#work(series, undefined, context, async () => {
      const contract = await this.#resolver.resolve(series.instrument, context, context.instruments)
      await heads.learn(this.#asker, { series, contract, gaps }, context)
    })
  }

  async ask(series: Series, interval: Interval, context: FetchContext): Promise<ListedAnswer> {
    return this.#work(series, interval, context, async ({ login }) => {
      const contract = await this.#resolver.resolve(series.instrument, context)
      refuseLots(contract, login, this.#options.volumeUnit)
      const nowNs = await this.#gatewayClock.nowNs(interval, context)
      const job = { interval, contract, options: this.#options, clock: this.#options.clock, nowNs }
      const calendar = calendarOfSeries(series)
      const rows =
        series.type === 'bars'
          ? await fetchBars(this.#asker, { ...job, series, calendar }, context)
          : await this.#ticks.fetch({ ...job, series }, context)
      return { rows, provenance: this.#provenance(series, contract, login.serverVersion) }
    })
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
    const { adjustment } = settingFor(series, contract.secType, this.#options)
    return {
      ...given('contractId', contract.conId === undefined ? undefined : String(contract.conId)),
      serverVersion: String(serverVersion),
      // Prices are adjusted for what had happened by the day they were asked for.
      ...given('adjustedAsOf', adjustment === undefined ? undefined : formatDay(dayOf(this.#options.clock()))),
    }
  }
}

function openPacerOf(login: string, { pacing, timeScale, stateDirectory, log }: IbkrFullOptions): Pacer {
  return Pacer.open({
    login,
    mode: pacing,
    timeScale,
    onWarning: (message) => {
      log.warn({}, message)
      // The log is silent by default, and this concerns every program of the login.
      process.emitWarning(message)
    },
    ...given('directory', stateDirectory && join(stateDirectory, 'ibkr-pacing')),
  })
}
