import type { Snapshot } from '../delta/snapshot.js'
import { DeltaTable } from '../delta/table.js'
import { ClosedError } from '../model/errors.js'
import { TABLE_TYPES, type TableType } from '../model/schema.js'
import { parseSeries, type SeriesInput, type StoredSeries } from '../model/series.js'
import type { Storage } from '../storage/storage.js'
import { seriesIn } from './files/live-file.js'
import { snapshotAsOf } from './versions/as-of.js'
import { namedVersions, unknownName } from './versions/named-snapshots.js'
import {
  formatToken,
  isVersionToken,
  type TableVersion,
  type VersionToken,
  versionInToken,
} from './versions/version-token.js'

/** The tables of a catalog, one for each record type. */
export class Tables {
  readonly #tables: ReadonlyMap<TableType, DeltaTable>
  #isClosed = false

  constructor(storage: Storage) {
    this.#tables = new Map(TABLE_TYPES.map((type) => [type, new DeltaTable(storage, type)]))
  }

  get types(): readonly TableType[] {
    return [...this.#tables.keys()]
  }

  /** @throws ClosedError */
  of(type: TableType): DeltaTable {
    if (this.#isClosed) throw new ClosedError()
    return this.#tables.get(type) as DeltaTable
  }

  /** Looks at every table, so that {@link version} speaks of what is on disk. */
  async look(): Promise<void> {
    for (const table of this.#tables.values()) await table.snapshot()
  }

  /** The newest state seen. */
  version(): VersionToken {
    return formatToken(new Map([...this.#tables].map(([type, table]) => [type, table.seen])))
  }

  /**
   * A table as it is now, or as it was in the state that a token or the name of a snapshot stands for; `undefined`
   * when it did not exist.
   *
   * @throws InvalidRequestError for a text that is neither, VersionExpiredError for a state that can no longer be read
   */
  async snapshot(type: TableType, asOf: string | undefined): Promise<Snapshot | undefined> {
    const table = this.of(type)
    if (asOf === undefined) return table.snapshot()
    const wanted = await this.versionIn(type, asOf)
    return wanted && snapshotAsOf(table, type, wanted)
  }

  /** The version of one table that a token or a name stands for; `undefined` when the table did not exist then. */
  async versionIn(type: TableType, asOf: string): Promise<TableVersion | undefined> {
    if (isVersionToken(asOf)) return versionInToken(asOf, type)
    const states = (await this.named()).get(asOf)
    if (states === undefined) throw unknownName(asOf)
    const version = states.get(type)
    return version === undefined ? undefined : { version, tableId: '' }
  }

  /** Every named snapshot: its version of each table that existed then. */
  async named(): Promise<ReadonlyMap<string, ReadonlyMap<TableType, number>>> {
    const all = new Map<string, Map<TableType, number>>()
    for (const [type, table] of this.#tables) {
      const snapshot = await table.snapshot()
      for (const [name, version] of snapshot === undefined ? [] : namedVersions(snapshot)) {
        all.set(name, (all.get(name) ?? new Map<TableType, number>()).set(type, version))
      }
    }
    return all
  }

  /** Does some work for each table, with the chosen series of it, or with all it has. */
  async each<R>(
    chosen: SeriesInput | readonly SeriesInput[] | undefined,
    work: (type: TableType, series: readonly StoredSeries[], snapshot: Snapshot | undefined) => Promise<R>,
  ): Promise<readonly R[]> {
    const only = chosen === undefined ? undefined : [chosen].flat().map(parseSeries)
    const results: R[] = []
    for (const type of TABLE_TYPES) {
      const snapshot = await this.of(type).snapshot()
      const ofType = only?.filter((it) => it.type === type)
      if (ofType?.length !== 0) results.push(await work(type, ofType ?? seriesIn(type, snapshot), snapshot))
    }
    return results
  }

  close(): void {
    this.#isClosed = true
  }
}
