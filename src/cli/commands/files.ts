import { join } from 'node:path'
import type { LiveFile } from '../../catalog/files/live-file.js'
import { hull, toIso } from '../../model/interval.js'
import { seriesInputOf } from '../../model/series.js'
import type { Flags } from '../command.js'
import type { Context } from '../context.js'
import { chooseSeries } from '../stored-series.js'

/** The live files, a path a line: `duckdb -c "from read_parquet([...])"` must read these and no others. */
export async function run(context: Context, [id]: readonly string[], flags: Flags): Promise<number> {
  const catalog = await context.openCatalog()
  const files: LiveFile[] = []
  for (const { series } of await chooseSeries(catalog, id, flags)) {
    files.push(...(await catalog.files(seriesInputOf(series))))
  }
  if (files.length === 0) context.say(`the catalog ${catalog.root} holds nothing of that`)
  const paths = files.map((it) => ({ path: join(catalog.root, it.path), ...fileJson(it) }))
  await context.print(paths, () => paths.map((it) => it.path))
  return 0
}

function fileJson(file: LiveFile): Readonly<Record<string, unknown>> {
  const span = hull(file.coverage)
  return {
    rows: file.numRows,
    bytes: file.add.sizeBytes,
    sha256: file.sha256 ?? null,
    ...(span === undefined ? { start: null, end: null } : toIso(span)),
  }
}
