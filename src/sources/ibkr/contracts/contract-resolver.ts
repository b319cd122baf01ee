import type { InstrumentId } from '../../../model/instrument.js'
import type { FetchContext, InstrumentBook } from '../../../service/historical-source.js'
import type { Asker } from '../asking/asker.js'
import type { PacedRequest } from '../pacing/pacing-rules.js'
import type { IbContract } from '../transport/transport.js'
import { chooseContract, describeContract } from './contract-choice.js'
import { contractOf, type ExplicitContracts, futuresRootOf } from './contract-of.js'
import { definitionOf, knownContract, resolvedContract } from './contract-record.js'

/**
 * Finds the contract of an instrument: by what the catalog has on record, else by asking the gateway, once. What it
 * learns is recorded.
 */
export class ContractResolver {
  readonly #asker: Asker
  readonly #contracts: ExplicitContracts
  readonly #clock: () => bigint
  readonly #found = new Map<InstrumentId, IbContract>()

  constructor(asker: Asker, contracts: ExplicitContracts, clock: () => bigint) {
    this.#asker = asker
    this.#contracts = contracts
    this.#clock = clock
  }

  /**
   * @param instruments where the record is; without it nothing is recorded
   * @throws SourceRejectedError for a contract that is unknown or ambiguous, IbFailure
   * @throws WriteConflictError when the instrument was another contract before
   */
  async resolve(instrument: InstrumentId, context: FetchContext, instruments?: InstrumentBook): Promise<IbContract> {
    const found = this.#found.get(instrument)
    if (found !== undefined) return found
    const question = contractOf(instrument, { nowNs: this.#clock(), contracts: this.#contracts })
    const known = knownContract(await instruments?.get(instrument), question)
    const contract = known ?? (await this.#ask(instrument, question, context, instruments))
    this.#found.set(instrument, contract)
    return contract
  }

  async #ask(
    instrument: InstrumentId,
    question: IbContract,
    context: FetchContext,
    instruments: InstrumentBook | undefined,
  ): Promise<IbContract> {
    const details = await this.#asker.ask(
      detailsRequest(question),
      ({ transport }, call) => transport.contractDetails(question, call),
      context,
    )
    const root = futuresRootOf(instrument, this.#clock())
    const chosen = chooseContract({ instrument, question, details, root })
    await instruments?.put(definitionOf(instrument, question, chosen))
    return resolvedContract(question, chosen.contract.conId)
  }
}

function detailsRequest(question: IbContract): PacedRequest {
  const contractKey = describeContract(question)
  return { kind: 'details', contractKey, whatToShow: '', identity: `details ${contractKey}`, isSmallBars: false }
}
