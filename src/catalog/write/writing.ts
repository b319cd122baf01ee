import type { RecordType } from '../../model/schema.js'
import type { Transaction } from '../catalog-types.js'
import { moveToQuarantine } from '../maintenance/quarantine.js'
import { type CommitResult, runTransaction, type TransactionContext } from './transaction.js'
import { parametersOf, TransactionDraft } from './transaction-draft.js'

/** A commit, with what was given to it. */
export type Committed = CommitResult & { readonly rows: number; readonly collapsed: number }

/**
 * Collects the caller's steps, commits them as one, and moves to quarantine what they took out as damaged.
 *
 * Loaded by the first change and not by opening a catalog: the command line reads far more often than it writes, and
 * starts 20 ms sooner for it.
 */
export async function commitSteps(
  context: TransactionContext,
  request: { readonly type: RecordType; readonly operation: string },
  steps: (tx: Transaction) => Promise<void> | void,
): Promise<Committed> {
  const draft = new TransactionDraft(request.type, context.clock())
  await steps(draft)
  const operations = await draft.finish()
  const { rows, collapsed } = draft
  const result = await runTransaction(context, { ...request, parameters: parametersOf(operations), operations })
  const snapshot = await context.table.snapshot()
  const hasDropped = operations.some((it) => it.kind === 'drop')
  if (snapshot !== undefined && hasDropped) await moveToQuarantine(context.storage, request.type, snapshot)
  return { ...result, rows, collapsed }
}
