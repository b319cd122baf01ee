import { randomUUID } from 'node:crypto'
import type { Action } from '../../delta/actions.js'
import { WriteConflictError } from '../../model/errors.js'
import type { TableType } from '../../model/schema.js'
import { MS_NS } from '../../model/time.js'
import type { HeldLock } from '../../storage/storage.js'
import type { TransactionContext } from './transaction.js'

/** Races lost in a row before a writer gives up. Each costs one planning; eight busy writers need a handful. */
export const ATTEMPTS_MAX = 200

/**
 * Attempts a commit, under the table's lock, until one attempt has not lost its race. The lock spares work; what decides
 * is the put-if-absent of the log, so that a lost lock costs another attempt and nothing else.
 *
 * @throws CatalogLockedError, WriteConflictError after {@link ATTEMPTS_MAX} lost races, whatever an attempt throws
 */
export async function untilCommitted<R>(
  context: TransactionContext,
  type: TableType,
  attempt: () => Promise<R | 'conflict'>,
): Promise<R> {
  const lock = await takeLock(context, type)
  try {
    for (let count = 0; count < ATTEMPTS_MAX; count++) {
      const result = await attempt()
      if (result !== 'conflict') return result
    }
  } finally {
    await lock?.release()
  }
  throw new WriteConflictError(`lost ${ATTEMPTS_MAX} races in a row against other writers`, {
    steps: ['Run again when fewer processes write the same days, or open the catalog with its lock.'],
  })
}

/** The table's lock, or nothing for a catalog without one. */
async function takeLock(context: TransactionContext, type: TableType): Promise<HeldLock | undefined> {
  if (context.lockTimeoutMs === undefined) return undefined
  const { storage, lockTimeoutMs: timeoutMs, onLockWait, signal, log } = context
  const onWait = (holder: string): void => {
    log.warn({ type, holder }, 'waiting for the lock')
    onLockWait?.(holder)
  }
  return storage.lock(`${type}/_lock`, { timeoutMs, onWait, ...(signal === undefined ? {} : { signal }) })
}

/** What every commit begins with. Its `txnId` is this attempt's own. */
export function commitInfoOf(
  { clock, engineInfo }: TransactionContext,
  operation: string,
  operationParameters: Readonly<Record<string, string>>,
): Action & { readonly kind: 'commitInfo' } {
  const timestampMs = Number(clock() / MS_NS)
  const commitInfo = { timestampMs, operation, operationParameters, engineInfo, txnId: randomUUID() }
  return { kind: 'commitInfo', commitInfo }
}
