import { barLengthNs, tradeDateStampNs } from '../../model/bar-type.js'
import type { Interval } from '../../model/interval.js'
import { formatSeries, type Series } from '../../model/series.js'
import { type Clock, dayOf, SECOND_NS } from '../../model/time.js'
import type { FetchContext } from '../../service/historical-source.js'
import type { Asker } from './asking/asker.js'
import { contractKeyOf } from './pacing/contract-key.js'
import type { PacedRequest } from './pacing/pacing-rules.js'
import { chunkNsFor, isSmallSeries } from './plan.js'
import { isIbFailure } from './transport/failure.js'
import type { IbContract, IbHeadQuery } from './transport/transport.js'
import { type HistoryOptions, ticksToShowFor, useRthFor, whatToShowFor } from './what-to-show.js'

/** From how many requests on it is worth one more to know where history begins. */
const WORTH_REQUESTS = 10

interface HeadQuestion {
  readonly series: Series
  readonly contract: IbContract
  readonly gaps: readonly Interval[]
}

/** Since when there is data of a series, where that was worth asking. */
export class HeadTimestamps {
  readonly #options: HistoryOptions
  readonly #clock: Clock
  /** First stamps in nanoseconds; `undefined` as a value: the gateway does not know. */
  readonly #firsts = new Map<string, bigint | undefined>()

  constructor(options: HistoryOptions, clock: Clock) {
    this.#options = options
    this.#clock = clock
  }

  /** The first stamp a row can have, in nanoseconds; `undefined` where it is not known. */
  firstNs(series: Series): bigint | undefined {
    return this.#firsts.get(formatSeries(series))
  }

  /** Whether all of an interval lies before it. */
  isBefore(series: Series, { endNs }: Interval): boolean {
    const firstNs = this.firstNs(series)
    return firstNs !== undefined && endNs <= firstNs
  }

  /** It was wrong: from now on nothing is known of it. */
  forget(series: Series): void {
    this.#firsts.set(formatSeries(series), undefined)
  }

  /** Asks for it once, if the gaps take many requests. @throws IbFailure */
  async learn(asker: Asker, { series, contract, gaps }: HeadQuestion, context: FetchContext): Promise<void> {
    const key = formatSeries(series)
    if (this.#firsts.has(key) || !isLong(series, gaps)) return
    const query = this.#query(series, contract)
    try {
      const seconds = await asker.ask(
        headRequest(query, isSmallSeries(series)),
        ({ transport }, call) => transport.headTimestamp(query, call),
        context,
      )
      const headNs = BigInt(seconds) * SECOND_NS
      // By one in the future all of the past would be empty, without a question.
      this.#firsts.set(key, headNs < this.#clock() ? firstStampNs(series, headNs) : undefined)
    } catch (error) {
      // A gateway that does not know must not stop what it may well have.
      const isUnknown = isIbFailure(error, 'no-data') || isIbFailure(error, 'permanent')
      if (!isUnknown) throw error
      this.#firsts.set(key, undefined)
    }
  }

  #query(series: Series, contract: IbContract): IbHeadQuery {
    const { secType } = contract
    if (series.type !== 'bars') return { contract, whatToShow: ticksToShowFor(series, secType), useRTH: false }
    return {
      contract,
      whatToShow: whatToShowFor(series, secType, this.#options),
      useRTH: useRthFor(series.barType, secType, this.#options),
    }
  }
}

function isLong(series: Series, gaps: readonly Interval[]): boolean {
  const spanNs = gaps.reduce((sum, it) => sum + (it.endNs - it.startNs), 0n)
  return gaps.length > WORTH_REQUESTS || spanNs > BigInt(WORTH_REQUESTS) * chunkNsFor(series)
}

/** The bar that history begins in may itself begin earlier, and a trade date on another UTC date. */
function firstStampNs(series: Series, headNs: bigint): bigint {
  if (series.type !== 'bars') return headNs
  const lengthNs = barLengthNs(series.barType)
  return lengthNs === undefined ? tradeDateStampNs(series.barType, dayOf(headNs) - 1) : headNs - lengthNs
}

function headRequest({ contract, whatToShow, useRTH }: IbHeadQuery, isSmallBars: boolean): PacedRequest {
  const contractKey = contractKeyOf(contract)
  const identity = `head ${contractKey} ${whatToShow} ${useRTH}`
  return { kind: 'head', contractKey, whatToShow, identity, isSmallBars }
}
