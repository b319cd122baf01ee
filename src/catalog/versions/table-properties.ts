import type { Snapshot } from '../../delta/snapshot.js'
import type { TableType } from '../../model/schema.js'
import { commitInfoOf, untilCommitted } from '../write/commit-race.js'
import type { TransactionContext } from '../write/transaction.js'

/** A table's properties as the log holds them: `TableMetadata.configuration`. */
export type Properties = Readonly<Record<string, string>>

export interface PropertiesChange {
  readonly type: TableType
  /** What history shows: `SNAPSHOT`, `VACUUM`. */
  readonly operation: string
  readonly parameters: Readonly<Record<string, string>>
  /** The new properties, planned on the newest snapshot, again after each lost race; `undefined` for no change. */
  readonly change: (base: Snapshot) => Properties | undefined
  /** Plans, and so refuses what it would refuse; commits nothing. */
  readonly dryRun?: boolean | undefined
}

/**
 * Changes the properties of a table as one commit. Every transaction that was planned before it is planned again: a
 * horizon that moved must be seen by a restore that would reach below it.
 *
 * @returns whether there was anything to change
 * @throws CatalogLockedError, WriteConflictError, StorageError, whatever `change` throws
 */
export async function changeProperties(context: TransactionContext, request: PropertiesChange): Promise<boolean> {
  const { table } = context
  const first = await table.snapshot()
  if (first === undefined || request.change(first) === undefined) return false
  if (request.dryRun === true) return true
  return untilCommitted(context, request.type, async () => {
    const base = (await table.snapshot()) ?? first
    const configuration = request.change(base)
    if (configuration === undefined) return false
    const isCommitted = await table.commit(base.version + 1, [
      commitInfoOf(context, request.operation, request.parameters),
      { kind: 'metaData', metaData: { ...base.metadata, configuration } },
    ])
    if (!isCommitted) return 'conflict'
    await table.snapshot()
    context.onCommitted()
    return true
  })
}
