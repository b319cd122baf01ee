import { shellWord } from '../../model/command-text.js'
import { WriteConflictError } from '../../model/errors.js'
import { concatFrames } from '../../model/frame-edit.js'
import type { Interval } from '../../model/interval.js'
import { MAX_NS, MIN_NS } from '../../model/time.js'
import { type CoverageEntry, overlay } from '../coverage/coverage.js'
import type { RecordOperation } from '../write/operations.js'
import type { SeriesEdit } from '../write/series-edit.js'
import { type CheckedDefinition, type InstrumentRecord, saySame, withNewWord } from './instrument-record.js'
import { frameOfRecord, lastRecord } from './instrument-rows.js'

/**
 * Adds a record to those of its instrument, unless it says nothing new. It is compared with the newest one of the very
 * snapshot that is committed on: of two processes that name different contracts at once, one is refused.
 *
 * @throws WriteConflictError when a source's contract id is another one than was known
 */
export async function applyRecord(edit: SeriesEdit, operation: RecordOperation): Promise<void> {
  const { series, said, nowNs } = operation
  edit.watch(EVERYTHING)
  const newest = edit.filesIn(EVERYTHING).findLast((it) => it.numRows > 0)
  const known = newest && lastRecord(series.instrument, await edit.load(newest))
  const next = known === undefined ? said : merged(known, operation)
  if (known !== undefined && saySame(known, next)) return
  // Later than what is known, whatever the clock says: the newest record is the one that counts.
  const recordedAtNs = known === undefined || nowNs > known.recordedAtNs ? nowNs : known.recordedAtNs + 1n
  const instant: Interval = { startNs: recordedAtNs, endNs: recordedAtNs + 1n }
  const entry: CoverageEntry = { ...instant, state: 'data', provenance: {} }
  for (const bucket of edit.bucketsFor([instant])) {
    const rows = [await edit.rowsOf(bucket), frameOfRecord({ ...next, recordedAtNs })]
    await edit.set(bucket, concatFrames(series.type, rows), overlay(bucket.coverage, [entry]))
  }
}

/** Two records made at once, on both sides of midnight, lie in different days and still contradict each other. */
const EVERYTHING: Interval = { startNs: MIN_NS, endNs: MAX_NS }

/** What is left out stays as it was known; of another contract nothing was known. */
function merged(known: InstrumentRecord, { said, replaceContract }: RecordOperation): CheckedDefinition {
  const changed = Object.entries(said.contractIds ?? {}).find(([source, id]) => {
    const before = known.contractIds
    return before !== undefined && Object.hasOwn(before, source) && before[source] !== id
  })
  if (changed === undefined) return withNewWord(known, said)
  if (replaceContract) return said
  const [source, id] = changed
  throw contractChanged(known, source, id)
}

function contractChanged(known: InstrumentRecord, source: string, id: string): WriteConflictError {
  const { instrument, contractIds } = known
  return new WriteConflictError(
    `${instrument} was contract ${contractIds?.[source]} at ${source} and is now given as contract ${id}: ` +
      'usually the symbol is used again, for another company, and the stored history is not its own',
    {
      steps: [
        `Look at both contracts at ${source}, and at what is known of the first: ntrader data instruments ${shellWord(instrument)}`,
        'Another company: keep its history under an id of its own, or in another catalog: --catalog PATH',
        `The same one under a new number: catalog.putInstrument(definition, { replaceContract: true })`,
      ],
    },
  )
}
