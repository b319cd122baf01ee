import { InvalidRequestError } from '../../model/errors.js'
import type { TableType } from '../../model/schema.js'
import type { AsOfOption, CommitOptions } from '../catalog-types.js'
import type { OpenCatalog } from '../open-catalog.js'
import type { Tables } from '../tables.js'
import { refuseExpired, snapshotAsOf } from './as-of.js'
import { checkSnapshotName, namedVersions, withName, withoutName } from './named-snapshots.js'
import { changeProperties } from './table-properties.js'
import { formatToken, type TableState, type VersionToken } from './version-token.js'

/** A state of the catalog that vacuum spares until its name is dropped. */
export interface NamedSnapshot {
  readonly name: string
  readonly asOf: VersionToken
}

export interface DropSnapshotOptions extends CommitOptions {
  /** Refuses what it would refuse; changes nothing. */
  readonly dryRun?: boolean
}

export interface SnapshotOptions extends AsOfOption, DropSnapshotOptions {}

/**
 * Gives a state a name: vacuum keeps what it needs, and `asOf` takes the name. Naming the same state so again changes
 * nothing.
 *
 * @throws InvalidRequestError for a bad name, one that is taken, or an empty catalog
 * @throws VersionExpiredError for a state that can no longer be read
 */
export async function nameSnapshot(open: OpenCatalog, name: string, options: SnapshotOptions): Promise<NamedSnapshot> {
  const { tables } = open
  checkSnapshotName(name)
  await tables.look()
  const wanted = await versionsAt(tables, options.asOf ?? tables.version())
  if (wanted.size === 0) {
    throw new InvalidRequestError('the catalog is empty: there is nothing to name', {
      steps: ['Write or fetch something first, or check --catalog.'],
    })
  }
  // Of every table before any is named: what is refused has changed nothing.
  const taken = (await tables.named()).get(name)
  for (const [type, version] of wanted) refuseTaken(taken?.get(type), name, version, type)
  for (const [type, version] of wanted) {
    const context = open.context(type, options)
    const snapshot = await snapshotAsOf(context.table, type, { version, tableId: '' })
    await changeProperties(context, {
      type,
      operation: 'SNAPSHOT',
      dryRun: options.dryRun,
      parameters: { name, version: `${type}@${snapshot.version}` },
      change: (base) => {
        refuseExpired(base, type, version)
        refuseTaken(namedVersions(base).get(name), name, version, type)
        return withName(base, name, version)
      },
    })
  }
  return stateOf(tables, name, wanted)
}

/** Every named state, by name. */
export async function namedSnapshots({ tables }: OpenCatalog): Promise<readonly NamedSnapshot[]> {
  const named = [...(await tables.named())].sort(([a], [b]) => (a < b ? -1 : 1))
  const states: NamedSnapshot[] = []
  for (const [name, versions] of named) states.push(await stateOf(tables, name, versions))
  return states
}

/** Takes a name away; the next vacuum may take what only that state needed. @throws InvalidRequestError for no such name */
export async function dropSnapshotName(open: OpenCatalog, name: string, options: DropSnapshotOptions): Promise<void> {
  const versions = (await open.tables.named()).get(name)
  if (versions === undefined) {
    throw new InvalidRequestError(`there is no snapshot '${name}'`, {
      steps: ['List the names there are: ntrader data snapshot'],
    })
  }
  for (const [type, version] of versions) {
    await changeProperties(open.context(type, options), {
      type,
      operation: 'DROP SNAPSHOT',
      dryRun: options.dryRun,
      parameters: { name, version: `${type}@${version}` },
      change: (base) => withoutName(base, name),
    })
  }
}

async function versionsAt(tables: Tables, asOf: string): Promise<ReadonlyMap<TableType, number>> {
  const wanted = new Map<TableType, number>()
  for (const type of tables.types) {
    const at = await tables.versionIn(type, asOf)
    if (at === undefined) continue
    await snapshotAsOf(tables.of(type), type, at)
    wanted.set(type, at.version)
  }
  return wanted
}

async function stateOf(tables: Tables, name: string, versions: ReadonlyMap<TableType, number>): Promise<NamedSnapshot> {
  const states = new Map<TableType, TableState>()
  for (const [type, version] of versions) {
    const newest = await tables.of(type).snapshot()
    if (newest !== undefined) states.set(type, { version, metadata: newest.metadata })
  }
  return { name, asOf: formatToken(states) }
}

function refuseTaken(taken: number | undefined, name: string, version: number, type: TableType): void {
  if (taken === undefined || taken === version) return
  throw new InvalidRequestError(`'${name}' is the name of ${type}@${taken} already`, {
    steps: ['Choose another name.', `Or drop it first: ntrader data snapshot ${name} --drop`],
  })
}
