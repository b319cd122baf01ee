/**
 * What changes a catalog. It is loaded by the first change and not by opening: the command line reads far more often
 * than it writes, and starts 20 ms sooner for it.
 *
 * @module
 */
export { moveToQuarantine } from './quarantine.js'
export { runTransaction } from './transaction.js'
export { TransactionDraft } from './transaction-draft.js'
