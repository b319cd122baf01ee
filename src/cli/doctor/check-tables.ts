import { refuseLostLog } from '../../catalog/lost-log.js'
import { checkRoot } from '../../catalog/root.js'
import { DeltaTable } from '../../delta/table.js'
import { CatalogError } from '../../model/errors.js'
import { TABLE_TYPES, type TableType } from '../../model/schema.js'
import { LocalStorage } from '../../storage/local.js'
import { formatCounted } from '../render/units.js'
import { type Finding, ok, problem, warning } from './finding.js'

/** Reads the log of every table there is: whether it can be read, and how far it has come. */
export async function checkTables(root: string): Promise<readonly Finding[]> {
  const warnings: string[] = []
  const storage = new LocalStorage(root, { onWarning: (message) => warnings.push(message) })
  const findings: Finding[] = []
  try {
    await checkRoot(storage)
  } catch (error) {
    return [problemOf('content', error)]
  }
  for (const table of TABLE_TYPES) {
    const finding = await checkTable(storage, table)
    if (finding !== undefined) findings.push(finding)
  }
  const said = warnings.map((it) => warning('content', it, ['Restore the log from a backup, if there was one.']))
  const isEmpty = findings.length + said.length === 0
  return isEmpty ? [ok('content', 'the catalog is empty')] : [...said, ...findings]
}

async function checkTable(storage: LocalStorage, table: TableType): Promise<Finding | undefined> {
  try {
    const log = new DeltaTable(storage, table)
    const snapshot = await log.snapshot()
    if (snapshot === undefined) {
      await refuseLostLog(storage, table)
      return undefined
    }
    // Also what a checkpoint covers: history and vacuum read it.
    await log.commitsAfter(-1)
    const { version, partitions, protocol } = snapshot
    const files = [...partitions.values()].reduce((sum, it) => sum + it.files.size, 0)
    const size = `${formatCounted(partitions.size, 'series', 'series')}, ${formatCounted(files, 'file')}`
    const needs = `Delta reader ${protocol.minReaderVersion}, writer ${protocol.minWriterVersion}`
    return ok(`log-${table}`, `${table}: version ${version}, ${size} (${needs})`)
  } catch (error) {
    return problemOf(`log-${table}`, error)
  }
}

function problemOf(check: string, error: unknown): Finding {
  if (!(error instanceof CatalogError)) throw error
  return problem(check, error.message, error.steps)
}
