import { formatInstant, MS_NS } from '../model/time.js'
import type { Action, AddFile, FileStats, RemoveFile } from './actions.js'
import { SEAL_FIELD, SEALED_FIELD } from './commit-seal.js'
import { type ExactJson, stringifyExactJson } from './exact-json.js'
import type { JsonObject } from './parse.js'

/** One commit as the text of its log file, not sealed yet: an action a line. */
export function serializeActions(actions: readonly Action[]): string {
  return `${actions.map((action) => stringifyExactJson({ [action.kind]: actionToJson(action) })).join('\n')}\n`
}

/** One action as the protocol spells it: what stands under its name in a log file, or in its column of a checkpoint. */
export function actionToJson(action: Action): JsonObject {
  switch (action.kind) {
    case 'commitInfo': {
      const { timestampMs, operation, operationParameters, engineInfo, txnId } = action.commitInfo
      return {
        ...SEAL_FIELD,
        timestamp: timestampMs,
        operation,
        operationParameters,
        engineInfo,
        txnId,
        ...SEALED_FIELD,
      }
    }
    case 'protocol':
      return { ...action.protocol }
    case 'metaData': {
      const { id, schemaString, partitionColumns, configuration, createdTimeMs } = action.metaData
      const format = { provider: 'parquet', options: {} }
      return { id, format, schemaString, partitionColumns, configuration, createdTime: createdTimeMs }
    }
    case 'add':
      return addToJson(action.add)
    case 'remove':
      return removeToJson(action.remove)
  }
}

function addToJson(add: AddFile): JsonObject {
  return {
    path: pathToUri(add.path),
    partitionValues: add.partitionValues,
    size: add.sizeBytes,
    modificationTime: add.modificationTimeMs,
    dataChange: add.dataChange,
    ...(add.stats === undefined ? {} : { stats: stringifyExactJson(statsToJson(add.stats)) }),
    tags: add.tags,
  }
}

function removeToJson(remove: RemoveFile): JsonObject {
  return {
    path: pathToUri(remove.path),
    deletionTimestamp: remove.deletionTimestampMs,
    dataChange: remove.dataChange,
    extendedFileMetadata: true,
    partitionValues: remove.partitionValues,
    size: remove.sizeBytes,
    tags: remove.tags,
  }
}

/**
 * Statistics as other engines prune by them. Integers keep all 19 digits; `timestamp` has milliseconds only, so its
 * minimum is rounded down and its maximum up (PROTOCOL.md, "Per-file Statistics"): a file must never be skipped.
 */
function statsToJson({ numRecords, tsEvent, tsInit }: FileStats): ExactJson {
  if (tsEvent === undefined && tsInit === undefined) return { numRecords }
  return {
    numRecords,
    minValues: {
      ...(tsEvent && { ts_event: tsEvent.minNs }),
      ...(tsInit && { ts_init: tsInit.minNs }),
      ...(tsEvent && { timestamp: millisecondText(tsEvent.minNs, 0n) }),
    },
    maxValues: {
      ...(tsEvent && { ts_event: tsEvent.maxNs }),
      ...(tsInit && { ts_init: tsInit.maxNs }),
      ...(tsEvent && { timestamp: millisecondText(tsEvent.maxNs, MS_NS - 1n) }),
    },
    nullCount: { ...(tsEvent && { ts_event: 0 }), ...(tsInit && { ts_init: 0 }), ...(tsEvent && { timestamp: 0 }) },
  }
}

function millisecondText(ns: bigint, roundUpNs: bigint): string {
  const ms = BigInt.asIntN(64, ns + roundUpNs) / MS_NS
  const text = formatInstant(ms * MS_NS)
  return text.includes('.') ? text : text.replace('Z', '.000Z')
}

/** `add.path` is a URI: a `%` of the encoded directory on disk becomes `%25` in the log. `=` may stand in a URI as it is. */
function pathToUri(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/').replaceAll('%3D', '=')
}
