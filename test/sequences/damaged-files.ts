import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DataCatalog } from '../../src/catalog/catalog.js'
import { extentOf, type LiveFile } from '../../src/catalog/files/live-file.js'
import { overlaps } from '../../src/model/interval.js'
import { SERIES, type SeriesName } from './model.js'
import { type Moment, type Past, tableOf, tokenOf } from './past.js'
import { INPUTS, intervalOf, WHOLE } from './state.js'
import type { Change, Damage, Upkeep } from './steps.js'

/** The files that a test has damaged: what needs one of them cannot be read or restored again, ever. */
export class DamagedFiles {
  readonly #past: Past
  readonly #paths = new Set<string>()

  constructor(past: Past) {
    this.#past = past
  }

  harm(root: string, { path }: LiveFile, damage: Damage): void {
    this.#paths.add(path)
    const full = join(root, path)
    const bytes = readFileSync(full)
    const middle = bytes.length >> 1
    if (damage === 'unlink') rmSync(full)
    else if (damage === 'truncate') writeFileSync(full, bytes.subarray(0, middle))
    else if (damage === 'reverse') writeFileSync(full, bytes.toReversed())
    else writeFileSync(full, bytes.with(middle, (bytes[middle] as number) ^ 1))
  }

  /** Those of a series at a version that can still be asked for. */
  async at(catalog: DataCatalog, series: SeriesName, moment: Moment): Promise<readonly LiveFile[]> {
    const table = tableOf(series)
    const version = moment[table]
    if (this.#paths.size === 0 || version === undefined || !this.#past.isReadable(table, version)) return []
    const files = await catalog.files(INPUTS[series], { asOf: tokenOf({ [table]: version }) })
    return files.filter((it) => this.#paths.has(it.path))
  }

  /** Whether a change reads one: a restore surely, if it lies in its range; else maybe, beside it. */
  async neededBy(catalog: DataCatalog, change: Change | Upkeep, aim: Moment): Promise<'yes' | 'maybe' | 'no'> {
    if (change.kind !== 'restore' && change.kind !== 'restoreAll') return 'no'
    const all = change.kind === 'restore' ? [change.series] : SERIES.filter((it) => tableOf(it) === 'bars')
    const span = change.kind === 'restore' ? change.span : WHOLE
    let isBeside = false
    for (const series of all) {
      for (const file of await this.at(catalog, series, aim)) {
        if (extentOf(file).some((it) => overlaps(it, intervalOf(series, span)))) return 'yes'
        isBeside = true
      }
    }
    return isBeside ? 'maybe' : 'no'
  }
}
