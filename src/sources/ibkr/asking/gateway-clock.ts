import { SourceRejectedError } from '../../../model/errors.js'
import type { Interval } from '../../../model/interval.js'
import { type Clock, DAY_NS, MINUTE_NS, SECOND_NS } from '../../../model/time.js'
import type { FetchContext } from '../../../service/historical-source.js'
import type { PacedRequest } from '../pacing/pacing-rules.js'
import { isIbFailure } from '../transport/failure.js'
import type { Asker } from './asker.js'

/** What ended longer ago is complete by any clock. */
const NEAR_NS = DAY_NS
/** The gateway tells whole seconds: so much later it may be by a clock that agrees with ours. */
const AGREED_NS = SECOND_NS
/** Of a clock that is so far off nothing can be made. */
const AHEAD_MAX_NS = 5n * MINUTE_NS
/** It answers by itself, without asking IB. */
const ANSWER_WITHIN_MS = 5_000

/**
 * The present, by the gateway's clock where ours is ahead of it: a bar that is complete by ours alone is still under way
 * there, and would be stored half made, for good.
 */
export class GatewayClock {
  readonly #asker: Asker
  readonly #clock: Clock

  constructor(asker: Asker, clock: Clock) {
    this.#asker = asker
    this.#clock = clock
  }

  /**
   * Now, for what is asked of an interval; only near the present the gateway is asked for it.
   *
   * @throws SourceRejectedError when our clock is minutes ahead, IbFailure
   */
  async nowNs({ endNs }: Interval, context: FetchContext): Promise<bigint> {
    const oursNs = this.#clock()
    if (endNs < oursNs - NEAR_NS) return oursNs
    const theirsNs = await this.#ask(context)
    if (theirsNs === undefined || oursNs - theirsNs <= AGREED_NS) return oursNs
    if (oursNs - theirsNs > AHEAD_MAX_NS) throw tooFarAhead(oursNs - theirsNs)
    return theirsNs
  }

  /** `undefined` when it does not say. */
  async #ask(context: FetchContext): Promise<bigint | undefined> {
    try {
      const seconds = await this.#asker.ask(
        TIME,
        ({ transport }, call) =>
          transport.currentTime({ ...call, timeoutMs: Math.min(call.timeoutMs, ANSWER_WITHIN_MS) }),
        context,
      )
      return BigInt(seconds) * SECOND_NS
    } catch (error) {
      if (isIbFailure(error, 'timeout')) return undefined
      throw error
    }
  }
}

/** No history: paced no more than contract details are. */
const TIME: PacedRequest = { kind: 'details', contractKey: '', whatToShow: '', identity: 'time', isSmallBars: false }

function tooFarAhead(aheadNs: bigint): SourceRejectedError {
  const ahead = `${aheadNs / SECOND_NS} s`
  return new SourceRejectedError(
    `the clock of this machine is ${ahead} ahead of the gateway's: what is not complete yet would be taken for complete`,
    { steps: ['Set the clocks of both machines by the network.', 'Check it: ntrader data doctor --source ibkr'] },
  )
}
