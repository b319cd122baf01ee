import { setImmediate as nextTurn } from 'node:timers/promises'
import { CatalogCorruptionError, type CorruptFile, InvalidRequestError } from '../../model/errors.js'
import { type ColumnData, Frame, schemaOf, storedColumns } from '../../model/frame.js'
import { allocateFrame, concatFrames } from '../../model/frame-edit.js'
import { covers, type Interval, overlaps } from '../../model/interval.js'
import type { ColumnSpec, TableType } from '../../model/schema.js'
import type { Series } from '../../model/series.js'
import { decodeInto, decodeRowGroups } from '../../parquet/decode.js'
import { readFooter } from '../../parquet/footer.js'
import { ROW_GROUP_MAX_ROWS } from '../../parquet/format.js'
import type { Storage } from '../../storage/storage.js'
import { corruptFile, corruptionError, isDamage, readIntact } from '../files/integrity.js'
import { isUnbounded, type LiveFile } from '../files/live-file.js'
import { checkRows, loadRows, named } from '../files/load-rows.js'
import { inOrder } from '../write/check-rows.js'
import { sliceRows } from '../write/cut-rows.js'

/** Longest stretch of decoding before other work in the process gets its turn. */
const TURN_MS = 10

export interface ReadRequest {
  readonly series: Series
  readonly files: readonly LiveFile[]
  readonly range: Interval
  /** All columns when absent. */
  readonly columns?: readonly string[] | undefined
}

/**
 * The rows of a range, from as few files as hold any. Every file is checked against its sha256 before it is decoded;
 * all damaged ones are named in one error.
 *
 * @throws CatalogCorruptionError, DecodeError, StorageError
 */
export async function readRange(storage: Storage, request: ReadRequest): Promise<Frame> {
  const { series, range } = request
  const needed = request.files.filter((it) => mayHoldRows(it, range))
  const [sized, loaded] = [needed.filter(isSized), needed.filter((it) => !isSized(it))]
  const specs = specsFor(series.type, request.columns)
  const reading: Reading = { storage, series, specs, range, damaged: [], turnStartMs: performance.now() }
  const parts: Frame[] = []
  for (const files of runsOf(sized, range))
    parts.push(await (isCut(files[0], range) ? readCut : readWhole)(reading, files))
  for (const file of loaded) parts.push(...(await readLoaded(reading, file)))
  if (reading.damaged.length > 0) throw corruptionError(reading.damaged)
  const rows = inOrder(series, concatFrames(series.type, parts), true)
  return pickColumns(sliceRows(rows, range), request.columns)
}

/** What is ours, and says how many rows it has: its rows are decoded straight into columns that were made for them. */
function isSized(file: LiveFile): boolean {
  return file.sha256 !== undefined && !isUnbounded(file)
}

interface Reading {
  readonly storage: Storage
  readonly series: Series
  readonly specs: readonly ColumnSpec[]
  readonly range: Interval
  readonly damaged: CorruptFile[]
  turnStartMs: number
}

type Run = readonly [LiveFile, ...LiveFile[]]

/** Files in their order, those that are wanted whole together: their rows are copied once, into columns they share. */
function runsOf(files: readonly LiveFile[], range: Interval): readonly Run[] {
  const runs: [LiveFile, ...LiveFile[]][] = []
  for (const file of files) {
    const [last] = runs.at(-1) ?? []
    if (last === undefined || isCut(file, range) || isCut(last, range)) runs.push([file])
    else runs.at(-1)?.push(file)
  }
  return runs
}

/** Whether only some of a file's row groups may be wanted. */
function isCut({ numRows, rowSpan }: LiveFile, range: Interval): boolean {
  return numRows > ROW_GROUP_MAX_ROWS && rowSpan !== undefined && !covers([range], rowSpan)
}

async function readWhole(reading: Reading, files: Run): Promise<Frame> {
  const { series, specs } = reading
  const capacity = files.reduce((sum, it) => sum + it.numRows, 0)
  const { rooms, frame } = allocateFrame(series.type, capacity, specs)
  let offset = 0
  for (const file of files) {
    const bytes = await bytesOf(reading, file)
    if (bytes !== undefined) offset += decoding(file, series, () => decodeInto(rooms, offset, bytes))
  }
  return frame.slice(0, offset)
}

/** Files of other writers, and those without statistics: whole, in their own columns. */
async function readLoaded({ storage, series, specs, damaged }: Reading, file: LiveFile): Promise<readonly Frame[]> {
  const names = specs.map((it) => it.name)
  try {
    return [pickColumns(await loadRows(storage, series, file), names)]
  } catch (error) {
    if (!(error instanceof CatalogCorruptionError)) throw error
    damaged.push(...error.files)
    return []
  }
}

/** Minutes of a day of five million ticks: only the row groups they lie in are decoded. */
async function readCut(reading: Reading, [file]: Run): Promise<Frame> {
  const { series, specs, range } = reading
  const parts: Frame[] = []
  const bytes = await bytesOf(reading, file)
  if (bytes !== undefined) {
    for await (const part of decodeGroups(file, series, bytes, range, specs)) parts.push(part)
  }
  return parts.length === 0 ? allocateFrame(series.type, 0, specs).frame : concatFrames(series.type, parts)
}

