import type { Commit } from '../delta/snapshot.js'
import { partitionKey } from '../delta/snapshot.js'
import { hull, type Interval } from '../model/interval.js'
import { RECORD_TYPES, TABLE_TYPES, type TableType } from '../model/schema.js'
import { formatSeries, isSeries, type Series } from '../model/series.js'
import { formatInstant, MS_NS } from '../model/time.js'
import { type LiveFile, liveFilesOf, seriesIn, seriesKey } from './files/live-file.js'
import type { Tables } from './tables.js'

/** What the catalog holds of one series, from the log alone. */
export interface SeriesInfo {
  readonly series: Series
  readonly rows: number
  readonly files: number
  readonly sizeBytes: number
  /** `ts_event` of the first and the last row; absent without rows. */
  readonly firstNs: bigint | undefined
  readonly lastNs: bigint | undefined
}

/** Every series of a catalog that has a live file, by name. */
export async function listSeries(tables: Tables): Promise<readonly SeriesInfo[]> {
  const infos: SeriesInfo[] = []
  for (const type of RECORD_TYPES) {
    const snapshot = await tables.of(type).snapshot()
    for (const series of seriesIn(type, snapshot).filter(isSeries))
      infos.push(seriesInfo(series, liveFilesOf(snapshot, series)))
  }
  return infos.sort((a, b) => (formatSeries(a.series) < formatSeries(b.series) ? -1 : 1))
}

function seriesInfo(series: Series, files: readonly LiveFile[]): SeriesInfo {
  const span = hull(files.map((it) => it.rowSpan).filter((it): it is Interval => it !== undefined))
  return {
    series,
    rows: files.reduce((sum, it) => sum + it.numRows, 0),
    files: files.length,
    sizeBytes: files.reduce((sum, it) => sum + it.add.sizeBytes, 0),
    firstNs: span?.startNs,
    lastNs: span && span.endNs - 1n,
  }
}

/** One commit as history shows it. */
export interface HistoryEntry {
  readonly type: TableType
  readonly version: number
  /** ISO instant. */
  readonly timestamp: string
  readonly operation: string
  readonly parameters: Readonly<Record<string, string>>
  readonly filesAdded: number
  readonly filesRemoved: number
  /** Rows after minus rows before. */
  readonly rowsAdded: number
}

/** The commits of every table, or those that changed one series. */
export async function history(tables: Tables, series: Series | undefined): Promise<readonly HistoryEntry[]> {
  const entries: HistoryEntry[] = []
  for (const type of series === undefined ? TABLE_TYPES : [series.type]) {
    const commits = await tables.of(type).commitsAfter(-1)
    for (const entry of historyOf(type, commits, series && seriesKey(series))) entries.push(entry)
  }
  return entries
}

/** Commits as history, oldest first; only what they did to `partition` when one is given, and only those that did. */
function historyOf(
  type: TableType,
  commits: readonly Commit[],
  partition: string | undefined,
): readonly HistoryEntry[] {
  const rowsByPath = new Map<string, number>()
  const entries: HistoryEntry[] = []
  for (const { version, actions } of commits) {
    let [filesAdded, filesRemoved, rowsAdded] = [0, 0, 0]
    for (const action of actions) {
      if (action.kind === 'add') {
        const rows = action.add.stats?.numRecords ?? 0
        rowsByPath.set(action.add.path, rows)
        if (partition !== undefined && partitionKey(action.add.partitionValues) !== partition) continue
        filesAdded++
        rowsAdded += rows
      } else if (action.kind === 'remove') {
        if (partition !== undefined && partitionKey(action.remove.partitionValues) !== partition) continue
        filesRemoved++
        rowsAdded -= rowsByPath.get(action.remove.path) ?? 0
      }
    }
    if (partition !== undefined && filesAdded + filesRemoved === 0) continue
    const info = actions.find((it) => it.kind === 'commitInfo')?.commitInfo
    entries.push({
      type,
      version,
      timestamp: formatInstant(BigInt(info?.timestampMs ?? 0) * MS_NS),
      operation: info?.operation ?? 'UNKNOWN',
      parameters: info?.operationParameters ?? {},
      filesAdded,
      filesRemoved,
      rowsAdded,
    })
  }
  return entries
}
