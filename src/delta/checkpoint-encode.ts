import { VERSION } from '../version.js'
import type { Action } from './actions.js'
import { CHECKPOINT_SCHEMA, COMMIT_KEY } from './checkpoint-schema.js'
import { BLANK_SEAL, SEAL_KEY, seal } from './checkpoint-seal.js'
import type { JsonObject } from './parse.js'
import { actionToJson } from './serialize.js'
import type { Snapshot } from './snapshot.js'

const ROWS_PER_GROUP = 100_000
/** One page a column and row group, which readers take as it is. */
const PAGE_BYTES = 1 << 28

/** Fields that are `long` in the protocol, and come as a number. */
const LONGS = ['size', 'modificationTime', 'deletionTimestamp', 'createdTime']

/**
 * Encodes a snapshot as a classic V1 checkpoint: one Parquet file, a row for each action, SNAPPY. The one door to
 * hyparquet-writer, which is loaded by the first checkpoint.
 *
 * @param commitSha256 of the log file of its version, by which a reader knows that the checkpoint belongs to this log
 */
export async function encodeCheckpoint(snapshot: Snapshot, commitSha256: string): Promise<Uint8Array> {
  const { parquetWriteBuffer } = await import('hyparquet-writer')
  const rows = actionsOf(snapshot)
  const column = (kind: string): (JsonObject | undefined)[] =>
    rows.map((action) => (action.kind === kind ? rowOf(action) : undefined))
  const names = ['txn', 'add', 'remove', 'metaData', 'protocol']
  const file = new Uint8Array(
    parquetWriteBuffer({
      schema: [...CHECKPOINT_SCHEMA],
      columnData: names.map((name) => ({ name, data: column(name) })),
      statistics: false,
      rowGroupSize: ROWS_PER_GROUP,
      pageSize: PAGE_BYTES,
      createdBy: `ntrader-catalog version ${VERSION}`,
      kvMetadata: [
        { key: COMMIT_KEY, value: commitSha256 },
        { key: SEAL_KEY, value: BLANK_SEAL },
      ],
    }),
  )
  seal(file)
  return file
}

function actionsOf({ protocol, metadata, partitions, removed }: Snapshot): readonly Action[] {
  const actions: Action[] = [
    { kind: 'protocol', protocol },
    { kind: 'metaData', metaData: metadata },
  ]
  for (const { files } of partitions.values()) for (const add of files.values()) actions.push({ kind: 'add', add })
  for (const remove of removed.values()) actions.push({ kind: 'remove', remove })
  return actions
}

function rowOf(action: Action): JsonObject {
  const json: Record<string, JsonObject[string]> = { ...actionToJson(action) }
  for (const name of LONGS) {
    const value = json[name]
    if (typeof value === 'number') json[name] = BigInt(value)
  }
  return json
}
