import { liveFilesOf } from '../../src/catalog/files/live-file.js'
import { readRange } from '../../src/catalog/read/read-files.js'
import { DeltaTable } from '../../src/delta/table.js'
import type { Frame } from '../../src/model/frame.js'
import { parseSeries, type SeriesInput } from '../../src/model/series.js'
import { LocalStorage } from '../../src/storage/local.js'

/** A catalog as a build would read it that had lost its check: the log's sha256 never reaches the reader. */
export function blindCatalog(root: string): { query(input: SeriesInput): Promise<Frame> } {
  const storage = new LocalStorage(root)
  return {
    async query(input) {
      const series = parseSeries(input)
      const snapshot = await new DeltaTable(storage, series.type).snapshot()
      const files = liveFilesOf(snapshot, series).map((it) => ({ ...it, sha256: undefined }))
      const range = { startNs: -(2n ** 62n), endNs: 2n ** 62n }
      return readRange(storage, { series, files, range })
    },
  }
}
