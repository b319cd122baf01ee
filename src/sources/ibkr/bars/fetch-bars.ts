import type { Calendar } from '../../../calendar/calendar.js'
import { type BarType, barLengthNs } from '../../../model/bar-type.js'
import { contains, type Interval } from '../../../model/interval.js'
import { type Clock, formatInstant, parseInstant } from '../../../model/time.js'
import type { FetchContext } from '../../../service/historical-source.js'
import type { Asker } from '../asking/asker.js'
import { contractKeyOf } from '../pacing/contract-key.js'
import type { PacedRequest } from '../pacing/pacing-rules.js'
import { IbFailure, isIbFailure, nothingSent } from '../transport/failure.js'
import type { IbBar, IbBarsQuery, IbContract } from '../transport/transport.js'
import { type BarSeries, endsNow, type HistoryOptions, useRthFor, whatToShowFor } from '../what-to-show.js'
import { type BarsPage, barsQuery, firstBarsPage, halvesOf, nextBarsPage } from './bar-pages.js'
import { barSizeOf, isSmall } from './bar-request.js'
import { barRows, barStampNs } from './bar-rows.js'

/** Bars of one interval of a contract. */
export interface BarsJob {
  readonly series: BarSeries
  readonly interval: Interval
  readonly contract: IbContract
  readonly options: HistoryOptions
  readonly calendar: Calendar
  readonly clock: Clock
  /** When the job began: what ends later is not finished. */
  readonly nowNs: bigint
}

/**
 * All bars of an interval, page by page. What takes the gateway too long is asked once more, in two halves.
 *
 * @throws IbFailure, never part of an answer
 */
export async function fetchBars(asker: Asker, job: BarsJob, context: FetchContext): Promise<BarRows> {
  try {
    return await fetchWhole(asker, job, context)
  } catch (error) {
    // What ends now cannot be asked for in part.
    const halves =
      isIbFailure(error, 'timeout') && !isUnpaged(job) ? halvesOf(job.series.barType, job.interval) : undefined
    if (halves === undefined) throw error
    const rows: BarRows[number][] = []
    for (const half of halves) rows.push(...(await fetchHalf(asker, { ...job, interval: half }, context)))
    return rows
  }
}

type BarRows = ReturnType<typeof barRows>

/** A reply may bring bars around a half, cut off where it was asked for. */
async function fetchHalf(asker: Asker, job: BarsJob, context: FetchContext): Promise<BarRows> {
  const rows = await fetchWhole(asker, job, context)
  return rows.filter((it) => contains([job.interval], parseInstant(it.ts_event)))
}

async function fetchWhole(asker: Asker, job: BarsJob, context: FetchContext): Promise<BarRows> {
  const { barType } = job.series
  const barSize = barSizeOf(job.series)
  const pages: (readonly IbBar[])[] = []
  let page: BarsPage | undefined = firstBarsPage(barType, job.interval, isUnpaged(job))
  while (page !== undefined) {
    const bars = await fetchPage(asker, job, page, context)
    pages.push(bars)
    const stamps = bars.map((it) => barStampNs(barType, it.time))
    page = nextBarsPage(barType, barSize, page, stamps)
  }
  return rowsOf(job, pages)
}

async function fetchPage(asker: Asker, job: BarsJob, page: BarsPage, context: FetchContext): Promise<readonly IbBar[]> {
  const { series, contract, options, clock } = job
  // Made anew for each sending: what ends now goes back from then, and pacing may have taken half an hour.
  const query = (): IbBarsQuery =>
    barsQuery({
      page,
      nowNs: clock(),
      contract,
      barSize: barSizeOf(series),
      whatToShow: whatToShowFor(series, contract.secType, options),
      useRTH: useRthFor(series.barType, contract.secType, options),
    })
  try {
    return await asker.ask(
      barsRequest(query()),
      async ({ transport }, call) => {
        const asked = query()
        const { bars } = await transport.bars(asked, call)
        if (bars.length === 0) throw nothingSent('bars')
        if (asked.endDateTime !== '') refuseLater(series.barType, bars, page.endNs)
        // A reply that cannot be is asked for again, like one that was cut short.
        rowsOf(job, [bars])
        return bars
      },
      context,
    )
  } catch (error) {
    if (isIbFailure(error, 'no-data')) return []
    throw error
  }
}

/**
 * Bars after the end that was asked for answer another question (an end date read in another zone, say), and what they
 * leave out would pass for empty. Earlier ones are no such sign: a Sunday is answered with Friday. Nor are dates: the
 * evening before a holiday belongs to the trade date after it.
 *
 * @throws IbFailure (`retryable`)
 */
function refuseLater(barType: BarType, bars: readonly IbBar[], endNs: bigint): void {
  if (barLengthNs(barType) === undefined) return
  const later = bars.find((it) => barStampNs(barType, it.time) > endNs)
  if (later === undefined) return
  const end = formatInstant(endNs)
  throw new IbFailure('retryable', `the reply has a bar of ${later.time}, after the end that was asked for (${end})`)
}

function rowsOf(job: BarsJob, pages: readonly (readonly IbBar[])[]): BarRows {
  const { series, contract, options, calendar, nowNs } = job
  const { barType } = series
  const session = useRthFor(barType, contract.secType, options) ? 'regular' : 'extended'
  return barRows({ barType, pages, nowNs, calendar, session, hasVolume: contract.secType !== 'IND' })
}

function isUnpaged({ series, contract, options }: BarsJob): boolean {
  return endsNow(contract.secType, whatToShowFor(series, contract.secType, options))
}

/** What pacing goes by. */
function barsRequest(query: IbBarsQuery): PacedRequest {
  const { contract, endDateTime, duration, barSize, whatToShow, useRTH } = query
  const contractKey = contractKeyOf(contract)
  return {
    kind: 'bars',
    contractKey,
    whatToShow,
    identity: [contractKey, endDateTime, duration, barSize, whatToShow, useRTH].join(' '),
    isSmallBars: isSmall(barSize),
  }
}