/** A file's bytes; none when it is damaged, which is remembered. */
async function bytesOf(reading: Reading, file: LiveFile): Promise<Uint8Array | undefined> {
  if (performance.now() - reading.turnStartMs > TURN_MS) {
    await nextTurn()
    reading.turnStartMs = performance.now()
  }
  const bytes = await readIntact(reading.storage, file)
  if (!isDamage(bytes)) return bytes
  reading.damaged.push(corruptFile(file, bytes.reason))
  return undefined
}

/**
 * The rows of a range a row group at a time. What is in memory at once is one file's bytes and one row group.
 *
 * @throws like {@link readRange}, when the file is reached
 */
export async function* streamRange(storage: Storage, request: ReadRequest): AsyncGenerator<Frame, void, undefined> {
  const needed = request.files.filter((it) => mayHoldRows(it, request.range))
  for (const group of overlappingGroups(needed)) {
    const [file] = group
    // Rows of files that lie over each other, and of files by other writers, have to be put in order first.
    if (group.length > 1 || file === undefined || file.sha256 === undefined) {
      yield await readRange(storage, { ...request, files: group })
    } else {
      yield* streamFile(storage, request, file)
    }
    await nextTurn()
  }
}

async function* streamFile(storage: Storage, request: ReadRequest, file: LiveFile): AsyncGenerator<Frame> {
  const { series, range } = request
  const bytes = await readIntact(storage, file)
  if (isDamage(bytes)) throw corruptionError([corruptFile(file, bytes.reason)])
  for await (const frame of decodeGroups(file, series, bytes, range, specsFor(series.type, request.columns))) {
    const rows = sliceRows(frame, range)
    if (rows.numRows > 0) yield pickColumns(rows, request.columns)
  }
}

/** The row groups of a file that reach into a range, with a turn for other work in the process after each. */
async function* decodeGroups(
  file: LiveFile,
  series: Series,
  bytes: Uint8Array,
  range: Interval,
  specs: readonly ColumnSpec[],
): AsyncGenerator<Frame> {
  const columns = specs.map((it) => it.name)
  try {
    const groups = readFooter(bytes).rowGroups
    const rowGroups = [...groups.keys()].filter((index) => {
      const times = groups[index]?.tsEvent
      return times === undefined || overlaps({ startNs: times.minNs, endNs: times.maxNs + 1n }, range)
    })
    for (const frame of decodeRowGroups(series.type, bytes, { columns, rowGroups })) {
      yield frame
      await nextTurn()
    }
  } catch (error) {
    throw named(error, file, series)
  }
}

/** @throws InvalidRequestError for a column the record type does not have, or none at all */
export function checkColumns(type: TableType, columns: readonly string[] | undefined): void {
  if (columns === undefined) return
  const known = schemaOf(type).map((it) => it.name)
  const unknown = columns.find((it) => !known.includes(it))
  if (unknown === undefined && columns.length > 0) return
  throw new InvalidRequestError(
    unknown === undefined ? 'no columns were asked for' : `${type} have no column '${unknown}'`,
    {
      steps: [`Ask for some of ${known.join(', ')}.`],
    },
  )
}

function mayHoldRows(file: LiveFile, range: Interval): boolean {
  if (isUnbounded(file)) return true
  return file.rowSpan !== undefined && overlaps(file.rowSpan, range)
}

/** Columns to decode: those asked for, and `ts_event`, by which rows are cut and ordered. */
function specsFor(type: TableType, columns: readonly string[] | undefined): readonly ColumnSpec[] {
  return storedColumns(type).filter(
    (it) => columns === undefined || it.name === 'ts_event' || columns.includes(it.name),
  )
}

/** The frame with only the columns asked for, in the order of the schema. */
export function pickColumns(frame: Frame, columns: readonly string[] | undefined): Frame {
  if (columns === undefined) return frame
  const picked = new Map<string, ColumnData>()
  for (const { name } of schemaOf(frame.type)) if (columns.includes(name)) picked.set(name, frame.data(name))
  return new Frame(frame.type, frame.numRows, picked, frame.missing)
}

function decoding(file: LiveFile, series: Series, decode: () => number): number {
  let numRows: number
  try {
    numRows = decode()
  } catch (error) {
    throw named(error, file, series)
  }
  checkRows(file, numRows)
  return numRows
}

/** Files in order of their first row, those whose rows may interleave together. */
function overlappingGroups(files: readonly LiveFile[]): readonly (readonly LiveFile[])[] {
  const groups: LiveFile[][] = []
  let endNs: bigint | undefined
  for (const file of files) {
    const span = file.rowSpan
    const isApart = span !== undefined && (endNs === undefined || span.startNs >= endNs)
    if (isApart || groups.length === 0) groups.push([file])
    else groups.at(-1)?.push(file)
    if (span !== undefined && (endNs === undefined || span.endNs > endNs)) endNs = span.endNs
  }
  return groups
}
