import type { Interval } from '../../model/interval.js'
import { formatSeries, type Series } from '../../model/series.js'
import { SECOND_NS } from '../../model/time.js'
import type { FetchContext } from '../../service/historical-source.js'
import type { Asker } from './asking/asker.js'
import { contractKeyOf } from './bars/fetch-bars.js'
import type { PacedRequest } from './pacing/pacing-rules.js'
import { chunkNsFor } from './plan.js'
import { isIbFailure } from './transport/failure.js'
import type { IbContract, IbHeadQuery } from './transport/transport.js'
import { type HistoryOptions, ticksToShowFor, useRthFor, whatToShowFor } from './what-to-show.js'

/** From how many requests on it is worth one more to know where history begins. */
const WORTH_REQUESTS = 10

/** Since when there is data of a series, where that was worth asking. */
export class HeadTimestamps {
  readonly #asker: Asker
  readonly #options: HistoryOptions
  /** `undefined` as a value: the gateway does not know. */
  readonly #heads = new Map<string, bigint | undefined>()

  constructor(asker: Asker, options: HistoryOptions) {
    this.#asker = asker
    this.#options = options
  }

  /** In nanoseconds; `undefined` where it is not known. */
  get(series: Series): bigint | undefined {
    return this.#heads.get(formatSeries(series))
  }

  /** Asks for it once, if the gaps take many requests. @throws IbFailure */
  async learn(series: Series, contract: IbContract, gaps: readonly Interval[], context: FetchContext): Promise<void> {
    const key = formatSeries(series)
    if (this.#heads.has(key) || !isLong(series, gaps)) return
    const query = this.#query(series, contract)
    try {
      const seconds = await this.#asker.ask(
        headRequest(query),
        ({ transport }, call) => transport.headTimestamp(query, call),
        context,
      )
      this.#heads.set(key, BigInt(seconds) * SECOND_NS)
    } catch (error) {
      // A gateway that does not know must not stop what it may well have.
      const isUnknown = isIbFailure(error, 'no-data') || isIbFailure(error, 'permanent')
      if (!isUnknown) throw error
      this.#heads.set(key, undefined)
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

function headRequest({ contract, whatToShow, useRTH }: IbHeadQuery): PacedRequest {
  const contractKey = contractKeyOf(contract)
  const identity = `head ${contractKey} ${whatToShow} ${useRTH}`
  return { kind: 'head', contractKey, whatToShow, identity, isSmallBars: false }
}
