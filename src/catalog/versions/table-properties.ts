import { randomUUID } from 'node:crypto'
import type { Snapshot } from '../../delta/snapshot.js'
import { WriteConflictError } from '../../model/errors.js'
import type { TableType } from '../../model/schema.js'
import { MS_NS } from '../../model/time.js'
import { ATTEMPTS_MAX, type TransactionContext, takeLock } from '../write/transaction.js'

/** A table's properties as the log holds them: `TableMetadata.configuration`. */
export type Properties = Readonly<Record<string, string>>

export interface PropertiesChange {
  readonly type: TableType
  /** What history shows: `SNAPSHOT`, `VACUUM`. */
  readonly operation: string
  readonly parameters: Readonly<Record<string, string>>
  /** The new properties, planned on the newest snapshot, again after each lost race; `undefined` for no change. */
  readonly change: (base: Snapshot) => Properties | undefined
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
  const lock = await takeLock(context, request.type)
  try {
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      const base = (await table.snapshot()) ?? first
      const configuration = request.change(base)
      if (configuration === undefined) return false
      const { operation, parameters: operationParameters } = request
      const timestampMs = Number(context.clock() / MS_NS)
      const { engineInfo } = context
      const isCommitted = await table.commit(base.version + 1, [
        {
          kind: 'commitInfo',
          commitInfo: { timestampMs, operation, operationParameters, engineInfo, txnId: randomUUID() },
        },
        { kind: 'metaData', metaData: { ...base.metadata, configuration } },
      ])
      if (isCommitted) {
        await table.snapshot()
        context.onCommitted()
        return true
      }
    }
  } finally {
    await lock?.release()
  }
  throw new WriteConflictError(`lost ${ATTEMPTS_MAX} races in a row against other writers`, {
    steps: ['Run again when fewer processes write.'],
  })
}
