import type { Calendar } from '../calendar/calendar.js'
import { calendarByName } from '../calendar/venues.js'
import { SESSIONS, type Session } from '../catalog/coverage/required.js'
import type { RangeInput } from '../catalog/range.js'
import { formatBarType, parseBarType } from '../model/bar-type.js'
import { InvalidRequestError } from '../model/errors.js'
import { parseInstrumentId } from '../model/instrument.js'
import { isRecordType, RECORD_TYPES } from '../model/schema.js'
import { parseSeries, type Series, type SeriesInput } from '../model/series.js'
import { DAY_NS, parseInstant } from '../model/time.js'
import type { Flags } from './command.js'

/** A text option; `undefined` when it was not given. */
export function text(flags: Flags, name: string): string | undefined {
  const value = flags[name]
  return typeof value === 'string' ? value : undefined
}

/** The path of a file to write; `undefined` when it was not given. @throws InvalidRequestError when it is empty */
export function outputPath(flags: Flags, name: string): string | undefined {
  const path = text(flags, name)
  if (path === undefined || path.trim() !== '') return path
  throw new InvalidRequestError(`${optionName(name)} is empty`, {
    steps: ['Name a file that can be written, and check the variable that was to hold its name.'],
  })
}

/** A text option that must be one of a few. @throws InvalidRequestError naming them */
export function choice<const T extends string>(flags: Flags, name: string, allowed: readonly T[]): T | undefined {
  const value = text(flags, name)
  if (value === undefined) return undefined
  const found = allowed.find((it) => it.toLowerCase() === value.toLowerCase())
  if (found !== undefined) return found
  throw new InvalidRequestError(`${optionName(name)} ${value} is not known`, {
    steps: [`Use one of ${allowed.join(', ')}.`],
  })
}

/** A whole number in a range; `undefined` when it was not given. @throws InvalidRequestError */
export function wholeNumber(
  flags: Flags,
  name: string,
  { least, most }: { readonly least: number; readonly most: number },
): number | undefined {
  const value = text(flags, name)
  if (value === undefined) return undefined
  const number = /^\d+$/.test(value) ? Number(value) : Number.NaN
  if (number >= least && number <= most) return number
  throw new InvalidRequestError(`${optionName(name)} ${value} is not a whole number from ${least} to ${most}`, {
    steps: [`Write it in digits: ${optionName(name)} ${least}`],
  })
}

/** The series that an id and `--type`, `--bar-type` name. @throws InvalidRequestError */
export function seriesOf(id: string, flags: Flags): SeriesInput {
  const type = recordTypeOf(flags)
  refuseBarType(flags)
  if (type !== 'bars') return { type, instrument: id }
  const barType = text(flags, 'barType')
  if (barType === undefined) {
    throw new InvalidRequestError(`--bar-type is missing for ${id}`, {
      steps: ['Add it: --bar-type 1-MINUTE-LAST, or short 1m 5m 1h 1d 1s.', 'See what is stored: ntrader data list'],
    })
  }
  return { type, instrument: id, barType }
}

/** A bar type says that bars are meant: ticks must not be read, written or deleted in their place. */
function refuseBarType(flags: Flags): void {
  const [type, barType] = [recordTypeOf(flags), text(flags, 'barType')]
  if (type === 'bars' || barType === undefined) return
  throw new InvalidRequestError(`--bar-type ${barType} is for bars, and --type ${type} was given`, {
    steps: [`Leave out --bar-type for ${type}.`, 'Or leave out --type for bars.'],
  })
}

/** Whether a stored series is the one an optional id and its flags ask for. */
export function matches(series: Series, id: string | undefined, flags: Flags): boolean {
  const type = choice(flags, 'type', RECORD_TYPES)
  refuseBarType(flags)
  if (type !== undefined && series.type !== type) return false
  if (id !== undefined && series.instrument !== parseInstrumentId(id)) return false
  const barType = text(flags, 'barType')
  if (barType === undefined) return true
  return (
    series.type === 'bars' && formatBarType(series.barType) === formatBarType(parseBarType(barType, series.instrument))
  )
}

/**
 * `--start` and `--end` as a half-open range. On the command line a date-only end includes that day.
 *
 * @throws InvalidRequestError when one is missing or no instant
 */
export function rangeOf(flags: Flags): RangeInput {
  const { start, end } = partialRangeOf(flags)
  if (start !== undefined && end !== undefined) return { start, end }
  throw new InvalidRequestError(`${start === undefined ? '--start' : '--end'} is missing`, {
    steps: ['Add both: --start 2024-01-02 --end 2024-01-31 (the last day is included).'],
  })
}

/** {@link rangeOf} where both ends may be left out. */
export function partialRangeOf(flags: Flags): Partial<RangeInput> {
  const [start, end] = [text(flags, 'start'), text(flags, 'end')]
  return {
    ...(start === undefined ? {} : { start: parseInstant(start, '--start') }),
    ...(end === undefined ? {} : { end: parseEnd(end, '--end') }),
  }
}

/** An end as people write it: a date means up to the end of that day. */
export function parseEnd(end: string, name: string): bigint {
  const ns = parseInstant(end, name)
  return /^\d{4}-\d\d-\d\d$/.test(end.trim()) ? ns + DAY_NS : ns
}

export function sessionOf(flags: Flags): Session | undefined {
  return choice(flags, 'session', SESSIONS)
}

export function calendarOf(flags: Flags): Calendar | undefined {
  const name = text(flags, 'calendar')
  return name === undefined ? undefined : calendarByName(name)
}

/** Checks ids before anything is opened. */
export function checkSeries(input: SeriesInput): SeriesInput {
  parseSeries(input)
  return input
}

/** `--type`, bars when it was not given. @throws InvalidRequestError */
export function recordTypeOf(flags: Flags): 'bars' | 'quotes' | 'trades' {
  const value = text(flags, 'type') ?? 'bars'
  if (isRecordType(value)) return value
  throw new InvalidRequestError(`--type ${value} is not known`, { steps: [`Use one of ${RECORD_TYPES.join(', ')}.`] })
}

function optionName(name: string): string {
  return `--${name.replace(/[A-Z]/g, (it) => `-${it.toLowerCase()}`)}`
}
