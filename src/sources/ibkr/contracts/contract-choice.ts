import { SourceRejectedError } from '../../../model/errors.js'
import type { InstrumentId } from '../../../model/instrument.js'
import type { IbContract, IbContractDetails } from '../transport/transport.js'
import { explicitStep } from './contract-of.js'

/** Candidates that an error names at most: a loose question (`symbol: ''` of a future) has hundreds. */
const NAMED_MAX = 12

export interface ContractChoice {
  readonly instrument: InstrumentId
  /** What was asked. */
  readonly question: IbContract
  /** The gateway's answer: every contract that fits. */
  readonly details: readonly IbContractDetails[]
  /** Of a future: the root its id names (`futuresRootOf`), which tells SI from SIL, whose symbol is SI too. */
  readonly root?: string | undefined
}

/**
 * The one contract that is meant. IB answers a question with everything that fits it: a stock once for each exchange
 * it is routed to, a silver future in two sizes. Contract id and currency have to fit; the rest of what was asked narrows the
 * choice as long as something fits, because IB's names of listings vary (`NASDAQ.SCM`) and stocks move between them.
 *
 * @throws SourceRejectedError when there is none, or when several are left: a guess would store another company's prices
 */
export function chooseContract({ instrument, question, details, root }: ContractChoice): IbContractDetails {
  const possible = details.filter(
    ({ contract }) =>
      (question.conId === undefined || contract.conId === question.conId) &&
      (question.currency === undefined || contract.currency === question.currency),
  )
  if (possible.length === 0) throw unknown(instrument, question)
  const wishes: readonly ((it: IbContract) => boolean)[] = [
    (it) => it.secType === question.secType,
    (it) => question.primaryExchange === undefined || listingOf(it) === question.primaryExchange,
    (it) => root === undefined || it.tradingClass === root,
    (it) => it.exchange === question.exchange,
    (it) => question.symbol === '' || it.symbol === question.symbol,
  ]
  const left = wishes.reduce((candidates, fits) => {
    const fitting = candidates.filter(({ contract }) => fits(contract))
    return fitting.length === 0 ? candidates : fitting
  }, possible)
  const distinct = [...new Map(left.map((it) => [it.contract.conId, it])).values()]
  const [chosen] = distinct
  if (chosen === undefined || distinct.length > 1) throw ambiguous(instrument, distinct)
  return chosen
}

function listingOf({ primaryExchange, exchange }: IbContract): string {
  return primaryExchange ?? exchange
}

function unknown(instrument: InstrumentId, question: IbContract): SourceRejectedError {
  return new SourceRejectedError(
    `Interactive Brokers knows no contract for ${instrument}, asked for as ${describeContract(question)}`,
    {
      steps: [
        'Check symbol and exchange: what was delisted has no contract any more, a future has one for two years after it expired, an option none.',
        explicitStep(instrument),
      ],
    },
  )
}

function ambiguous(instrument: InstrumentId, candidates: readonly IbContractDetails[]): SourceRejectedError {
  const named = candidates.slice(0, NAMED_MAX).map(describeCandidate)
  const more = candidates.length - named.length
  return new SourceRejectedError(
    `${instrument} fits ${candidates.length} contracts of Interactive Brokers: ${named.join('; ')}${more > 0 ? `; and ${more} more` : ''}`,
    {
      steps: ['Choose the one that is meant.', explicitStep(instrument, `{ conId: ${candidates[0]?.contract.conId} }`)],
    },
  )
}

/** `conId 265598: AAPL on NASDAQ in USD, APPLE INC` */
function describeCandidate({ contract, longName }: IbContractDetails): string {
  const { conId, localSymbol, symbol, currency, lastTradeDate, tradingClass, multiplier } = contract
  const extra = [
    lastTradeDate === undefined ? '' : `last traded ${lastTradeDate}`,
    tradingClass === undefined || tradingClass === symbol ? '' : `class ${tradingClass}`,
    multiplier === undefined ? '' : `multiplier ${multiplier}`,
    longName,
  ].filter((it) => it !== '')
  const where = `${localSymbol ?? symbol} on ${listingOf(contract)}${currency === undefined ? '' : ` in ${currency}`}`
  return `conId ${conId}: ${[where, ...extra].join(', ')}`
}

/** `secType=STK symbol=AAPL exchange=SMART`: the fields that were stated. */
export function describeContract(contract: IbContract): string {
  return Object.entries(contract)
    .filter(([, value]) => value !== undefined && value !== '')
    .map(([name, value]) => `${name}=${value}`)
    .join(' ')
}
