import type { Snapshot } from '../../delta/snapshot.js'
import { type InstrumentId, parseInstrumentId } from '../../model/instrument.js'
import type { Storage } from '../../storage/storage.js'
import type { CommitOptions } from '../catalog-types.js'
import { liveFilesOf, seriesIn } from '../files/live-file.js'
import { loadRows } from '../files/load-rows.js'
import { runTransaction, type TransactionContext } from '../write/transaction.js'
import type { Committed } from '../write/writing.js'
import type { InstrumentDefinition, InstrumentRecord } from './instrument-record.js'
import { lastRecord } from './instrument-rows.js'
import { checkDefinition } from './instrument-rules.js'

export interface PutInstrumentOptions extends CommitOptions {
  /** Takes a changed contract id as it is: the record begins anew with what this definition says. */
  readonly replaceContract?: boolean
}

/** @throws InvalidDataError, InvalidRequestError, WriteConflictError, CatalogLockedError, StorageError */
export async function commitInstrument(
  context: TransactionContext,
  definition: InstrumentDefinition,
  { replaceContract = false }: PutInstrumentOptions,
): Promise<Committed> {
  const said = checkDefinition(definition)
  const series = { type: 'instruments', instrument: said.instrument } as const
  const result = await runTransaction(context, {
    type: 'instruments',
    operation: 'RECORD',
    parameters: { instrument: said.instrument },
    operations: [{ kind: 'record', series, said, nowNs: context.clock(), replaceContract }],
  })
  // So that the catalog's version() is the state this commit made.
  await context.table.snapshot()
  return { ...result, rows: 1, collapsed: 0 }
}

/**
 * The newest record of an instrument in a snapshot of the table.
 *
 * @throws InvalidRequestError for an id that is none, CatalogCorruptionError for a damaged file, DecodeError
 */
export async function readInstrument(
  storage: Storage,
  snapshot: Snapshot | undefined,
  id: string,
): Promise<InstrumentRecord | undefined> {
  const series = { type: 'instruments', instrument: parseInstrumentId(id) } as const
  for (const file of liveFilesOf(snapshot, series).toReversed()) {
    const record = lastRecord(series.instrument, await loadRows(storage, series, file))
    if (record !== undefined) return record
  }
  return undefined
}

/** The newest record of every instrument in a snapshot of the table, by id. @throws like {@link readInstrument} */
export async function readInstruments(
  storage: Storage,
  snapshot: Snapshot | undefined,
): Promise<readonly InstrumentRecord[]> {
  const records: InstrumentRecord[] = []
  const ids: readonly InstrumentId[] = seriesIn('instruments', snapshot).map((it) => it.instrument)
  for (const id of [...ids].sort()) {
    const record = await readInstrument(storage, snapshot, id)
    if (record !== undefined) records.push(record)
  }
  return records
}
