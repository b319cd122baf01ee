import { type BarType, formatBarType, parseBarType } from '../model/bar-type.js'
import { encodeSegment, type InstrumentId } from '../model/instrument.js'
import type { Series } from '../model/series.js'

const ENDING = /\.csv(?:\.gz)?$/i
/**
 * A bar type at the start of a name, as the command line takes it, but with its price type: `1-MINUTE-2024.csv` would
 * leave open what it holds. No letter follows, and no origin that is not part of it, so that `1-MINUTE-LAST` finds
 * neither `1-MINUTE-LAST-INTERNAL` nor `1-MINUTE-LASTING`.
 */
const BAR_TYPE =
  /^(\d+[smhdw]|\d+-[A-Z]+-(?:BID|ASK|MID|LAST|MARK)(?:-(?:EXTERNAL|INTERNAL))?)(?![A-Z])(?!-(?:EXTERNAL|INTERNAL))/i

/** Whether a file's name says that it holds rows of the series: `1-MINUTE-LAST_2024-01.csv.gz`, `trades-2024-01-02.csv`. */
export function isFileOf(series: Series, name: string): boolean {
  if (!ENDING.test(name)) return false
  if (series.type !== 'bars') return new RegExp(`^${series.type}(?![a-z])`, 'i').test(name)
  const barType = barTypeOf(name, series.instrument)
  return barType !== undefined && formatBarType(barType) === formatBarType(series.barType)
}

function barTypeOf(name: string, instrument: InstrumentId): BarType | undefined {
  const text = BAR_TYPE.exec(name)?.[1]
  if (text === undefined) return undefined
  try {
    return parseBarType(text, instrument)
  } catch {
    // `7m_notes.csv` is some other file.
    return undefined
  }
}

/** The folder of an instrument's files below the source's. */
export function folderOf({ instrument }: Series): string {
  return encodeSegment(instrument)
}

/** What a series' files can be called, below the source's folder. */
export function namesOf(series: Series): string {
  const start = series.type === 'bars' ? formatBarType(series.barType).replace(/-EXTERNAL$/, '') : series.type
  return `${folderOf(series)}/${start}*.csv`
}
