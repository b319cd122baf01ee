import type { HistoryEntry } from '../../catalog/listing.js'
import { seriesInputOf } from '../../model/series.js'
import type { Flags } from '../command.js'
import type { Context } from '../context.js'
import { seriesOf } from '../flags.js'
import { renderTable } from '../render/table.js'
import { formatCount } from '../render/units.js'
import { chooseSeries } from '../stored-series.js'

export async function run(context: Context, [id]: readonly string[], flags: Flags): Promise<number> {
  const catalog = await context.openCatalog()
  let entries: readonly HistoryEntry[]
  if (id === undefined) {
    entries = await catalog.history()
  } else if (flags['barType'] !== undefined) {
    // Of a series that is named in full also when all of it was deleted, which is when it matters.
    entries = await catalog.history(seriesOf(id, flags))
    if (entries.length === 0) await chooseSeries(catalog, id, flags)
  } else {
    const found = await chooseSeries(catalog, id, flags)
    const lists = await Promise.all(found.map((it) => catalog.history(seriesInputOf(it.series))))
    entries = distinct(lists.flat())
  }
  if (entries.length === 0) context.say('no commits')
  await context.print(entries, () => (entries.length === 0 ? [] : historyTable(entries, context)))
  return 0
}

/** One commit may have changed several series of an instrument. */
function distinct(entries: readonly HistoryEntry[]): readonly HistoryEntry[] {
  const byVersion = new Map<string, HistoryEntry>()
  for (const entry of entries) {
    const key = `${entry.type} ${String(entry.version).padStart(20, '0')}`
    const known = byVersion.get(key)
    byVersion.set(key, known === undefined ? entry : sum(known, entry))
  }
  return [...byVersion].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry)
}

function sum(a: HistoryEntry, b: HistoryEntry): HistoryEntry {
  return {
    ...a,
    filesAdded: a.filesAdded + b.filesAdded,
    filesRemoved: a.filesRemoved + b.filesRemoved,
    rowsAdded: a.rowsAdded + b.rowsAdded,
  }
}

function historyTable(entries: readonly HistoryEntry[], { terminal }: Context): readonly string[] {
  const columns = [
    { header: 'version', align: 'right' },
    { header: 'time' },
    { header: 'operation' },
    { header: 'rows', align: 'right' },
    { header: 'files', align: 'right' },
    { header: 'what', canShrink: true },
  ] as const
  const rows = entries.map((it) => [
    `${it.type}@${it.version}`,
    it.timestamp,
    it.operation,
    `${it.rowsAdded > 0 ? '+' : ''}${formatCount(it.rowsAdded)}`,
    `+${it.filesAdded} -${it.filesRemoved}`,
    Object.values(it.parameters).join(' '),
  ])
  return renderTable(columns, rows, terminal.out)
}
