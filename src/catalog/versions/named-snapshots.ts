import type { Snapshot } from '../../delta/snapshot.js'
import type { DeltaTable } from '../../delta/table.js'
import { InvalidRequestError } from '../../model/errors.js'
import type { Properties } from './table-properties.js'

/** Table properties that pin a version by name; the value is the version as decimal text. */
export const SNAPSHOT_PREFIX = 'ntrader.snapshot.'
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/

/**
 * The versions of a table that have a name, by name: vacuum spares what they need, however old they are.
 */
export function namedVersions(snapshot: Snapshot): ReadonlyMap<string, number> {
  const named = new Map<string, number>()
  for (const [key, value] of Object.entries(snapshot.metadata.configuration)) {
    if (key.startsWith(SNAPSHOT_PREFIX) && /^\d{1,15}$/.test(value))
      named.set(key.slice(SNAPSHOT_PREFIX.length), Number(value))
  }
  return named
}

/** The properties with one more name; `undefined` when it names that version already. */
export function withName(base: Snapshot, name: string, version: number): Properties | undefined {
  if (namedVersions(base).get(name) === version) return undefined
  return { ...base.metadata.configuration, [SNAPSHOT_PREFIX + name]: String(version) }
}

/** The properties without a name; `undefined` when it is not among them. */
export function withoutName(base: Snapshot, name: string): Properties | undefined {
  const { [SNAPSHOT_PREFIX + name]: version, ...rest } = base.metadata.configuration
  return version === undefined ? undefined : rest
}

/** Every file that a named version needs. */
export async function pinnedFiles(table: DeltaTable, snapshot: Snapshot): Promise<ReadonlySet<string>> {
  const pinned = new Set<string>()
  for (const version of new Set(namedVersions(snapshot).values())) {
    for (const path of livePaths(await table.snapshotAt(version))) pinned.add(path)
  }
  return pinned
}

export function livePaths(snapshot: Snapshot): readonly string[] {
  return [...snapshot.partitions.values()].flatMap((it) => [...it.files.keys()])
}

/**
 * A name cannot be taken for a version: `bars@12` has an `@`, and `empty` is the version of an empty catalog.
 *
 * @throws InvalidRequestError
 */
export function checkSnapshotName(name: string): string {
  if (NAME.test(name) && name !== 'empty') return name
  throw new InvalidRequestError(`'${name}' cannot name a snapshot`, {
    steps: ['Use up to 64 letters, digits, dots, dashes and underscores: before-split, 2026-q3.'],
  })
}

export function unknownName(text: string): InvalidRequestError {
  return new InvalidRequestError(`'${text}' is neither a version of the catalog nor the name of a snapshot`, {
    steps: [
      "Use the text that catalog.version(), a fetch report or 'ntrader data info' gave: bars@12-3f2a9c1b, or bars@12.",
      'List the versions there are: ntrader data history; the named ones: ntrader data snapshot',
    ],
  })
}
