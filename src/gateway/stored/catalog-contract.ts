import { NO_CALENDAR } from '../../calendar/always-open.js'
import { calendarOfInstrument } from '../../calendar/venues.js'
import { words } from '../../calendar/words.js'
import type { InstrumentRecord } from '../../catalog/instruments/instrument-record.js'
import { type InstrumentId, symbolOf, venueOf } from '../../model/instrument.js'
import { conIdOf } from '../con-id.js'
import type { GatewayContract } from '../contract.js'

/**
 * An instrument of a catalog as IB would have it. What its record does not say is read from the id: a pair on IDEALPRO is
 * a currency, `ESZ24.CME` a future, the rest are stocks.
 */
export function catalogContract(
  id: InstrumentId,
  headNs: bigint,
  record: InstrumentRecord | undefined,
): GatewayContract {
  const [symbol, venue] = [symbolOf(id), venueOf(id)]
  const form = formOf(symbol, venue, headNs)
  const secType = record?.securityType ?? form.secType
  const isStock = secType === 'STK'
  return {
    symbol: isStock ? symbol.replaceAll('.', ' ') : symbol,
    exchange: isStock ? 'SMART' : venue,
    primaryExchange: isStock ? (record?.primaryExchange ?? venue) : '',
    validExchanges: isStock ? ['SMART', venue] : [venue],
    currency: record?.currency ?? 'USD',
    localSymbol: symbol,
    tradingClass: symbol,
    minTick: record?.tickSize ?? (secType === 'CASH' ? 0.00005 : 0.01),
    longName: record?.description ?? id,
    ...form,
    conId: Number(record?.contractIds?.['ibkr'] ?? conIdOf(id)),
    secType,
    calendar: calendarOfInstrument(id) ?? NO_CALENDAR,
    instrument: id,
    headNs,
    ...(record?.multiplier === undefined ? {} : { multiplier: String(record.multiplier) }),
    ...(record?.lastTradeDate === undefined ? {} : { lastTradeDate: record.lastTradeDate.replaceAll('-', '') }),
  }
}

type Form = Pick<GatewayContract, 'secType'> & Partial<GatewayContract>

/** What an id says of its contract. */
function formOf(symbol: string, venue: string, headNs: bigint): Form {
  const [, base = '', quote = ''] = /^([A-Z0-9]+)\/([A-Z]{3,4})$/.exec(symbol) ?? []
  if (base !== '') {
    const secType = venue === 'IDEALPRO' ? 'CASH' : 'CRYPTO'
    return { secType, symbol: base, currency: quote, localSymbol: `${base}.${quote}`, tradingClass: base }
  }
  if (FUTURES.has(venue)) return futureForm(symbol, headNs)
  if (venue === 'CBOE' || symbol.startsWith('^')) return { secType: 'IND', symbol: symbol.replace(/^\^/, '') }
  return { secType: 'STK' }
}

const FUTURES: ReadonlySet<string> = new Set(words('CME XCME CBOT XCBT NYMEX XNYM COMEX XCEC CFE'))
const MONTH_LETTERS = 'FGHJKMNQUVXZ'

function futureForm(text: string, headNs: bigint): Form {
  const [, root = '', letter = '', yearText = ''] = /^([A-Z0-9]+)([FGHJKMNQUVXZ])(\d{1,2})$/.exec(text) ?? []
  if (root === '') return { secType: 'CONTFUT', ...productOf(text) }
  // A year of one digit is the first such year since the contract began to trade.
  const firstYear = new Date(Number(headNs / 1_000_000n)).getUTCFullYear()
  const span = 10 ** yearText.length
  const year = firstYear + ((Number(yearText) - (firstYear % span) + span) % span)
  const month = String(MONTH_LETTERS.indexOf(letter) + 1).padStart(2, '0')
  const localSymbol = `${root}${letter}${year % 10}`
  return { secType: 'FUT', ...productOf(root), localSymbol, contractMonth: `${year}${month}` }
}

/** IB's symbol is what the future delivers. */
function productOf(root: string): Pick<GatewayContract, 'symbol' | 'tradingClass'> {
  return { symbol: IB_SYMBOLS.get(root) ?? root, tradingClass: root }
}

const IB_SYMBOLS: ReadonlyMap<string, string> = new Map([
  ['6A', 'AUD'],
  ['6B', 'GBP'],
  ['6C', 'CAD'],
  ['6E', 'EUR'],
  ['6J', 'JPY'],
  ['6S', 'CHF'],
])
