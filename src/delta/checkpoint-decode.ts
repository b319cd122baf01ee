import type { SchemaTree } from 'hyparquet'
import { CatalogCorruptionError, UnsupportedFormatError } from '../model/errors.js'
import type { Action } from './actions.js'
import { type CheckpointColumns, type Leaf, openColumns } from './checkpoint-leaves.js'
import { COMMIT_KEY } from './checkpoint-schema.js'
import type { ExactJson } from './exact-json.js'
import { parseAction } from './parse.js'
import { assemble, type Snapshot } from './snapshot.js'

export interface DecodedCheckpoint {
  readonly snapshot: Snapshot
  /** Of the log file of its version; absent in a checkpoint of another engine. */
  readonly commitSha256: string | undefined
}

type Kind = 'scalar' | 'map' | 'list'

/**
 * The columns that are read, and the fields of each. The first field is there in every action of its kind. Removes come
 * before adds: while no file is known, none is looked for.
 */
const FIELDS: Readonly<Record<'protocol' | 'metaData' | 'add' | 'remove', Readonly<Record<string, Kind>>>> = {
  protocol: { minReaderVersion: 'scalar', minWriterVersion: 'scalar' },
  metaData: {
    id: 'scalar',
    schemaString: 'scalar',
    partitionColumns: 'list',
    configuration: 'map',
    createdTime: 'scalar',
  },
  remove: {
    path: 'scalar',
    partitionValues: 'map',
    size: 'scalar',
    deletionTimestamp: 'scalar',
    dataChange: 'scalar',
    tags: 'map',
  },
  add: {
    path: 'scalar',
    partitionValues: 'map',
    size: 'scalar',
    modificationTime: 'scalar',
    dataChange: 'scalar',
    stats: 'scalar',
    tags: 'map',
  },
}

/** Filled in checkpoints of V2, whose files may be named elsewhere. */
const V2_COLUMNS: readonly string[] = ['checkpointMetadata', 'sidecar']

/**
 * Reads a classic V1 checkpoint of this or another engine.
 *
 * @param where its path, for errors
 * @throws UnsupportedFormatError for a V2 checkpoint or a codec that is not read here, CatalogCorruptionError for one
 *   that is incomplete, and whatever hyparquet throws for bytes that are no Parquet file
 */
export async function decodeCheckpoint(
  bytes: Uint8Array,
  version: number,
  table: string,
  where: string,
): Promise<DecodedCheckpoint> {
  const columns = await openColumns(bytes, where)
  for (const column of columns.schema.children) {
    if (V2_COLUMNS.includes(column.element.name) && rowsOf(columns, column).length > 0) {
      throw new UnsupportedFormatError(`${where}: a checkpoint of V2`)
    }
  }
  const actions: Action[] = []
  for (const [name, fields] of Object.entries(FIELDS)) {
    const column = childOf(columns.schema, name)
    if (column !== undefined) readColumn(columns, column, fields, actions, where)
  }
  return { snapshot: assemble(version, actions, table), commitSha256: columns.properties.get(COMMIT_KEY) }
}

function readColumn(
  columns: CheckpointColumns,
  column: SchemaTree,
  fields: Readonly<Record<string, Kind>>,
  actions: Action[],
  where: string,
): void {
  const { name } = column.element
  const rows = rowsOf(columns, column)
  if (rows.length === 0) return
  const cells = Object.entries(fields).flatMap(([field, kind]) => {
    const node = childOf(column, field)
    return node === undefined ? [] : [{ field, values: READ[kind](columns, node) }]
  })
  for (const row of rows) {
    const json: Record<string, ExactJson> = {}
    for (const { field, values } of cells) json[field] = values[row] ?? null
    const action = parseAction({ [name]: json }, where)
    if (action !== undefined) actions.push(action)
  }
}

/** The rows in which a column of structs is filled. */
function rowsOf(columns: CheckpointColumns, column: SchemaTree): readonly number[] {
  const first = column.children.find((it) => it.children.length === 0)
  if (first === undefined || column.element.repetition_type !== 'OPTIONAL') {
    throw new UnsupportedFormatError(`a checkpoint whose column ${column.element.name} is not an optional struct`)
  }
  const rows: number[] = []
  columns.read(first).definitionLevels.forEach((level, row) => {
    if (level > 0) rows.push(row)
  })
  return rows
}

/** One value a row; nothing where it is missing. */
const READ: Readonly<Record<Kind, (columns: CheckpointColumns, node: SchemaTree) => readonly ExactJson[]>> = {
  scalar: readScalars,
  map: readTextMaps,
  list: readTextLists,
}

function readScalars(columns: CheckpointColumns, node: SchemaTree): readonly ExactJson[] {
  const { values, definitionLevels, valueLevel } = columns.read(node)
  let next = 0
  return definitionLevels.map((level) => (level === valueLevel ? scalar(values[next++]) : null))
}

/** INT64 comes as a bigint; one beyond 2^53 stays one, and is refused where a number is asked for. */
function scalar(value: unknown): ExactJson {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null
}

function readTextMaps(columns: CheckpointColumns, node: SchemaTree): readonly ExactJson[] {
  const [entry] = node.children
  const [keyNode, valueNode] = [entry && childOf(entry, 'key'), entry && childOf(entry, 'value')]
  if (keyNode === undefined || valueNode === undefined) throw notText(node)
  const [keys, values] = [columns.read(keyNode), columns.read(valueNode)]
  const rows: (Record<string, string> | null)[] = []
  let [nextKey, nextValue] = [0, 0]
  for (let i = 0; i < keys.definitionLevels.length; i++) {
    if (keys.repetitionLevels[i] === 0) rows.push(isList(keys, i) ? {} : null)
    if (!isElement(keys, i)) continue
    const key = keys.values[nextKey++]
    const value = values.definitionLevels[i] === values.valueLevel ? values.values[nextValue++] : null
    const map = rows.at(-1)
    if (typeof key !== 'string' || (value !== null && typeof value !== 'string') || !map) throw notText(node)
    if (value !== null) map[key] = value
  }
  return rows
}

function readTextLists(columns: CheckpointColumns, node: SchemaTree): readonly ExactJson[] {
  let leaf = node
  while (leaf.children[0] !== undefined) leaf = leaf.children[0]
  const elements = columns.read(leaf)
  const rows: (string[] | null)[] = []
  let next = 0
  for (let i = 0; i < elements.definitionLevels.length; i++) {
    if (elements.repetitionLevels[i] === 0) rows.push(isList(elements, i) ? [] : null)
    if (!isElement(elements, i)) continue
    const element = elements.values[next++]
    if (typeof element !== 'string') throw notText(node)
    rows.at(-1)?.push(element)
  }
  return rows
}

/** Whether a list or map is there, be it empty. */
function isList({ definitionLevels, elementLevel }: Leaf, i: number): boolean {
  return (definitionLevels[i] as number) >= elementLevel - 1
}

function isElement({ definitionLevels, elementLevel }: Leaf, i: number): boolean {
  return (definitionLevels[i] as number) >= elementLevel
}

function childOf(node: SchemaTree, name: string): SchemaTree | undefined {
  return node.children.find((it) => it.element.name === name)
}

/** What was not recognised is no empty map: better no checkpoint than a wrong one. */
function notText({ path }: SchemaTree): CatalogCorruptionError {
  return new CatalogCorruptionError(`a checkpoint whose ${path.join('.')} holds something else than text`)
}
