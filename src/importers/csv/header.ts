import { InvalidRequestError } from '../../model/errors.js'
import { storedColumns } from '../../model/frame.js'
import type { RecordType } from '../../model/schema.js'
import { notCsv } from './bytes.js'
import { COLUMN_NAMES, SYMBOL_NAMES, type TimeRole } from './column-names.js'
import { parseDecimal } from './numbers.js'

/** A column of the file: where it is, and what the file calls it. */
export interface Source {
  readonly index: number
  readonly name: string
}

/** Which column of the file is which of ours. */
export interface Columns {
  /** The stamp: one column, or a date and a time of day. */
  readonly stamp: readonly [Source] | readonly [Source, Source]
  /** The time of receipt of a tick. A bar's `ts_init` follows from its `ts_event`. */
  readonly init: Source | undefined
  /** By our name, in the order of the schema; those that the file does not have are absent. */
  readonly values: ReadonlyMap<string, Source>
  /** Names the instrument of each row. Not stored; more than one in a file is an error. */
  readonly symbol: Source | undefined
  /** Names of the columns that nothing is read from. */
  readonly ignored: readonly string[]
}

type FindColumn = (ours: string, names: readonly string[] | undefined) => Source | undefined

/** Columns of our own export that follow from its `ts_event`. */
const DERIVED: Readonly<Record<RecordType, readonly string[]>> = {
  bars: ['tsinit', 'timestamp'],
  quotes: ['timestamp'],
  trades: ['timestamp'],
}

/**
 * Finds our columns among the names of a header: in any order and case, with or without quotes, `<>`, spaces and
 * underscores.
 *
 * @param map names that the caller gave: our column to the file's
 * @throws InvalidRequestError when the time or a price has no column, a name is unknown or used twice
 */
export function findColumns(
  type: RecordType,
  header: readonly string[],
  map: ReadonlyMap<string, string> = new Map(),
): Columns {
  refuseTooWide(header)
  refuseMissingHeader(type, header)
  const mapped = mappedColumns(type, header, map)
  const taken = new Set([...mapped.values()].map((it) => it.index))
  const find: FindColumn = (ours, names) => mapped.get(ours) ?? findByName(header, names ?? [], taken)
  const { times } = COLUMN_NAMES[type]

  const stamp = stampColumns(type, find, mapped) ?? unnamedTime(header) ?? missingColumn(type, 'ts_event', header)
  // The same name may serve as either time: Polygon's `sip_timestamp` is the receipt where the exchange's is there too.
  for (const { index } of stamp) taken.add(index)
  const columns = {
    stamp,
    init: find('ts_init', times.ts_init),
    values: valueColumns(type, header, find),
    symbol: find('symbol', SYMBOL_NAMES),
  }
  return { ...columns, ignored: ignoredNames(type, header, columns) }
}

/** A name without what files vary in: `Gmt time`, `gmt_time` and `<GMT_TIME>` are one. */
export function plainName(name: string): string {
  return name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '')
}

/** Columns without which a row says nothing. Either side of a quote may be empty, but not missing from the file. */
function isNeeded(type: RecordType, name: string, nullable: boolean): boolean {
  return !nullable || (type === 'quotes' && name.endsWith('_price'))
}

function valueColumns(type: RecordType, header: readonly string[], find: FindColumn): ReadonlyMap<string, Source> {
  const values = new Map<string, Source>()
  for (const { name, kind, nullable } of storedColumns(type)) {
    if (kind === 'time') continue
    const source = find(name, COLUMN_NAMES[type].values.get(name))
    if (source !== undefined) values.set(name, source)
    else if (isNeeded(type, name, nullable)) missingColumn(type, name, header)
  }
  return values
}

/** The widest file known of a vendor has some 200 columns; each name is compared with each of ours. */
const COLUMNS_MAX = 10_000

function refuseTooWide(header: readonly string[]): void {
  if (header.length <= COLUMNS_MAX) return
  throw notCsv(`it has ${header.length} columns`, 'Import a CSV file with a row on each line.')
}

function refuseMissingHeader(type: RecordType, header: readonly string[]): void {
  const value = header.find((name) => parseDecimal(name) !== undefined)
  if (value === undefined) return
  throw new InvalidRequestError(`the file has no header: its first line holds the value ${value.trim()}`, {
    steps: [`Add a first line that names the columns, for example ${COLUMN_NAMES[type].example}.`],
  })
}

/** A mapped column beats all; then a full stamp, a date with a time of day, either of the two alone, a terse name. */
function stampColumns(
  type: RecordType,
  find: FindColumn,
  mapped: ReadonlyMap<string, Source>,
): Columns['stamp'] | undefined {
  const { times } = COLUMN_NAMES[type]
  const isPairMapped = !mapped.has('ts_event') && (mapped.has('date') || mapped.has('time'))
  const full = isPairMapped ? undefined : find('ts_event', times.ts_event)
  if (full !== undefined) return [full]
  const [date, time] = [find('date', times.date), find('time', times.time)]
  if (date !== undefined && time !== undefined) return [date, time]
  const single = date ?? time ?? find('terse_time', times.terse_time)
  return single && [single]
}

