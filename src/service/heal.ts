import type { DataCatalog } from '../catalog/catalog.js'
import type { Transaction } from '../catalog/catalog-types.js'
import { type Coverage, type CoverageEntry, coverageSet, removeCoverage } from '../catalog/coverage/coverage.js'
import type { LiveFile } from '../catalog/files/live-file.js'
import { AbortedError, CatalogCorruptionError, ConnectionError } from '../model/errors.js'
import { concatFrames, emptyFrame } from '../model/frame-edit.js'
import { formatInterval, type IntervalSet, normalize, subtract } from '../model/interval.js'
import type { SeriesInput } from '../model/series.js'
import type { Digest } from './digest.js'
import { askSource, type Download, type Downloaded } from './download.js'
import { refuseOtherSetting } from './setting-check.js'

/**
 * Brings damaged files back: everything their coverage says they held is asked again, and when all of it was answered
 * one commit puts the new rows in their place; the bad files go to quarantine. Until then nothing moves. Known-empty and
 * rejected stretches are kept as the log has them.
 *
 * @returns what the source no longer has: it is missing from now on
 * @throws CatalogCorruptionError, the one given with the source's error as its cause, when any part is not answered
 * @throws AbortedError
 */
export async function heal(
  catalog: DataCatalog,
  series: SeriesInput,
  damage: CatalogCorruptionError,
  downloadOf: (gaps: Download['gaps']) => Promise<Download>,
  counts: Downloaded,
): Promise<IntervalSet> {
  const damaged = new Map(damage.files.map((it) => [it.file, it.reason]))
  const files = (await catalog.files(series)).filter((it) => damaged.has(it.path))
  // Someone else healed them in the meantime: reading again will tell.
  if (files.length === 0) return []
  const download = await downloadOf(normalize(files.flatMap(lostIn)))
  const digests = await askForAll(files, download, counts, damage)
  const { type } = download.series
  const claims = digests.flatMap((it) => it.claims)
  const rows = concatFrames(type, [emptyFrame(type), ...digests.map((it) => it.frame)])
  // There were rows, so what came without any is missing from now on, and neither empty nor data.
  const gone = normalize(digests.flatMap((it) => it.silent))
  const coverage: Coverage = [...files.flatMap(keptEntries), ...removeCoverage(claims, gone)]
  const steps = async (tx: Transaction): Promise<void> => {
    for (const file of files) tx.dropFile(series, file.path, damaged.get(file.path) ?? damage.message)
    await tx.write(series, rows, { mode: 'fill', coverage, sort: true })
  }
  await catalog.transaction(type, steps, { log: download.log, signal: download.signal })
  return gone
}

/** Answers for everything that was lost, or the damage as an error. */
async function askForAll(
  files: readonly LiveFile[],
  download: Download,
  counts: Downloaded,
  damage: CatalogCorruptionError,
): Promise<readonly Digest[]> {
  const digests: Digest[] = []
  try {
    const lost = files.flatMap((it) => it.coverage)
    // Rows asked for in another way would be other rows, under the name of those that were lost.
    refuseOtherSetting(download.series, download.source, lost, ['Ask with the setting that the rows had.'])
    await askSource(download, counts, async (digest) => {
      digests.push(digest)
    })
    const [open] = subtract(download.gaps, normalize(digests.flatMap((it) => it.claims)))
    if (open === undefined) return digests
    throw new ConnectionError(`the source did not answer for ${formatInterval(open)}`)
  } catch (cause) {
    if (cause instanceof AbortedError) throw cause
    throw new CatalogCorruptionError(damage.message, { files: damage.files, steps: damage.steps, cause })
  }
}

/** What has to be asked again; of a file by another writer, which covers nothing, the span of its rows. */
function lostIn(file: LiveFile): IntervalSet {
  if (file.coverage.length > 0) return coverageSet(file.coverage, 'data')
  return file.rowSpan === undefined ? [] : [file.rowSpan]
}

/** What the log says of a damaged file that needs no asking. */
function keptEntries(file: LiveFile): readonly CoverageEntry[] {
  return file.coverage.filter((it) => it.state !== 'data')
}

export function isCorruption(error: unknown): error is CatalogCorruptionError {
  return error instanceof CatalogCorruptionError && error.files.length > 0
}
