import {
  byStart,
  type Interval,
  type IntervalSet,
  intersect,
  normalize,
  overlaps,
  sameSet,
  subtract,
} from '../../model/interval.js'
import { DAY_NS } from '../../model/time.js'

/** How a source was asked, where the answer depends on it. A series holds one setting. */
export interface Setting {
  readonly whatToShow?: string
  readonly useRTH?: boolean
  readonly adjustment?: string
  readonly volumeUnit?: string
}

/** Where rows came from. Only `setting` is ever compared. */
export interface Provenance {
  readonly source?: string
  /** ISO instant. */
  readonly fetchedAt?: string
  readonly contractId?: string
  readonly serverVersion?: string
  /** ISO date up to which splits and dividends are applied. */
  readonly adjustedAsOf?: string
  readonly setting?: Setting
}

/** One source's word that an interval holds nothing. It answers only for that source and setting. */
export interface EmptyClaim {
  readonly source: string
  readonly setting?: Setting
  readonly recordedAtNs: bigint
  /** Asked again from this instant on; never when absent. */
  readonly expiresAtNs?: bigint
}

/** Rows that a source sent and the catalog refused. */
export interface Rejection {
  readonly source: string
  readonly setting?: Setting
  readonly reason: string
  readonly recordedAtNs: bigint
  readonly expiresAtNs?: bigint
}

/**
 * What the catalog knows of an interval of `ts_event` instants: it has what there is (`data`), a source
 * said there is nothing (`empty`), or what it sent was refused (`rejected`). An interval without an entry was never
 * asked for.
 */
export type CoverageEntry =
  | (Interval & { readonly state: 'data'; readonly provenance: Provenance })
  | (Interval & { readonly state: 'empty'; readonly claims: readonly EmptyClaim[] })
  | (Interval & { readonly state: 'rejected'; readonly rejection: Rejection })

/** Entries in ascending order, disjoint. */
export type Coverage = readonly CoverageEntry[]

export function coverageSet(coverage: Coverage, state?: CoverageEntry['state']): IntervalSet {
  return normalize(coverage.filter((it) => state === undefined || it.state === state))
}

/** The entries inside `set`, cut to it, each as it was. */
export function clipCoverage(coverage: Coverage, set: IntervalSet): Coverage {
  return cut(coverage, (it) => intersect([it], near(set, it)))
}

/** The entries outside `set`, cut to that, each as it was. */
export function removeCoverage(coverage: Coverage, set: IntervalSet): Coverage {
  return cut(coverage, (it) => subtract([it], near(set, it)))
}

/** The intervals of `set` that overlap `it`: cutting 60,000 entries by as many must not cost their product. */
function near(set: IntervalSet, it: Interval): IntervalSet {
  const from = firstEndingAfter(set, it.startNs)
  let to = from
  while (to < set.length && (set[to] as Interval).startNs < it.endNs) to++
  return set.slice(from, to)
}

/**
 * What {@link clipCoverage} gives for each of many parts, in one walk.
 *
 * @param parts ascending, disjoint
 * @param coverage in any order, which each part keeps
 */
export function partitionCoverage(coverage: Coverage, parts: readonly Interval[]): readonly Coverage[] {
  const clipped = parts.map((): CoverageEntry[] => [])
  for (const entry of coverage) {
    for (let i = firstEndingAfter(parts, entry.startNs); i < parts.length; i++) {
      const part = parts[i] as Interval
      if (part.startNs >= entry.endNs) break
      clipped[i]?.push(...clipCoverage([entry], [part]))
    }
  }
  return clipped
}

/** Index of the first interval that ends after `ns`; binary search. */
function firstEndingAfter(ascending: readonly Interval[], ns: bigint): number {
  let low = 0
  let high = ascending.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((ascending[middle] as Interval).endNs <= ns) low = middle + 1
    else high = middle
  }
  return low
}

function cut(coverage: Coverage, keep: (entry: CoverageEntry) => IntervalSet): Coverage {
  return coverage.flatMap((entry) => keep(entry).map(({ startNs, endNs }) => ({ ...entry, startNs, endNs })))
}

/**
 * Lays new entries over old ones.
 * - `data` takes the place of anything; where nothing was stated anew it keeps the setting and provenance stated before
 *   (a CSV written over a fetched day does not make us forget how the day was fetched).
 * - `empty` is not recorded over rows that are live; over another `empty` it adds its claim or renews its own.
 * - `rejected` does not take the place of data.
 */
export function overlay(old: Coverage, added: Coverage): Coverage {
  let result = old
  for (const entry of added) result = overlayOne(result, entry)
  return joinAdjacent([...result].sort(byStart))
}

function overlayOne(old: Coverage, entry: CoverageEntry): Coverage {
  if (!old.some((it) => overlaps(it, entry))) return [...old, entry]
  const here = clipCoverage(old, [entry])
  const outside = removeCoverage(old, [entry])
  const isNew = subtract([entry], coverageSet(here))
  const fresh = isNew.map(({ startNs, endNs }) => ({ ...entry, startNs, endNs }))
  return [...outside, ...fresh, ...here.map((it) => combine(it, entry))]
}

/** `entry` over `old`, on the instants of `old`. */
function combine(old: CoverageEntry, entry: CoverageEntry): CoverageEntry {
  const { startNs, endNs } = old
  if (entry.state === 'data') {
    const keepsStated = old.state === 'data' && !isStated(entry.provenance.setting) && isStated(old.provenance.setting)
    return keepsStated ? old : { ...entry, startNs, endNs }
  }
  if (old.state === 'data') return old
  if (entry.state === 'empty' && old.state === 'empty') {
    return {
      ...old,
      claims: [...old.claims.filter((it) => !entry.claims.some((c) => answersFor(c, it))), ...entry.claims],
    }
  }
  return { ...entry, startNs, endNs }
}

