import { XNYS } from '../../../calendar/xnys.js'
import { MS_NS } from '../../../model/time.js'
import { zoneOf } from '../../../model/zone.js'
import { pause } from '../../../storage/pause.js'
import type {
  IbBar,
  IbBarsQuery,
  IbCall,
  IbContract,
  IbLogin,
  IbNotice,
  IbSchedule,
  IbTransport,
} from '../transport/transport.js'

/** What a probe has to work with: one connection that nobody else uses. */
export interface ProbeContext {
  readonly transport: IbTransport
  readonly login: IbLogin
  readonly call: IbCall
  /** Everything the gateway has said since the probe began. */
  readonly notices: () => readonly IbNotice[]
  readonly nowMs: number
}

/** One open question about a live gateway. */
export interface Probe {
  readonly name: string
  readonly question: string
  /** What the product takes for granted meanwhile. */
  readonly assumed: string
  /** Only when asked for: it may make the gateway pause or disconnect. */
  readonly isHard?: true
  readonly run: (context: ProbeContext) => Promise<string>
}

const EURO: IbContract = { secType: 'CASH', symbol: 'EUR', currency: 'USD', exchange: 'IDEALPRO' }
const APPLE: IbContract = {
  secType: 'STK',
  symbol: 'AAPL',
  currency: 'USD',
  exchange: 'SMART',
  primaryExchange: 'NASDAQ',
}
const EURO_MINUTES = { contract: EURO, barSize: '1 min', whatToShow: 'MIDPOINT', useRTH: false } as const
const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

export const PROBES: readonly Probe[] = [
  {
    name: 'server-version',
    question: 'Which server version does this gateway speak with this client?',
    assumed: '175 with ib-tws-api behind its guard, 193 with @stoqey/ib',
    run: async ({ login }) => `${login.serverVersion}, ${login.accounts.length} account(s)`,
  },
  {
    name: 'end-date-form',
    question: 'Is the end date taken as yyyymmdd-hh:mm:ss in UTC, without a warning?',
    assumed: 'yes',
    run: async (context) => {
      const endMs = lastWeekdayNoonMs(context.nowMs)
      const { bars } = await minutes(context, endMs)
      const warned = context.notices().filter((it) => it.code === 2174 || it.code === 10314)
      const zone = bars.length === 0 ? 'no bars' : `last bar ${utc(bars.at(-1))}, asked up to ${isoMinute(endMs)}`
      return `${warned.length === 0 ? 'no warning' : warned.map((it) => `${it.code} ${it.text}`).join('; ')}; ${zone}`
    },
  },
  {
    name: 'end-date-inclusive',
    question: 'Does a bar that starts exactly at the end date belong to the answer?',
    assumed: 'unknown: pages overlap by a bar and doubles are taken out',
    run: async (context) => {
      const endMs = lastWeekdayNoonMs(context.nowMs)
      const { bars } = await minutes(context, endMs)
      const last = Number(bars.at(-1)?.time) * 1000
      return last === endMs ? 'yes' : last === endMs - MINUTE_MS ? 'no' : `neither: the last bar is ${utc(bars.at(-1))}`
    },
  },
  {
    name: 'seconds-duration',
    question: 'Does 86400 S reach back 24 hours of the clock?',
    assumed: 'yes',
    run: async (context) => {
      const endMs = lastWeekdayNoonMs(context.nowMs)
      const query = { ...EURO_MINUTES, endDateTime: dashed(endMs), duration: '86400 S' }
      const { bars } = await context.transport.bars(query, context.call)
      return `${bars.length} bars, ${utc(bars[0])} .. ${utc(bars.at(-1))}, asked up to ${isoMinute(endMs)}`
    },
  },
  {
    name: 'week-and-month-stamps',
    question: 'Which day do weekly and monthly bars carry?',
    assumed: 'the last of their period',
    run: async (context) => {
      const weeks = await euroBars(context, '1 week', '4 W')
      const months = await euroBars(context, '1 month', '3 M')
      const days = (bars: readonly IbBar[]): string => bars.map((it) => `${it.time} ${weekdayOf(it.time)}`).join(', ')
      return `weeks: ${days(weeks)}; months: ${days(months)}`
    },
  },
  {
    name: 'volume-unit',
    question: 'Is the volume of US stocks in shares or in lots?',
    assumed: 'shares (ibkr.volumeUnit)',
    run: async ({ transport, call }) => {
      const query = {
        contract: APPLE,
        endDateTime: '',
        duration: '5 D',
        barSize: '1 day',
        whatToShow: 'TRADES',
      } as const
      const { bars } = await transport.bars({ ...query, useRTH: true }, call)
      const largest = Math.max(0, ...bars.map((it) => Number(it.volume)))
      // Apple has traded over ten million shares on every full day for decades.
      return `${largest >= 10_000_000 ? 'shares' : 'lots'}: the largest daily volume of AAPL in a week is ${largest}`
    },
  },
  {
    name: 'head-timestamp',
    question: 'Since when is there data of AAPL, and is there none before?',
    assumed: 'what the gateway says',
    run: async ({ transport, call }) => {
      const seconds = await transport.headTimestamp({ contract: APPLE, whatToShow: 'TRADES', useRTH: true }, call)
      return new Date(seconds * 1000).toISOString()
    },
  },
  {
    name: 'sessions',
    question: 'Are the regular sessions of AAPL those of the calendar?',
    assumed: 'yes',
    run: async ({ transport, call }) => {
      const query = { contract: APPLE, endDateTime: '', duration: '20 D', useRTH: true }
      const { timeZone, sessions } = await transport.schedule(query, call)
      const others = sessions.filter((it) => !isSessionOfCalendar(it))
      const named = others.map(({ tradeDate, start, end }) => `${tradeDate} ${start} .. ${end}`).join('; ')
      return `${sessions.length} sessions in ${timeZone}: ${others.length === 0 ? 'all of them' : `other than ${named}`}`
    },
  },
  {
    name: 'ten-minute-rule',
    question: 'Is "60 requests in 10 minutes" still enforced for bars of a minute?',
    assumed: 'softly: about one request a second (ibkr.pacing: soft)',
    isHard: true,
    run: async (context) => {
      const endMs = lastWeekdayNoonMs(context.nowMs)
      for (let i = 0; i < 75; i++) {
        const startedMs = performance.now()
        try {
          await minutes(context, endMs - i * DAY_MS)
        } catch (error) {
          return `request ${i + 1} failed: ${error instanceof Error ? error.message : String(error)}`
        }
        await pause(Math.max(0, 1000 - (performance.now() - startedMs)), context.call.signal)
      }
      return '75 requests at one a second were all answered'
    },
  },
]

