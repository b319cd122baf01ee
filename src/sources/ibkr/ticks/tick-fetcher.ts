import type { RowInput } from '../../../catalog/write/rows-input.js'
import type { Interval } from '../../../model/interval.js'
import type { Series } from '../../../model/series.js'
import type { FetchContext } from '../../../service/historical-source.js'
import type { Asker } from '../asking/asker.js'
import { contractKeyOf } from '../pacing/contract-key.js'
import type { PacedRequest } from '../pacing/pacing-rules.js'
import { isIbFailure, nothingSent } from '../transport/failure.js'
import type { IbContract, IbQuote, IbTicksQuery, IbTrade } from '../transport/transport.js'
import { ticksToShowFor } from '../what-to-show.js'
import { startTicks, type TickPage, type TickSurplus, takeTicks, ticksOf, ticksQuery } from './tick-pages.js'
import { quoteRows, tradeRows } from './tick-rows.js'

type TickSeries = Series & { readonly type: 'quotes' | 'trades' }

/** Ticks of one interval of a contract. */
export interface TicksJob {
  readonly series: TickSeries
  readonly interval: Interval
  readonly contract: IbContract
  readonly nowNs: bigint
}

type IbTick = IbTrade | IbQuote

/**
 * Fetches ticks, interval after interval. What the last page of one interval brought of the next is kept for it: a page
 * of something that trades rarely holds a day.
 */
export class TickFetcher {
  readonly #asker: Asker
  #surplus: { readonly series: string; readonly ticks: TickSurplus<IbTick> } | undefined

  constructor(asker: Asker) {
    this.#asker = asker
  }

  /** Forgets what was left over: a download begins. */
  begin(): void {
    this.#surplus = undefined
  }

  /** @throws IbFailure, SourceRejectedError for a second with more ticks than IB shows; never part of an answer */
  async fetch(job: TicksJob, context: FetchContext): Promise<readonly RowInput<'quotes' | 'trades'>[]> {
    const key = `${job.series.instrument} ${job.series.type}`
    const left = this.#surplus?.series === key ? this.#surplus.ticks : undefined
    let run = startTicks(job.interval, job.nowNs, left)
    while (run.next !== undefined) run = takeTicks(run, await this.#page(job, run.next, context))
    this.#surplus = run.surplus === undefined ? undefined : { series: key, ticks: run.surplus }
    return rowsOf(ticksOf(run))
  }

  /** A page that times out is asked for once more; there is no way to ask for half of it. */
  async #page(job: TicksJob, page: TickPage, context: FetchContext): Promise<readonly IbTick[]> {
    try {
      return await this.#ask(job, page, context)
    } catch (error) {
      if (isIbFailure(error, 'timeout')) return this.#ask(job, page, context)
      throw error
    }
  }

  async #ask({ series, contract }: TicksJob, page: TickPage, context: FetchContext): Promise<readonly IbTick[]> {
    const query = ticksQuery(page, { contract, whatToShow: ticksToShowFor(series, contract.secType) })
    try {
      return await this.#asker.ask(
        ticksRequest(query),
        async ({ transport }, call) => {
          const { ticks } = await transport.ticks(query, call)
          if (ticks.length === 0) throw nothingSent('ticks')
          // A reply that cannot be is asked for again.
          rowsOf(ticks)
          return ticks
        },
        context,
      )
    } catch (error) {
      if (isIbFailure(error, 'no-data')) return []
      throw error
    }
  }
}

function rowsOf(ticks: readonly IbTick[]): readonly RowInput<'quotes' | 'trades'>[] {
  const quotes = ticks.filter((it) => 'bidPrice' in it)
  return quotes.length > 0 ? quoteRows(quotes) : tradeRows(ticks.filter((it) => 'price' in it))
}

function ticksRequest({ contract, startDateTime, numberOfTicks, whatToShow }: IbTicksQuery): PacedRequest {
  const contractKey = contractKeyOf(contract)
  const identity = `ticks ${contractKey} ${startDateTime} ${numberOfTicks} ${whatToShow}`
  return { kind: 'ticks', contractKey, whatToShow, identity, isSmallBars: true }
}