/** pandas leaves the name of an index empty. Beside a named time column it is a row number. */
function unnamedTime(header: readonly string[]): Columns['stamp'] | undefined {
  const name = header[0] ?? ''
  return isUnnamed(name) ? [{ index: 0, name: 'the unnamed first column' }] : undefined
}

function isUnnamed(name: string): boolean {
  return /^(?:unnamed\d*)?$/.test(plainName(name))
}

function findByName(
  header: readonly string[],
  names: readonly string[],
  taken: ReadonlySet<number> = new Set(),
): Source | undefined {
  for (const wanted of names.map(plainName)) {
    const found = header.flatMap((name, index) =>
      plainName(name) === wanted && !taken.has(index) ? [{ index, name: name.trim() }] : [],
    )
    if (found.length > 1) throw namedTwice(found[0]?.name ?? wanted, header)
    if (found[0] !== undefined) return found[0]
  }
  return undefined
}

/** By our name. Ours may itself be given by any of its usual names: `--map last=Px` is `--map close=Px`. */
function mappedColumns(
  type: RecordType,
  header: readonly string[],
  map: ReadonlyMap<string, string>,
): ReadonlyMap<string, Source> {
  const { times, values } = COLUMN_NAMES[type]
  const mappable: readonly (readonly [string, readonly string[]])[] = [
    ...(['ts_event', 'ts_init', 'date', 'time'] as const satisfies readonly TimeRole[]).flatMap((role) => {
      const names = times[role]
      return names === undefined ? [] : [[role, names] as const]
    }),
    ...values,
  ]
  const mapped = new Map<string, Source>()
  for (const [ours, theirs] of map) {
    const role = roleOf(ours, mappable)
    if (role === undefined) {
      throw new InvalidRequestError(`'${ours}' in --map is not a column of ${type}`, {
        steps: [`Write --map OURS=THEIRS, with OURS one of ${mappable.map(([name]) => name).join(', ')}.`],
      })
    }
    const exact = header.findIndex((name) => name.trim() === theirs.trim())
    const source = exact >= 0 ? { index: exact, name: theirs.trim() } : findByName(header, [theirs])
    if (source === undefined) {
      throw new InvalidRequestError(`the file has no column '${theirs}', which --map names for ${ours}`, {
        steps: [`Name one of the file's columns: ${listed(header)}.`],
      })
    }
    mapped.set(role, source)
  }
  return mapped
}

/** Our own name before another's: `last` is a close, but `sip_timestamp` is either time, and means the event alone. */
function roleOf(ours: string, mappable: readonly (readonly [string, readonly string[]])[]): string | undefined {
  const wanted = plainName(ours)
  const exact = mappable.find(([name]) => plainName(name) === wanted)
  return (exact ?? mappable.find(([, names]) => names.some((name) => plainName(name) === wanted)))?.[0]
}

function missingColumn(type: RecordType, name: string, header: readonly string[]): never {
  const what = name === 'ts_event' ? 'time' : name
  throw new InvalidRequestError(`the file has no ${what} column; its columns are ${listed(header)}`, {
    steps: [
      `Say which column it is: --map ${name}=NAME.`,
      `Or, if the first line is no header, add one, for example ${COLUMN_NAMES[type].example}.`,
    ],
  })
}

function namedTwice(name: string, header: readonly string[]): InvalidRequestError {
  return new InvalidRequestError(`the header names '${name}' more than once: ${listed(header)}`, {
    steps: ['Rename one of the two in the file.'],
  })
}

const LISTED_MAX = 40
const NAME_MAX_CHARS = 40

/** Names for a message, which a person is to read. */
function listed(header: readonly string[]): string {
  const names = header.slice(0, LISTED_MAX).map((name) => name.trim().slice(0, NAME_MAX_CHARS) || '(unnamed)')
  const left = header.length - names.length
  return left > 0 ? `${names.join(', ')} and ${left} more` : names.join(', ')
}

function ignoredNames(
  type: RecordType,
  header: readonly string[],
  { stamp, init, values }: Pick<Columns, 'stamp' | 'init' | 'values'>,
): readonly string[] {
  const used = new Set([...stamp, init, ...values.values()].map((it) => it?.index))
  const derived = plainName(stamp[0].name) === plainName('ts_event') ? DERIVED[type] : []
  return header
    .map((name) => name.trim())
    .filter((name, index) => !used.has(index) && !isUnnamed(name) && !derived.includes(plainName(name)))
}
