import { InvalidRequestError } from '../../../model/errors.js'
import { given } from '../../../model/given.js'
import { IB_SEC_TYPES, type IbContract, type IbSecType } from '../transport/transport.js'
import type { ExplicitContracts } from './contract-of.js'

/**
 * Contracts as a configuration file names them, by instrument id.
 *
 * @param text JSON of `{ "ES.CME": { "secType": "CONTFUT", "exchange": "CME" } }`
 * @throws InvalidRequestError naming the id, the field and its value
 */
export function parseContracts(text: string): ExplicitContracts {
  const content: unknown = JSON.parse(text)
  if (!isSection(content)) throw wrong('contracts', content, 'a section with a contract for each instrument id')
  return Object.fromEntries(Object.entries(content).map(([id, fields]) => [id, parseContract(id, fields)]))
}

function parseContract(id: string, content: unknown): Partial<IbContract> {
  if (!isSection(content)) throw wrong(id, content, 'a section with the fields of a contract')
  const unknown = Object.keys(content).find((it) => !FIELDS.includes(it))
  if (unknown !== undefined) {
    throw new InvalidRequestError(`ibkr.contracts: ${id}: there is no field '${unknown}'`, {
      steps: [`Known fields: ${FIELDS.join(', ')}.`],
    })
  }
  const text = (name: string): string | undefined => {
    const value = content[name]
    // YAML reads 202612 as a number.
    if (value === undefined || typeof value === 'string') return value
    if (typeof value === 'number') return String(value)
    throw wrong(`${id}: ${name}`, value, 'a text')
  }
  const number = (name: string): number | undefined => {
    const value = content[name]
    if (value === undefined || (typeof value === 'number' && Number.isFinite(value))) return value
    throw wrong(`${id}: ${name}`, value, 'a number')
  }
  const isExpired = content['includeExpired']
  if (isExpired !== undefined && typeof isExpired !== 'boolean') {
    throw wrong(`${id}: includeExpired`, isExpired, 'true or false')
  }
  return {
    ...given('secType', secTypeOf(id, content['secType'])),
    ...given('symbol', text('symbol')),
    ...given('exchange', text('exchange')),
    ...given('currency', text('currency')),
    ...given('conId', number('conId')),
    ...given('primaryExchange', text('primaryExchange')),
    ...given('localSymbol', text('localSymbol')),
    ...given('tradingClass', text('tradingClass')),
    ...given('lastTradeDate', text('lastTradeDate')),
    ...given('strike', number('strike')),
    ...given('right', rightOf(id, content['right'])),
    ...given('multiplier', text('multiplier')),
    ...given('includeExpired', isExpired),
  }
}

const FIELDS: readonly string[] = [
  'secType',
  'symbol',
  'exchange',
  'currency',
  'conId',
  'primaryExchange',
  'localSymbol',
  'tradingClass',
  'lastTradeDate',
  'strike',
  'right',
  'multiplier',
  'includeExpired',
] satisfies readonly (keyof IbContract)[]

function secTypeOf(id: string, value: unknown): IbSecType | undefined {
  const known = IB_SEC_TYPES.find((it) => it === value)
  if (value === undefined || known !== undefined) return known
  throw wrong(`${id}: secType`, value, `one of ${IB_SEC_TYPES.join(', ')}`)
}

function rightOf(id: string, value: unknown): 'C' | 'P' | undefined {
  if (value === undefined || value === 'C' || value === 'P') return value
  throw wrong(`${id}: right`, value, 'C or P')
}

function isSection(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function wrong(where: string, value: unknown, what: string): InvalidRequestError {
  return new InvalidRequestError(`ibkr.contracts: ${where} is ${JSON.stringify(value)}, not ${what}`, {
    steps: ['Correct it in the configuration file; docs/IBKR.md has examples.'],
  })
}
