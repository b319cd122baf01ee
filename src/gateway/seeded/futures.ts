import type { Calendar } from '../../calendar/calendar.js'
import { civilDay, FRIDAY, nthWeekday, THURSDAY, yearOf } from '../../calendar/civil.js'
import { calendarOfInstrument } from '../../calendar/venues.js'
import { parseInstrumentId } from '../../model/instrument.js'
import { DAY_NS, dayOf, parseInstant, startOfDayNs } from '../../model/time.js'
import { dateText } from '../answers/date-time.js'
import { conIdOf } from '../con-id.js'
import type { GatewayContract } from '../contract.js'

/** Every contract month that IB would tell of, with the continuous contract of each product. */
export function futuresAt(nowNs: bigint): readonly GatewayContract[] {
  return PRODUCTS.flatMap((product) => {
    const months = monthsAt(product, nowNs)
    const front = months.find((it) => it.goneNs === undefined || it.goneNs > nowNs)
    return front === undefined ? months : [...months, continuous(product, front)]
  })
}

interface Product {
  /** What it is called on the exchange, and by the product: `6E`. */
  readonly root: string
  /** IB's symbol: `EUR`. */
  readonly symbol: string
  readonly exchange: string
  readonly longName: string
  readonly minTick: number
  readonly multiplier: string
  /** Letters of its contract months. */
  readonly months: string
  /** The last trade date of a contract month, days since 1970-01-01. */
  readonly lastDay: (year: number, month: number, calendar: Calendar) => number
}

const MONTH_LETTERS = 'FGHJKMNQUVXZ'
const QUARTERS = 'HMUZ'
const WEDNESDAY = THURSDAY - 1

const PRODUCTS: readonly Product[] = [
  {
    root: 'ES',
    symbol: 'ES',
    exchange: 'CME',
    longName: 'E-mini S&P 500',
    minTick: 0.25,
    multiplier: '50',
    months: QUARTERS,
    lastDay: (year, month) => nthWeekday(3, FRIDAY, year, month),
  },
  {
    root: 'NQ',
    symbol: 'NQ',
    exchange: 'CME',
    longName: 'E-mini NASDAQ 100',
    minTick: 0.25,
    multiplier: '20',
    months: QUARTERS,
    lastDay: (year, month) => nthWeekday(3, FRIDAY, year, month),
  },
  {
    root: '6E',
    symbol: 'EUR',
    exchange: 'CME',
    longName: 'European Monetary Union Euro',
    minTick: 0.00005,
    multiplier: '125000',
    months: QUARTERS,
    lastDay: (year, month, calendar) => businessDaysBefore(nthWeekday(3, WEDNESDAY, year, month), 2, calendar),
  },
  {
    root: 'CL',
    symbol: 'CL',
    exchange: 'NYMEX',
    longName: 'Light Sweet Crude Oil',
    minTick: 0.01,
    multiplier: '1000',
    months: MONTH_LETTERS,
    lastDay: (year, month, calendar) => {
      const twentyFifth = civilDay(month === 1 ? year - 1 : year, month === 1 ? 12 : month - 1, 25)
      return businessDaysBefore(businessDaysBefore(twentyFifth + 1, 1, calendar), 3, calendar)
    },
  },
  {
    root: 'GC',
    symbol: 'GC',
    exchange: 'COMEX',
    longName: 'Gold',
    minTick: 0.1,
    multiplier: '100',
    months: 'GJMQVZ',
    lastDay: (year, month, calendar) =>
      businessDaysBefore(month === 12 ? civilDay(year + 1, 1, 1) : civilDay(year, month + 1, 1), 3, calendar),
  },
]

function businessDaysBefore(day: number, count: number, calendar: Calendar): number {
  let at = day
  for (let left = count; left > 0; ) {
    at -= 1
    if (calendar.tradingDay(at) !== undefined) left -= 1
  }
  return at
}

/** A month is listed so long before it expires, and known for two years after. */
const LISTED_NS = 460n * DAY_NS
const KNOWN_AFTER_NS = 731n * DAY_NS

function monthsAt(product: Product, nowNs: bigint): readonly GatewayContract[] {
  const thisYear = yearOf(dayOf(nowNs))
  const months: GatewayContract[] = []
  for (let year = thisYear - 2; year <= thisYear + 2; year++) {
    for (const letter of product.months) {
      const month = monthContract(product, year, MONTH_LETTERS.indexOf(letter) + 1)
      const { headNs = nowNs, goneNs = nowNs } = month
      if (headNs <= nowNs && goneNs > nowNs - KNOWN_AFTER_NS) months.push(month)
    }
  }
  return months
}

function monthContract(product: Product, year: number, month: number): GatewayContract {
  const { root, exchange } = product
  const localSymbol = `${root}${MONTH_LETTERS[month - 1]}${year % 10}`
  const calendar = calendarOf(product)
  const lastDay = product.lastDay(year, month, calendar)
  // The last date has its whole session, though some products stop earlier on it.
  const goneNs = calendar.tradingDay(lastDay)?.regular.at(-1)?.endNs ?? startOfDayNs(lastDay + 1)
  return {
    ...common(product),
    conId: conIdOf(`${localSymbol} ${year}`),
    secType: 'FUT',
    localSymbol,
    instrument: parseInstrumentId(`${localSymbol}.${exchange}`),
    headNs: goneNs - LISTED_NS,
    goneNs,
    lastTradeDate: dateText(lastDay),
    contractMonth: `${year}${String(month).padStart(2, '0')}`,
  }
}

/** It has the id, the local symbol and the dates of its front month, as IB tells it. */
function continuous(product: Product, front: GatewayContract): GatewayContract {
  const { conId, localSymbol, lastTradeDate, contractMonth } = front
  return {
    ...common(product),
    conId,
    secType: 'CONTFUT',
    localSymbol,
    instrument: parseInstrumentId(`${product.root}.${product.exchange}`),
    headNs: parseInstant('2010-01-01'),
    ...(lastTradeDate === undefined ? {} : { lastTradeDate }),
    ...(contractMonth === undefined ? {} : { contractMonth }),
  }
}

function common(product: Product) {
  const { root, symbol, exchange, longName, minTick, multiplier } = product
  return {
    symbol,
    exchange,
    primaryExchange: '',
    validExchanges: [exchange],
    currency: 'USD',
    tradingClass: root,
    longName,
    minTick,
    multiplier,
    calendar: calendarOf(product),
  } as const
}

function calendarOf({ root, exchange }: Product): Calendar {
  const calendar = calendarOfInstrument(parseInstrumentId(`${root}.${exchange}`))
  if (calendar === undefined) throw new RangeError(`no calendar of ${root}.${exchange}`)
  return calendar
}
