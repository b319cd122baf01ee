import { InvalidRequestError } from '../../model/errors.js'
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
  readonly open: Source
  readonly high: Source
  readonly low: Source
  readonly close: Source
  readonly volume: Source | undefined
  readonly vwap: Source | undefined
  readonly tradeCount: Source | undefined
  /** Names the instrument of each row. Not stored; more than one in a file is an error. */
  readonly symbol: Source | undefined
  /** Names of the columns that nothing is read from. */
  readonly ignored: readonly string[]
}

/** Names in use for each of our columns, the most telling first: `close` beats `last` where a file has both. */
const SYNONYMS = {
  ts_event: ['ts_event', 'timestamp', 'datetime', 'window_start', 'open_time', 'gmt_time'],
  date: ['date'],
  time: ['time'],
  terse_time: ['ts', 't'],
  open: ['open', 'o'],
  high: ['high', 'h'],
  low: ['low', 'l'],
  close: ['close', 'c', 'last'],
  volume: ['volume', 'vol', 'v'],
  vwap: ['vwap', 'average', 'vw'],
  trade_count: ['trade_count', 'transactions', 'bar_count', 'trades', 'number_of_trades', 'count', 'n'],
  symbol: ['symbol', 'ticker'],
} as const satisfies Record<string, readonly string[]>
type Role = keyof typeof SYNONYMS

/** What `--map` may name; the other roles are ways to write `ts_event`. */
const MAPPABLE: readonly Role[] = [
  'ts_event',
  'date',
  'time',
  'open',
  'high',
  'low',
  'close',
  'volume',
  'vwap',
  'trade_count',
]
/** Columns of our own export that follow from its `ts_event`. */
const DERIVED = new Set(['tsinit', 'timestamp'])
const EXAMPLE_HEADER = 'timestamp,open,high,low,close,volume'

/**
 * Finds our columns among the names of a header: in any order and case, with or without quotes, `<>`, spaces and
 * underscores.
 *
 * @param map names that the caller gave: our column to the file's
 * @throws InvalidRequestError when the time or a price has no column, a name is unknown or used twice
 */
export function findColumns(header: readonly string[], map: ReadonlyMap<string, string> = new Map()): Columns {
  refuseMissingHeader(header)
  const mapped = mappedColumns(header, map)
  const taken = new Set([...mapped.values()].map((it) => it.index))
  const find = (role: Role): Source | undefined => mapped.get(role) ?? findByName(header, SYNONYMS[role], taken)
  const price = (role: 'open' | 'high' | 'low' | 'close'): Source => find(role) ?? missingColumn(role, header)

  const columns = {
    stamp: stampColumns(find, mapped) ?? unnamedTime(header) ?? missingColumn('ts_event', header),
    open: price('open'),
    high: price('high'),
    low: price('low'),
    close: price('close'),
    volume: find('volume'),
    vwap: find('vwap'),
    tradeCount: find('trade_count'),
    symbol: find('symbol'),
  }
  return { ...columns, ignored: ignoredNames(header, columns) }
}

/** A name without what files vary in: `Gmt time`, `gmt_time` and `<GMT_TIME>` are one. */
export function plainName(name: string): string {
  return name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '')
}

function refuseMissingHeader(header: readonly string[]): void {
  const value = header.find((name) => parseDecimal(name) !== undefined)
  if (value === undefined) return
  throw new InvalidRequestError(`the file has no header: its first line holds the value ${value.trim()}`, {
    steps: [`Add a first line that names the columns, for example ${EXAMPLE_HEADER}.`],
  })
}

/** A mapped column beats all; then a full stamp, a date with a time of day, either of the two alone, a terse name. */
function stampColumns(
  find: (role: Role) => Source | undefined,
  mapped: ReadonlyMap<Role, Source>,
): Columns['stamp'] | undefined {
  const isPairMapped = !mapped.has('ts_event') && (mapped.has('date') || mapped.has('time'))
  const full = isPairMapped ? undefined : find('ts_event')
  if (full !== undefined) return [full]
  const [date, time] = [find('date'), find('time')]
  if (date !== undefined && time !== undefined) return [date, time]
  const single = date ?? time ?? find('terse_time')
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

function mappedColumns(header: readonly string[], map: ReadonlyMap<string, string>): ReadonlyMap<Role, Source> {
  const mapped = new Map<Role, Source>()
  for (const [ours, theirs] of map) {
    const role = MAPPABLE.find((it) => SYNONYMS[it].some((name) => plainName(name) === plainName(ours)))
    if (role === undefined) {
      throw new InvalidRequestError(`'${ours}' in --map is not a column of bars`, {
        steps: [`Write --map OURS=THEIRS, with OURS one of ${MAPPABLE.join(', ')}.`],
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

function missingColumn(role: Role, header: readonly string[]): never {
  const what = role === 'ts_event' ? 'time' : role
  throw new InvalidRequestError(`the file has no ${what} column; its columns are ${listed(header)}`, {
    steps: [
      `Say which column it is: --map ${role}=NAME.`,
      `Or, if the first line is no header, add one, for example ${EXAMPLE_HEADER}.`,
    ],
  })
}

function namedTwice(name: string, header: readonly string[]): InvalidRequestError {
  return new InvalidRequestError(`the header names '${name}' more than once: ${listed(header)}`, {
    steps: ['Rename one of the two in the file.'],
  })
}

function listed(header: readonly string[]): string {
  return header.map((name) => name.trim() || '(unnamed)').join(', ')
}

function ignoredNames(header: readonly string[], columns: Omit<Columns, 'ignored'>): readonly string[] {
  const { stamp, symbol: _symbol, ...values } = columns
  const used = new Set([...stamp, ...Object.values(values)].map((it) => it?.index))
  const isOwnExport = plainName(stamp[0].name) === plainName('ts_event')
  return header
    .map((name) => name.trim())
    .filter((name, index) => !used.has(index) && !isUnnamed(name) && !(isOwnExport && DERIVED.has(plainName(name))))
}
