import type { InstrumentDefinition } from '../../../catalog/instruments/instrument-record.js'
import { given } from '../../../model/given.js'
import type { InstrumentId } from '../../../model/instrument.js'
import { epochDay, formatDay } from '../../../model/time.js'
import type { IbContract, IbContractDetails } from '../transport/transport.js'
import { ianaZoneOf } from './time-zones.js'

/** The key of IB's contract id in an instrument's record. */
export const CONTRACT_SOURCE = 'ibkr'

/**
 * What the catalog keeps of the contract that a question was answered with, so that it is not asked for again. What IB
 * leaves out, or writes in a form the catalog does not take, is left out.
 */
export function definitionOf(
  instrument: InstrumentId,
  { secType }: IbContract,
  details: IbContractDetails,
): InstrumentDefinition {
  const { contract, priceMagnifier } = details
  // The continuous future is another contract after each roll: its id would contradict the stored one.
  const isRolling = secType === 'CONTFUT'
  return {
    instrument,
    securityType: secType,
    ...given('currency', matching(contract.currency, /^[A-Z][A-Z0-9]{2,9}$/)),
    // Grains and London stocks are quoted in cents and pence, and their minTick is in dollars and pounds.
    ...given('tickSize', positive(details.minTick * (priceMagnifier > 1 ? priceMagnifier : 1))),
    ...given('multiplier', positive(Number(contract.multiplier ?? Number.NaN))),
    ...given('timeZone', ianaZoneOf(details.timeZoneId)),
    ...given('tradingHours', readable(details.tradingHours)),
    ...given('liquidHours', readable(details.liquidHours)),
    ...given('primaryExchange', readable(contract.primaryExchange)),
    ...given('lastTradeDate', isRolling ? undefined : isoDateOf(contract.lastTradeDate)),
    ...given('description', readable(details.longName)),
    ...given('contractIds', isRolling ? undefined : { [CONTRACT_SOURCE]: String(contract.conId) }),
  }
}

/**
 * The contract of a question whose answer is on record, ready to be asked for data; `undefined` when it has to be asked
 * for first. With its conId the rest only says where: fields that the id merely suggested could contradict it.
 *
 * @param question what the id, and the user, say (`contractOf`)
 */
export function knownContract(
  record: Pick<InstrumentDefinition, 'securityType' | 'contractIds'> | undefined,
  question: IbContract,
): IbContract | undefined {
  // Said to be of another kind now (a stock that is asked for as a CFD): the record is not about this question.
  if (record === undefined || record.securityType !== question.secType) return undefined
  if (question.secType === 'CONTFUT') return question
  const text = matching(record.contractIds?.[CONTRACT_SOURCE], /^[1-9]\d{0,9}$/)
  if (text === undefined) return undefined
  const conId = Number(text)
  if (question.conId !== undefined && question.conId !== conId) return undefined
  return resolvedContract(question, conId)
}

/** The contract to ask data of, once its conId is known. */
export function resolvedContract(question: IbContract, conId: number): IbContract {
  const { secType, symbol, exchange, currency, includeExpired } = question
  if (secType === 'CONTFUT') return question
  return {
    secType,
    symbol,
    exchange,
    conId,
    ...given('currency', currency),
    ...given('includeExpired', includeExpired),
  }
}

/** `2026-12-18` of `20261218`, or of `20261218 08:30 US/Central`. */
function isoDateOf(ibDate: string | undefined): string | undefined {
  const [, year, month, day] = /^(\d{4})(\d\d)(\d\d)(?!\d)/.exec(ibDate ?? '') ?? []
  const date = epochDay(Number(year), Number(month), Number(day))
  return date === undefined ? undefined : formatDay(date)
}

/** IB multiplies in decimals (0.0025 × 100); twelve digits are more than any tick has. */
function positive(value: number): number | undefined {
  return Number.isFinite(value) && value > 0 ? Number(value.toPrecision(12)) : undefined
}

function readable(text: string | undefined): string | undefined {
  const isReadable = text !== undefined && text.trim() !== '' && !/\p{Cc}/u.test(text) && text.isWellFormed()
  return isReadable ? text : undefined
}

function matching(text: string | undefined, form: RegExp): string | undefined {
  return text !== undefined && form.test(text) ? text : undefined
}
