/** A delivery month as a futures symbol names it. */
export interface FuturesSymbol {
  /** `ES` of `ESZ6`. */
  readonly root: string
  readonly year: number
  /** 1 to 12. */
  readonly month: number
}

/** January to December. */
const MONTH_CODES = 'FGHJKMNQUVXZ'
const SYMBOL = /^([A-Z0-9]{1,6})([FGHJKMNQUVXZ])(\d|\d\d|\d{4})$/

/** IB keeps the history of a future for two years after it expired. */
const YEARS_BACK = 2

/**
 * Reads `ESZ6`, `ESZ26` or `ESZ2026`; `undefined` for anything else, `ES` among it.
 *
 * A year of one digit (which is how exchanges, IB and Nautilus write it) comes again every ten years. It is the one from
 * two years before `asOfYear` to seven years after it: older futures IB has no history of, and few are listed further
 * ahead. So `ESZ4` is December 2024 in 2026, and December 2034 in 2027: a symbol that is to keep its meaning needs
 * two digits, which are always 20xx.
 */
export function parseFuturesSymbol(symbol: string, asOfYear: number): FuturesSymbol | undefined {
  const [, root, code, yearText] = SYMBOL.exec(symbol) ?? []
  if (root === undefined || code === undefined || yearText === undefined) return undefined
  return { root, month: MONTH_CODES.indexOf(code) + 1, year: yearOf(yearText, asOfYear) }
}

function yearOf(text: string, asOfYear: number): number {
  if (text.length === 4) return Number(text)
  if (text.length === 2) return 2000 + Number(text)
  const first = asOfYear - YEARS_BACK
  return first + ((Number(text) - (first % 10) + 10) % 10)
}

/** IB's form of a delivery month: `202612`. */
export function contractMonthOf({ year, month }: FuturesSymbol): string {
  return `${year}${String(month).padStart(2, '0')}`
}

/**
 * IB's symbol of a product is that of what it delivers, which for some differs from the root of its futures: `6EZ6` is
 * symbol EUR, trading class 6E.
 */
export function ibSymbolOfRoot(root: string): string {
  return IB_SYMBOLS.get(root) ?? root
}

const IB_SYMBOLS: ReadonlyMap<string, string> = new Map([
  ['6A', 'AUD'],
  ['6B', 'GBP'],
  ['6C', 'CAD'],
  ['6E', 'EUR'],
  ['6J', 'JPY'],
  ['6L', 'BRE'],
  ['6M', 'MXP'],
  ['6N', 'NZD'],
  ['6S', 'CHF'],
  ['6Z', 'ZAR'],
  ['BTC', 'BRR'],
  ['ETH', 'ETHUSDRR'],
  ['SIL', 'SI'],
  ['VX', 'VIX'],
  ['FDAX', 'DAX'],
  ['FDXM', 'DAX'],
  ['FDXS', 'DAX'],
  ['FESX', 'ESTX50'],
  ['FSXE', 'ESTX50'],
  ['FSMI', 'SMI'],
  ['FVS', 'V2TX'],
  ['FGBL', 'GBL'],
  ['FGBM', 'GBM'],
  ['FGBS', 'GBS'],
  ['FGBX', 'GBX'],
  ['FOAT', 'OAT'],
  ['FBTP', 'BTP'],
])