function minutes({ transport, call }: ProbeContext, endMs: number): ReturnType<IbTransport['bars']> {
  return transport.bars({ ...EURO_MINUTES, endDateTime: dashed(endMs), duration: '600 S' }, call)
}

async function euroBars(
  { transport, call }: ProbeContext,
  barSize: IbBarsQuery['barSize'],
  duration: string,
): Promise<readonly IbBar[]> {
  const query = { contract: EURO, endDateTime: '', duration, barSize, whatToShow: 'MIDPOINT', useRTH: true } as const
  return (await transport.bars(query, call)).bars
}

/** IB writes times of the exchange: `20240102-09:30:00`. */
function isSessionOfCalendar({ start, end, tradeDate }: IbSchedule['sessions'][number]): boolean {
  const dayMs = Date.parse(`${tradeDate.slice(0, 4)}-${tradeDate.slice(4, 6)}-${tradeDate.slice(6, 8)}`)
  const regular = XNYS.tradingDay(dayMs / DAY_MS)?.regular ?? []
  const zone = zoneOf(XNYS.timeZone)
  const local = (ns: bigint): string => dashed(Number((ns + zone.offsetAtNs(ns)) / MS_NS))
  return regular.some((it) => local(it.startNs) === start && local(it.endNs) === end)
}

/** Noon UTC of a day with currency trade: the last Tuesday to Thursday before today. */
function lastWeekdayNoonMs(nowMs: number): number {
  let dayMs = Math.floor(nowMs / DAY_MS) * DAY_MS - DAY_MS
  while (![2, 3, 4].includes(new Date(dayMs).getUTCDay())) dayMs -= DAY_MS
  return dayMs + DAY_MS / 2
}

function dashed(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replaceAll('-', '').replace('T', '-')
}

function isoMinute(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16)}Z`
}

function utc(bar: IbBar | undefined): string {
  return bar === undefined ? 'nothing' : isoMinute(Number(bar.time) * 1000)
}

function weekdayOf(yyyymmdd: string): string {
  const ms = Date.parse(`${yyyymmdd.slice(0, 4)}-${yyyymmdd.slice(4, 6)}-${yyyymmdd.slice(6, 8)}`)
  return ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'][new Date(ms).getUTCDay()] ?? '?'
}
