import type { TableType } from '../../model/schema.js'
import { MS_NS } from '../../model/time.js'
import type { OpenCatalog } from '../open-catalog.js'
import { type RebuildOptions, type RebuildReport, rebuild } from '../rebuild/rebuild.js'
import type { TransactionContext } from '../write/transaction.js'
import { interruptedMoves, moveToQuarantine } from './quarantine.js'

/** A temporary file this old belongs to nobody: no write takes an hour to be published. */
const ABANDONED_MS = 60 * 60 * 1000

export interface RepairOptions extends RebuildOptions {
  /** Makes lost and damaged logs anew from the data files, before all else. */
  readonly rebuild?: boolean
}

export interface RepairReport {
  /** Damaged files whose way to `_quarantine/` a crash had interrupted. */
  readonly moved: readonly string[]
  /** Temporary files of crashed writers that were removed. */
  readonly temporaries: readonly string[]
  /** Tables whose checkpoint, or the pointer to it, was missing or damaged, and was written anew. */
  readonly checkpoints: readonly TableType[]
  /** With `rebuild`: the logs that were made anew. */
  readonly rebuilt?: readonly RebuildReport[]
}

/**
 * Finishes what a crash interrupted: moves to quarantine, temporary files, checkpoints and the pointer to the newest.
 * Nothing of that is needed for the catalog to be right, only for it to be tidy and quick, and no log is touched. With
 * `rebuild`, logs that are lost or damaged are made anew before.
 *
 * @throws StorageError, CatalogCorruptionError for a damaged log
 */
export async function repair(open: OpenCatalog, options: RepairOptions): Promise<RepairReport> {
  const rebuilt = options.rebuild === true ? await rebuild(open, options) : undefined
  const tidied = await tidy(open, options, options.dryRun === true ? (rebuilt ?? []) : [])
  return rebuilt === undefined ? tidied : { ...tidied, rebuilt }
}

/**
 * The tables, or the one that was named: what another's log is like must not hide what a rebuild has done.
 *
 * @param without tables whose log does not read, because it was not really rebuilt
 */
async function tidy(
  open: OpenCatalog,
  options: RepairOptions,
  without: readonly RebuildReport[],
): Promise<RepairReport> {
  const [moved, temporaries, checkpoints]: [string[], string[], TableType[]] = [[], [], []]
  const types = options.type === undefined ? open.tables.types : [options.type]
  for (const type of types.filter((it) => !without.some((report) => report.type === it))) {
    const context = open.context(type, options)
    const snapshot = await context.table.snapshot()
    const isDry = options.dryRun === true
    // Also where a crash took the very first write.
    temporaries.push(...(await removeAbandoned(context, type, isDry)))
    if (snapshot === undefined) continue
    moved.push(
      ...(isDry
        ? await interruptedMoves(context.storage, type, snapshot)
        : await moveToQuarantine(context.storage, type, snapshot)),
    )
    if (await context.table.needsCheckpoint()) {
      checkpoints.push(type)
      if (!isDry) await context.table.checkpoint()
    }
  }
  return { moved, temporaries, checkpoints }
}

async function removeAbandoned(
  { storage, clock }: TransactionContext,
  type: TableType,
  isDry: boolean,
): Promise<readonly string[]> {
  const nowMs = Number(clock() / MS_NS)
  const files = await storage.listFiles(`${type}/_tmp`)
  const abandoned = files.filter((it) => nowMs - it.modifiedMs > ABANDONED_MS).map((it) => it.path)
  if (!isDry) for (const path of abandoned) await storage.remove(path)
  return abandoned
}
