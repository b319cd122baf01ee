import type { Snapshot } from '../delta/snapshot.js'
import { DeltaTable } from '../delta/table.js'
import { ClosedError } from '../model/errors.js'
import { RECORD_TYPES, type RecordType } from '../model/schema.js'
import { parseSeries, type Series, type SeriesInput } from '../model/series.js'
import type { Storage } from '../storage/storage.js'
import { seriesIn } from './live-file.js'
import { checkTableId, formatToken, type VersionToken, versionInToken } from './version-token.js'

/** The tables of a catalog, one for each record type. */
export class Tables {
  readonly #tables: ReadonlyMap<RecordType, DeltaTable>
  #isClosed = false

  constructor(storage: Storage) {
    this.#tables = new Map(RECORD_TYPES.map((type) => [type, new DeltaTable(storage, type)]))
  }

  /** @throws ClosedError */
  of(type: RecordType): DeltaTable {
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
   * A table as it is now, or as it was in the state of a token; `undefined` when it did not exist.
   *
   * @throws InvalidRequestError for a text that is no token, VersionExpiredError for one of another table or of none
   */
  async snapshot(type: RecordType, asOf: string | undefined): Promise<Snapshot | undefined> {
    const table = this.of(type)
    if (asOf === undefined) return table.snapshot()
    const wanted = versionInToken(asOf, type)
    if (wanted === undefined) return undefined
    const snapshot = await table.snapshotAt(wanted.version)
    checkTableId(snapshot, wanted, type)
    return snapshot
  }

  /** Does some work for each table, with the chosen series of it, or with all it has. */
  async each<R>(
    chosen: SeriesInput | readonly SeriesInput[] | undefined,
    work: (type: RecordType, series: readonly Series[], snapshot: Snapshot | undefined) => Promise<R>,
  ): Promise<readonly R[]> {
    const only = chosen === undefined ? undefined : [chosen].flat().map(parseSeries)
    const results: R[] = []
    for (const type of RECORD_TYPES) {
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
