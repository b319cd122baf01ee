import { CatalogCorruptionError, UnsupportedFormatError } from '../model/errors.js'
import type { PartitionValues } from '../model/series.js'
import type { Action, AddFile, CommitInfo, FileStats, RemoveFile, Tags } from './actions.js'
import { type ExactJson, parseExactJson } from './exact-json.js'
import { REBUILD_STEP } from './rebuild-step.js'

export type JsonObject = { readonly [key: string]: ExactJson }

/**
 * Reads one log file. Unknown actions and fields are passed over, as the protocol asks of readers.
 *
 * @param file its path, for errors
 * @throws CatalogCorruptionError when the text is not a commit
 * @throws UnsupportedFormatError when a path leads out of the table
 */
export function parseActions(text: string, file: string): readonly Action[] {
  const actions: Action[] = []
  let lines = 0
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue
    lines++
    const action = parseLine(line, `${file} line ${index + 1}`)
    if (action !== undefined) actions.push(action)
  }
  if (lines === 0) throw damagedLog(`${file} holds no action`)
  return actions
}

function parseLine(line: string, where: string): Action | undefined {
  return parseAction(parseJson(line, where), where)
}

/**
 * Reads one action, a line of a log file or a row of a checkpoint; `undefined` for one of a kind unknown here.
 *
 * @param where names it in errors
 * @throws CatalogCorruptionError for an action without what it must have, UnsupportedFormatError for a path outside
 */
export function parseAction(json: JsonObject, where: string): Action | undefined {
  if (isObject(json['add'])) return { kind: 'add', add: parseAdd(json['add'], where) }
  if (isObject(json['remove'])) return { kind: 'remove', remove: parseRemove(json['remove'], where) }
  if (isObject(json['commitInfo'])) return { kind: 'commitInfo', commitInfo: parseCommitInfo(json['commitInfo']) }
  if (isObject(json['metaData'])) {
    const { id, schemaString, partitionColumns, configuration, createdTime } = json['metaData']
    const columns = Array.isArray(partitionColumns) ? partitionColumns.map(String) : []
    return {
      kind: 'metaData',
      metaData: {
        id: text(id, where),
        schemaString: text(schemaString, where),
        partitionColumns: columns,
        configuration: stringMap(configuration),
        createdTimeMs: integerOrZero(createdTime),
      },
    }
  }
  if (isObject(json['protocol'])) {
    const { minReaderVersion, minWriterVersion } = json['protocol']
    return {
      kind: 'protocol',
      protocol: {
        minReaderVersion: integer(minReaderVersion, where),
        minWriterVersion: integer(minWriterVersion, where),
      },
    }
  }
  return undefined
}

/** Lines without a 16-digit integer outside their strings (all but foreign ones) take the fast way. */
function parseJson(line: string, where: string): JsonObject {
  let json: ExactJson
  try {
    json = JSON.parse(line)
  } catch (cause) {
    throw damagedLog(`${where} is not JSON`, cause)
  }
  if (!isObject(json)) throw damagedLog(`${where} is not an action`)
  return json
}

function parseAdd(json: JsonObject, where: string): AddFile {
  return {
    path: parsePath(json['path'], where),
    partitionValues: partitionValues(json['partitionValues'], where),
    sizeBytes: integer(json['size'], where),
    modificationTimeMs: integerOrZero(json['modificationTime']),
    dataChange: json['dataChange'] !== false,
    stats: typeof json['stats'] === 'string' ? parseStats(json['stats'], where) : undefined,
    tags: stringMap(json['tags']),
  }
}

function parseRemove(json: JsonObject, where: string): RemoveFile {
  return {
    path: parsePath(json['path'], where),
    partitionValues: stringMap(json['partitionValues']),
    sizeBytes: integerOrZero(json['size']),
    deletionTimestampMs: integerOrZero(json['deletionTimestamp']),
    dataChange: json['dataChange'] !== false,
    tags: stringMap(json['tags']),
  }
}

function parseCommitInfo(json: JsonObject): CommitInfo {
  return {
    timestampMs: Number(json['timestamp'] ?? 0),
    operation: String(json['operation'] ?? 'UNKNOWN'),
    operationParameters: stringMap(json['operationParameters']),
    engineInfo: String(json['engineInfo'] ?? ''),
    txnId: String(json['txnId'] ?? ''),
  }
}

