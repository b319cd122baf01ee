import { FRIDAY, nthWeekday } from '../../calendar/civil.js'
import { XNYS } from '../../calendar/xnys.js'
import { parseInstrumentId } from '../../model/instrument.js'
import { DAY_NS, dayOf, formatDay, startOfDayNs } from '../../model/time.js'
import { dateText } from '../answers/date-time.js'
import { conIdOf } from '../con-id.js'
import type { GatewayContract } from '../contract.js'

/** The next monthly options of some stocks, at a few strikes; IB tells nothing of expired ones. */
export function optionsAt(nowNs: bigint): readonly GatewayContract[] {
  const days = monthlyExpiries(nowNs)
  return UNDERLYINGS.flatMap((underlying) =>
    days.flatMap((day) =>
      underlying.strikes.flatMap((strike) => SIDES.map((right) => optionContract(underlying, day, strike, right))),
    ),
  )
}

interface Underlying {
  readonly symbol: string
  readonly conId: number
  readonly strikes: readonly number[]
}

const UNDERLYINGS: readonly Underlying[] = [
  { symbol: 'AAPL', conId: 265598, strikes: [180, 190, 200] },
  { symbol: 'SPY', conId: 756733, strikes: [480, 500, 520] },
]
const SIDES = ['C', 'P'] as const
const MONTHS = 3
const LISTED_NS = 250n * DAY_NS

/** Third Fridays that lie ahead; the Thursday before a holiday. */
function monthlyExpiries(nowNs: bigint): readonly number[] {
  const date = new Date(dayOf(nowNs) * 86_400_000)
  const days: number[] = []
  for (let months = date.getUTCFullYear() * 12 + date.getUTCMonth(); days.length < MONTHS; months++) {
    const friday = nthWeekday(3, FRIDAY, Math.floor(months / 12), (months % 12) + 1)
    const day = XNYS.tradingDay(friday) === undefined ? friday - 1 : friday
    if (closeOf(day) > nowNs) days.push(day)
  }
  return days
}

function closeOf(day: number): bigint {
  return XNYS.tradingDay(day)?.regular.at(-1)?.endNs ?? startOfDayNs(day + 1)
}

function optionContract({ symbol, conId }: Underlying, day: number, strike: number, right: 'C' | 'P'): GatewayContract {
  const price = String(strike * 1000).padStart(8, '0')
  const occ = `${dateText(day).slice(2)}${right}${price}`
  return {
    conId: conIdOf(`${symbol} ${occ}`),
    secType: 'OPT',
    symbol,
    exchange: 'SMART',
    primaryExchange: '',
    validExchanges: ['SMART', 'AMEX', 'CBOE', 'PHLX', 'ISE', 'BOX', 'MIAX'],
    currency: 'USD',
    localSymbol: `${symbol.padEnd(6)}${occ}`,
    tradingClass: symbol,
    longName: `${symbol} ${formatDay(day)} ${strike} ${right}`,
    minTick: 0.01,
    calendar: XNYS,
    instrument: parseInstrumentId(`${symbol}${occ}.SMART`),
    headNs: closeOf(day) - LISTED_NS,
    goneNs: closeOf(day),
    lastTradeDate: dateText(day),
    contractMonth: dateText(day).slice(0, 6),
    strike,
    right,
    multiplier: '100',
    underlying: { conId, symbol, secType: 'STK' },
  }
}
