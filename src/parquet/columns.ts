import { UnsupportedFormatError } from '../model/errors.js'
import type { ColumnKind, ColumnSpec } from '../model/schema.js'
import { intIn, OPTIONAL, PHYSICAL_TYPES, type PhysicalType, REPEATED, SCHEMA, structIn, textIn } from './format.js'
import type { ThriftStruct } from './thrift.js'

/** One top-level column as a file's footer declares it. */
export interface FileColumn {
  readonly name: string
  /** Place among the top-level columns, which is its place in the decoded struct. */
  readonly index: number
  /** `GROUP` for lists, maps and structs, which no record type has. */
  readonly physicalType: PhysicalType | 'GROUP'
  readonly required: boolean
  /** What the integers or bytes mean, `undefined` for plain ones: `STRING`, `TIMESTAMP`, `DECIMAL`… */
  readonly annotation: string | undefined
}

/** The top-level columns of a footer's flattened schema tree. */
export function readColumns(elements: readonly ThriftStruct[]): readonly FileColumn[] {
  const columns: FileColumn[] = []
  for (let at = 1; at < elements.length; at = endOfSubtree(elements, at)) {
    columns.push(readColumn(elements[at] as ThriftStruct, columns.length))
  }
  return columns
}

/** Index of the element after the one at `at` and all its descendants. */
export function endOfSubtree(elements: readonly ThriftStruct[], at: number): number {
  let open = 1
  let next = at
  while (open > 0 && next < elements.length) {
    open += (intIn(elements[next] as ThriftStruct, SCHEMA.numChildren) ?? 0) - 1
    next++
  }
  return next
}

function readColumn(element: ThriftStruct, index: number): FileColumn {
  const physicalType = PHYSICAL_TYPES[intIn(element, SCHEMA.type) ?? -1] ?? 'GROUP'
  const repetition = intIn(element, SCHEMA.repetition)
  return {
    name: textIn(element, SCHEMA.name) ?? '',
    index,
    physicalType: repetition === REPEATED ? 'GROUP' : physicalType,
    required: repetition !== OPTIONAL,
    annotation: annotationOf(element),
  }
}

const LOGICAL_TYPES = new Map([
  [1, 'STRING'],
  [4, 'ENUM'],
  [5, 'DECIMAL'],
  [6, 'DATE'],
  [7, 'TIME'],
  [8, 'TIMESTAMP'],
  [12, 'JSON'],
  [14, 'UUID'],
  [15, 'FLOAT16'],
])
const INTEGER = 10
const IS_SIGNED = 2

/** Names of the older ConvertedType; `''` where it says nothing that the physical type does not say (INT_64). */
const CONVERTED_TYPES = new Map([
  [0, 'STRING'],
  [4, 'ENUM'],
  [5, 'DECIMAL'],
  [6, 'DATE'],
  [7, 'TIME'],
  [8, 'TIME'],
  [9, 'TIMESTAMP'],
  [10, 'TIMESTAMP'],
  [14, 'UNSIGNED'],
  [18, ''],
  [19, 'JSON'],
])

function annotationOf(element: ThriftStruct): string | undefined {
  const logical = structIn(element, SCHEMA.logicalType)
  for (const [id, { value }] of logical ?? []) {
    if (id !== INTEGER) return LOGICAL_TYPES.get(id) ?? `logical type ${id}`
    return value instanceof Map && value.get(IS_SIGNED)?.value === false ? 'UNSIGNED' : undefined
  }
  const converted = intIn(element, SCHEMA.convertedType)
  if (converted === undefined) return undefined
  return (CONVERTED_TYPES.get(converted) ?? `converted type ${converted}`) || undefined
}

const PHYSICAL_OF: Readonly<Record<ColumnKind, readonly [PhysicalType, string | undefined]>> = {
  time: ['INT64', undefined],
  count: ['INT64', undefined],
  number: ['DOUBLE', undefined],
  text: ['BYTE_ARRAY', 'STRING'],
  micros: ['INT64', 'TIMESTAMP'],
}

/**
 * The file's column for a column of the schema; `undefined` when the file has none and it is nullable, so that it
 * reads as null.
 *
 * @throws UnsupportedFormatError when it has another type, or is absent and may not be null
 */
export function findColumn(columns: readonly FileColumn[], spec: ColumnSpec): FileColumn | undefined {
  const [physicalType, annotation] = PHYSICAL_OF[spec.kind]
  const column = columns.find((it) => it.name === spec.name)
  if (column === undefined) {
    if (spec.nullable) return undefined
    throw new UnsupportedFormatError(`the Parquet file has no column '${spec.name}'`)
  }
  if (column.physicalType === physicalType && column.annotation === annotation) return column
  throw new UnsupportedFormatError(
    `column '${spec.name}' of the Parquet file is ${formatType(column.physicalType, column.annotation)}, ` +
      `not ${formatType(physicalType, annotation)}`,
  )
}

function formatType(physicalType: string, annotation: string | undefined): string {
  return annotation === undefined ? physicalType : `${physicalType} (${annotation})`
}