/** Statistics as this program writes them: most of a log, and ten times faster to read than by way of JSON. */
const OWN_STATS =
  /^\{"numRecords":(\d+),"minValues":\{"ts_event":(-?\d+),"ts_init":(-?\d+),[^{}]*\},"maxValues":\{"ts_event":(-?\d+),"ts_init":(-?\d+),[^{}]*\},"nullCount":\{[^{}]*\}\}$/

function parseStats(statsText: string, where: string): FileStats | undefined {
  const own = OWN_STATS.exec(statsText)
  if (own !== null) {
    const [, numRecords, minEvent = '', minInit = '', maxEvent = '', maxInit = ''] = own
    return {
      numRecords: Number(numRecords),
      tsEvent: { minNs: BigInt(minEvent), maxNs: BigInt(maxEvent) },
      tsInit: { minNs: BigInt(minInit), maxNs: BigInt(maxInit) },
    }
  }
  let json: ExactJson
  try {
    json = parseExactJson(statsText)
  } catch (cause) {
    throw damagedLog(`${where}: the statistics are not JSON`, cause)
  }
  // Statistics that do not count the rows are none: "no rows" is what a file must say of itself.
  if (!isObject(json) || typeof json['numRecords'] !== 'number') return undefined
  const { numRecords, minValues, maxValues } = json
  const range = (column: string): { minNs: bigint; maxNs: bigint } | undefined => {
    const min = isObject(minValues) ? minValues[column] : undefined
    const max = isObject(maxValues) ? maxValues[column] : undefined
    return isIntegral(min) && isIntegral(max) ? { minNs: BigInt(min), maxNs: BigInt(max) } : undefined
  }
  return { numRecords, tsEvent: range('ts_event'), tsInit: range('ts_init') }
}

/** No data file lies here: what a commit removes vacuum deletes, and that must not be the log or a quarantined file. */
const OWN_DIRECTORIES = /^_(?:delta_log|quarantine|tmp|lock|leases)[^/]*(?:\/|$)/

/** A path that would leave the table is refused: a log from elsewhere must not make us read or move other files. */
function parsePath(value: ExactJson | undefined, where: string): string {
  const uri = text(value, where)
  let path: string
  try {
    path = uri.includes('%') ? decodeURIComponent(uri) : uri
  } catch (cause) {
    throw damagedLog(`${where}: '${uri}' is not a path`, cause)
  }
  const segments = path.split('/')
  const isOutside = /^[a-zA-Z][a-zA-Z0-9+.-]*:/.test(uri) || path.includes('\\') || path.includes('\0')
  if (isOutside || OWN_DIRECTORIES.test(path) || segments.some((it) => it === '' || it === '.' || it === '..')) {
    throw new UnsupportedFormatError(`${where}: the path '${uri}' is not one of a data file inside the table`, {
      steps: ['Only tables whose files lie below their own directory can be read.'],
    })
  }
  return path
}

function partitionValues(value: ExactJson | undefined, where: string): PartitionValues {
  if (!isObject(value ?? null)) throw damagedLog(`${where}: the file has no partition values`)
  return stringMap(value)
}

function stringMap(value: ExactJson | undefined): Tags {
  const map: Record<string, string> = {}
  if (!isObject(value)) return map
  for (const key of Object.keys(value)) {
    const item = value[key] ?? null
    if (item !== null) map[key] = String(item)
  }
  return map
}

function isObject(value: ExactJson | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isIntegral(value: ExactJson | undefined): value is number | bigint {
  return typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value))
}

function text(value: ExactJson | undefined, where: string): string {
  if (typeof value !== 'string') throw damagedLog(`${where}: a text is missing`)
  return value
}

function integer(value: ExactJson | undefined, where: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw damagedLog(`${where}: a number is missing`)
  return value
}

/** What only informs must not make a log unreadable, nor bring a NaN into it. */
function integerOrZero(value: ExactJson | undefined): number {
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : 0
}

export function damagedLog(what: string, cause?: unknown): CatalogCorruptionError {
  return new CatalogCorruptionError(`the transaction log is damaged: ${what}`, {
    steps: ['Restore the file from a backup of the catalog (log files never change once written).', REBUILD_STEP],
    cause,
  })
}