function answersFor(claim: EmptyClaim, other: EmptyClaim): boolean {
  return claim.source === other.source && sameSetting(claim.setting, other.setting)
}

/** Joins neighbours that touch and say the same. Nothing else is ever joined: a gap stays a gap. */
export function joinAdjacent(coverage: Coverage): Coverage {
  const out: CoverageEntry[] = []
  for (const entry of coverage) {
    const last = out.at(-1)
    if (last !== undefined && last.endNs === entry.startNs && fingerprint(last) === fingerprint(entry)) {
      out[out.length - 1] = { ...last, endNs: entry.endNs }
    } else {
      out.push(entry)
    }
  }
  return out
}

/** Everything an entry says but its interval, as comparable text. */
function fingerprint(entry: CoverageEntry): string {
  const { startNs, endNs, ...rest } = entry
  return JSON.stringify(rest, (_key, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value))
}

export function isStated(setting: Setting | undefined): setting is Setting {
  return setting !== undefined && Object.values(setting).some((it) => it !== undefined)
}

export function sameSetting(a: Setting | undefined, b: Setting | undefined): boolean {
  const keys = ['whatToShow', 'useRTH', 'adjustment', 'volumeUnit'] as const
  return keys.every((key) => a?.[key] === b?.[key])
}

export function formatSetting(setting: Setting): string {
  return Object.entries(setting)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${value}`)
    .join(' ')
}

/** The different settings that data entries state; each empty claim answers for a setting of its own. */
export function settingsOf(coverage: Coverage): readonly Setting[] {
  const found: Setting[] = []
  for (const entry of coverage) {
    const setting = entry.state === 'data' ? entry.provenance.setting : undefined
    if (isStated(setting) && !found.some((it) => sameSetting(it, setting))) found.push(setting)
  }
  return found
}

/**
 * Whether two coverages mean the same to a later question: same intervals of the same state, expiry and setting. Who
 * fetched when does not count, so writing the same again commits nothing.
 */
export function sameMeaning(a: Coverage, b: Coverage): boolean {
  const left = byMeaning(a)
  const right = byMeaning(b)
  if (left.size !== right.size) return false
  return [...left].every(([key, set]) => sameSet(normalize(set), normalize(right.get(key) ?? [])))
}

function byMeaning(coverage: Coverage): Map<string, Interval[]> {
  const sets = new Map<string, Interval[]>()
  for (const entry of coverage) {
    const key = meaning(entry)
    const set = sets.get(key)
    if (set === undefined) sets.set(key, [entry])
    else set.push(entry)
  }
  return sets
}

function meaning(entry: CoverageEntry): string {
  switch (entry.state) {
    case 'data':
      return `data ${formatSetting(entry.provenance.setting ?? {})}`
    case 'empty':
      return `empty ${entry.claims
        .map((it) => `${it.source} ${formatSetting(it.setting ?? {})} ${it.expiresAtNs}`)
        .sort()
        .join(';')}`
    case 'rejected':
      return `rejected ${entry.rejection.source} ${formatSetting(entry.rejection.setting ?? {})} ${entry.rejection.reason} ${entry.rejection.expiresAtNs}`
  }
}

const EXPIRY_NS = DAY_NS
const RECENT_NS = 7n * DAY_NS

/**
 * When a source's "nothing" has to be asked again: 24 h after it was recorded if the interval ended within 7 days of
 * then (the source may not have had it yet); otherwise never.
 */
export function expiryOf(endNs: bigint, recordedAtNs: bigint): { readonly expiresAtNs?: bigint } {
  return endNs > recordedAtNs - RECENT_NS ? { expiresAtNs: recordedAtNs + EXPIRY_NS } : {}
}

export interface CoveredBy {
  /** Whose empty answers count; every source's when absent. */
  readonly source?: string | undefined
  /** With `source`: the setting it would ask with. */
  readonly setting?: Setting | undefined
  readonly nowNs: bigint
}

/** The instants that need not be asked for (again): data, and what this source said was empty or sent to be refused. */
export function answered(coverage: Coverage, by: CoveredBy): IntervalSet {
  return normalize(coverage.filter((entry) => isAnswered(entry, by)))
}

function isAnswered(entry: CoverageEntry, { source, setting, nowNs }: CoveredBy): boolean {
  const isValid = (it: { readonly expiresAtNs?: bigint }): boolean =>
    it.expiresAtNs === undefined || nowNs < it.expiresAtNs
  if (entry.state === 'data') return true
  return claimsOf(entry).some((it) => isValid(it) && (source === undefined || isOf(it, source, setting)))
}

/** What sources said of an interval that has no rows by it. */
export function claimsOf(entry: CoverageEntry): readonly (EmptyClaim | Rejection)[] {
  if (entry.state === 'data') return []
  return entry.state === 'empty' ? entry.claims : [entry.rejection]
}

/** Whether a source would say it again, asked with a setting. A rejection of old states none, and holds for any. */
export function isOf(claim: EmptyClaim | Rejection, source: string, setting: Setting | undefined): boolean {
  if (claim.source !== source) return false
  return ('reason' in claim && claim.setting === undefined) || sameSetting(claim.setting, setting)
}
