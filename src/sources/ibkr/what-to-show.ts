import type { Setting } from '../../catalog/coverage/coverage.js'
import { type BarType, barLengthNs, formatBarType, type PriceType } from '../../model/bar-type.js'
import { SourceRejectedError } from '../../model/errors.js'
import { given } from '../../model/given.js'
import { formatSeries, type Series } from '../../model/series.js'
import { HOUR_NS } from '../../model/time.js'
import type { IbSecType, IbTicksQuery, IbWhatToShow } from './transport/transport.js'

export type BarSeries = Series & { readonly type: 'bars' }

/** How the user wants history made, where IB offers a choice. */
export interface HistoryOptions {
  /** `splits` (the default) is what IB's trades are; `dividends` asks for its series adjusted for both. */
  readonly adjustment?: 'splits' | 'dividends'
  /** For bars of an hour and longer. By default true, and false for futures: see {@link useRthFor}. */
  readonly useRTH?: boolean
}

/**
 * What to ask IB to show for bars of a series.
 *
 * @throws SourceRejectedError for what IB does not have: marks, trades of what is only quoted, quotes of an index
 */
export function whatToShowFor(series: BarSeries, secType: IbSecType, options: HistoryOptions = {}): IbWhatToShow {
  const shown = shownFor(series.barType, secType, options)
  if (shown !== undefined) return shown
  const { priceType } = series.barType
  if (isAdjustedForDividends(series.barType, secType, options)) {
    throw rejected(series, 'has no weeks or months adjusted for dividends', [
      'Ask for days (1-DAY-LAST), or leave out the adjustment for dividends.',
    ])
  }
  if (priceType === 'MARK') throw rejected(series, 'has no history of mark prices', ['Ask for LAST, MID, BID or ASK.'])
  if (secType === 'IND') throw rejected(series, 'has no quotes of an index', [insteadOf(series.barType, 'LAST')])
  throw rejected(series, `has no trades of ${secType}, only quotes`, [
    insteadOf(series.barType, 'MID'),
    'Or its two sides: BID and ASK.',
  ])
}

/** @throws SourceRejectedError where IB has no such ticks */
export function ticksToShowFor(
  series: Series & { readonly type: 'quotes' | 'trades' },
  secType: IbSecType,
): IbTicksQuery['whatToShow'] {
  if (series.type === 'trades' && QUOTED_ONLY.has(secType)) {
    throw rejected(series, `has no trades of ${secType}, only quotes`, ['Ask for quotes.'])
  }
  if (series.type === 'quotes' && secType === 'IND') {
    throw rejected(series, 'has no quotes of an index', ['Ask for trades: they are its values.'])
  }
  return series.type === 'trades' ? 'TRADES' : 'BID_ASK'
}

/**
 * What decides the values of a series, recorded with everything that is stored of it and compared before anything is
 * added. Never throws: of what IB does not serve it states nothing.
 */
export function settingFor(series: Series, secType: IbSecType, options: HistoryOptions = {}): Setting {
  if (series.type !== 'bars') {
    const isShares = series.type === 'trades' && isStock(secType)
    return {
      whatToShow: series.type === 'trades' ? 'TRADES' : 'BID_ASK',
      ...given('volumeUnit', isShares ? 'shares' : undefined),
    }
  }
  const whatToShow = shownFor(series.barType, secType, options)
  if (whatToShow === undefined) return {}
  const hasVolume = whatToShow === 'TRADES' || whatToShow === 'ADJUSTED_LAST'
  return {
    whatToShow,
    ...given('useRTH', dependsOnRth(series.barType, secType) ? useRthFor(series.barType, secType, options) : undefined),
    ...given('adjustment', adjustmentOf(whatToShow, secType)),
    ...given('volumeUnit', hasVolume && isStock(secType) ? 'shares' : undefined),
  }
}

/**
 * Whether to ask for regular hours only. Shorter bars are asked for around the clock and cut to what is missing; a bar of
 * an hour or a day is another one without the hours before and after. A future's session is the whole Globex day, of
 * which IB's regular hours are a part; pairs, crypto and metals have no other hours.
 */
export function useRthFor(barType: BarType, secType: IbSecType, options: HistoryOptions = {}): boolean {
  return dependsOnRth(barType, secType) && (options.useRTH ?? !FUTURES.has(secType))
}

/** Whether a request has to end now, so that nothing can be paged: IB's 10339, and 321 "End date not supported". */
export function endsNow(secType: IbSecType, whatToShow: IbWhatToShow): boolean {
  return secType === 'CONTFUT' || whatToShow === 'ADJUSTED_LAST'
}

const QUOTED_ONLY: ReadonlySet<IbSecType> = new Set(['CASH', 'CFD', 'CMDTY'])
const FUTURES: ReadonlySet<IbSecType> = new Set(['FUT', 'CONTFUT', 'FOP'])
const ALWAYS_REGULAR: ReadonlySet<IbSecType> = new Set(['CASH', 'CMDTY', 'CRYPTO'])

const QUOTES: Readonly<Partial<Record<PriceType, IbWhatToShow>>> = { MID: 'MIDPOINT', BID: 'BID', ASK: 'ASK' }

function shownFor(barType: BarType, secType: IbSecType, options: HistoryOptions): IbWhatToShow | undefined {
  if (barType.priceType !== 'LAST') return secType === 'IND' ? undefined : QUOTES[barType.priceType]
  if (QUOTED_ONLY.has(secType)) return undefined
  // TRADES of crypto is error 10299.
  if (secType === 'CRYPTO') return 'AGGTRADES'
  if (!isAdjustedForDividends(barType, secType, options)) return 'TRADES'
  return barType.unit === 'WEEK' || barType.unit === 'MONTH' ? undefined : 'ADJUSTED_LAST'
}

function isAdjustedForDividends(barType: BarType, secType: IbSecType, { adjustment }: HistoryOptions): boolean {
  return adjustment === 'dividends' && barType.priceType === 'LAST' && isStock(secType)
}

/**
 * IB has no unadjusted history of stocks. Of trades it says that they are adjusted for splits; of quotes it says nothing,
 * so they count as adjusted too: that costs a comparison, and the opposite could join prices of two scales.
 */
function adjustmentOf(whatToShow: IbWhatToShow, secType: IbSecType): string | undefined {
  if (!isStock(secType)) return undefined
  return whatToShow === 'ADJUSTED_LAST' ? 'split+dividend' : 'split'
}

function isStock(secType: IbSecType): boolean {
  return secType === 'STK' || secType === 'FUND'
}

function dependsOnRth(barType: BarType, secType: IbSecType): boolean {
  const lengthNs = barLengthNs(barType)
  return (lengthNs === undefined || lengthNs >= HOUR_NS) && !ALWAYS_REGULAR.has(secType)
}

function insteadOf(barType: BarType, priceType: PriceType): string {
  return `Ask for ${formatBarType({ ...barType, priceType })}.`
}

function rejected(series: Series, why: string, steps: readonly string[]): SourceRejectedError {
  return new SourceRejectedError(`${formatSeries(series)}: Interactive Brokers ${why}`, { steps })
}
