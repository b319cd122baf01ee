import { InvalidDataError, InvalidRequestError } from '../../model/errors.js'
import { type InstrumentId, parseInstrumentId, symbolOf, venueOf } from '../../model/instrument.js'
import { epochDay } from '../../model/time.js'
import { zoneOf } from '../../model/zone.js'
import { type CheckedDefinition, type InstrumentDefinition, isContractIds } from './instrument-record.js'

/**
 * Checks every property by itself, and symbol and venue against the id.
 *
 * @throws InvalidRequestError for an id that is none
 * @throws InvalidDataError naming every property that breaks a rule, with its value
 */
export function checkDefinition(definition: InstrumentDefinition): CheckedDefinition {
  const instrument = parseInstrumentId(definition?.instrument)
  // A record that was read may be put back: when it was recorded is not part of what it says.
  const said = Object.entries(definition).filter(([name, value]) => value !== undefined && name !== 'recordedAtNs')
  const problems = said.flatMap(([name, value]: readonly [string, unknown]) => {
    const reason = ruleBroken(instrument, name, value)
    return reason === undefined ? [] : [`${name} ${show(value)} ${reason}`]
  })
  if (problems.length > 0) {
    throw new InvalidDataError(`the definition of ${instrument}: ${problems.join('; ')}`, {
      problems,
      steps: ['Correct the definition, or leave out what is not known: nothing was written.'],
    })
  }
  return { ...Object.fromEntries(said), instrument, symbol: symbolOf(instrument), venue: venueOf(instrument) }
}

/** What is wrong with a value, as the end of a sentence that begins with it. */
type Rule = (value: unknown, instrument: InstrumentId) => string | undefined

const text: Rule = (value) => {
  const isReadable = typeof value === 'string' && value.trim() !== '' && !/\p{Cc}/u.test(value) && value.isWellFormed()
  return isReadable ? undefined : 'is not a readable text'
}

const aboveZero: Rule = (value) =>
  typeof value === 'number' && Number.isFinite(value) && value > 0 ? undefined : 'is not a number above 0'

const RULES: Readonly<Record<keyof InstrumentDefinition, Rule>> = {
  instrument: () => undefined,
  symbol: (value, id) => (value === symbolOf(id) ? undefined : `is not that of the id, ${symbolOf(id)}`),
  venue: (value, id) => (value === venueOf(id) ? undefined : `is not that of the id, ${venueOf(id)}`),
  securityType: text,
  currency: (value) => (isCurrency(value) ? undefined : 'is not a currency code such as USD'),
  tickSize: aboveZero,
  multiplier: aboveZero,
  timeZone: (value) => (isZone(value) ? undefined : 'is not an IANA time zone such as America/New_York'),
  tradingHours: text,
  liquidHours: text,
  primaryExchange: text,
  lastTradeDate: (value) => (isDate(value) ? undefined : 'is not a date such as 2024-12-20'),
  description: text,
  contractIds: (value) => (isContractIds(value) ? undefined : "is not an object of texts such as { ibkr: '265598' }"),
}

/** A mistyped property (`contractId`) would otherwise be lost without a word. */
function ruleBroken(instrument: InstrumentId, name: string, value: unknown): string | undefined {
  return isProperty(name) ? RULES[name](value, instrument) : `is no property: use ${Object.keys(RULES).join(', ')}`
}

function isProperty(name: string): name is keyof InstrumentDefinition {
  return Object.hasOwn(RULES, name)
}

/** ISO 4217, and the longer codes of crypto currencies. */
function isCurrency(value: unknown): boolean {
  return typeof value === 'string' && /^[A-Z][A-Z0-9]{2,9}$/.test(value)
}

function isZone(value: unknown): boolean {
  // Intl also takes offsets (`+01:00`), which know nothing of summer time.
  if (typeof value !== 'string' || !/^[A-Za-z]/.test(value)) return false
  try {
    zoneOf(value)
    return true
  } catch (error) {
    if (error instanceof InvalidRequestError) return false
    throw error
  }
}

function isDate(value: unknown): boolean {
  const match = typeof value === 'string' ? /^(\d{4})-(\d\d)-(\d\d)$/.exec(value) : null
  return match !== null && epochDay(Number(match[1]), Number(match[2]), Number(match[3])) !== undefined
}

function show(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
