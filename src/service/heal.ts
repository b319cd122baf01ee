import type { DataCatalog } from '../catalog/catalog.js'
import { type Coverage, type CoverageEntry, coverageSet } from '../catalog/coverage.js'
import type { LiveFile } from '../catalog/live-file.js'
import { CatalogCorruptionError, type CatalogError } from '../model/errors.js'
import { concatFrames, emptyFrame } from '../model/frame-edit.js'
import { covers, normalize } from '../model/interval.js'
import type { SeriesInput } from '../model/series.js'
import type { Digest } from './digest.js'
import { askSource, type Download, type Downloaded } from './download.js'

/**
 * Brings damaged files back: everything their coverage says they held is asked again, and when all of it was answered
 * one commit puts the new rows in their place; the bad files go to quarantine. Until then nothing moves. Known-empty and
 * rejected stretches are kept as the log has them. What the source no longer has becomes missing, and is named as such.
 *
 * @throws CatalogCorruptionError, the one given with the source's error as its cause, when any part is not answered
 */
export async function heal(
  catalog: DataCatalog,
  series: SeriesInput,
  damage: CatalogCorruptionError,
  downloadOf: (gaps: Download['gaps']) => Download,
  counts: Downloaded,
): Promise<void> {
  const damaged = new Map(damage.files.map((it) => [it.file, it.reason]))
  const files = (await catalog.files(series)).filter((it) => damaged.has(it.path))
  // Someone else healed them in the meantime: reading again will tell.
  if (files.length === 0) return
  const lost = normalize(files.flatMap((it) => coverageSet(it.coverage, 'data')))
  const digests: Digest[] = []
  const download = downloadOf(lost)
  try {
    await askSource(download, counts, async (digest) => {
      digests.push(digest)
    })
  } catch (error) {
    throw new CatalogCorruptionError(damage.message, { files: damage.files, steps: damage.steps, cause: error })
  }
  const answeredSet = normalize(digests.flatMap((it) => it.claims))
  if (!lost.every((it) => covers(answeredSet, it))) {
    const cause = new Error('the source answered only a part of what was lost')
    throw new CatalogCorruptionError(damage.message, { files: damage.files, steps: damage.steps, cause })
  }
  const { type } = download.series
  const rows = concatFrames(type, [emptyFrame(type), ...digests.map((it) => it.frame)])
  const coverage: Coverage = [
    ...files.flatMap(keptEntries),
    ...digests.flatMap((it) => it.claims).filter((it) => it.state !== 'empty'),
  ]
  await catalog.transaction(type, async (tx) => {
    for (const file of files) tx.dropFile(series, file.path, damaged.get(file.path) ?? damage.message)
    await tx.write(series, rows, { mode: 'fill', coverage, sort: true })
  })
}

/** What the log says of a damaged file that needs no asking. */
function keptEntries(file: LiveFile): readonly CoverageEntry[] {
  return file.coverage.filter((it) => it.state !== 'data')
}

export function isCorruption(error: CatalogError | unknown): error is CatalogCorruptionError {
  return error instanceof CatalogCorruptionError && error.files.length > 0
}
