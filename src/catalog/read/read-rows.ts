import type { Frame } from '../../model/frame.js'
import { parseSeries, type SeriesInput } from '../../model/series.js'
import type { QueryOptions } from '../catalog-types.js'
import { filterSession } from '../coverage/required.js'
import type { OpenCatalog } from '../open-catalog.js'
import { columnsToRead, incompleteError, type Lookup, lookUp, missingIn } from './lookup.js'
import { isOvertaken, streamedStateGone } from './overtaken.js'
import { checkColumns, pickColumns, readRange, streamRange } from './read-files.js'

/** The rows of a range, with what is required and not covered in `frame.missing`. See `DataCatalog.query`. */
export async function queryRows(open: OpenCatalog, input: SeriesInput, options: QueryOptions): Promise<Frame> {
  const { found, rows } = await readNewest(open, input, options)
  const frame = pickColumns(filterSession(rows, found.series, found.session, found.calendar), options.columns)
  if (options.requireComplete === true) refuseMissing(open, found)
  return frame.withMissing(missingIn(found, open.clock()))
}

/** The rows of a range, a row group at a time. See `DataCatalog.stream`. */
export async function* streamRows(
  open: OpenCatalog,
  input: SeriesInput,
  options: QueryOptions,
): AsyncGenerator<Frame, void> {
  const found = await find(open, input, options)
  if (options.requireComplete === true) refuseMissing(open, found)
  try {
    for await (const part of streamRange(open.storage, { ...found, columns: columnsToRead(found, options) })) {
      const frame = filterSession(part, found.series, found.session, found.calendar)
      if (frame.numRows > 0) yield pickColumns(frame, options.columns)
    }
  } catch (error) {
    if (!(await isOvertaken(open.tables.of(found.series.type), error))) throw error
    // Going on from a newer state would give rows of two states as if they were of one.
    if (options.asOf === undefined) throw streamedStateGone(error)
    await refuseGone(open, input, options)
    throw error
  }
}

/**
 * Reads, and when vacuum took a file meanwhile reads what the newest commit has instead: such a file had been replaced
 * before, and nothing is damaged. A state asked for by `asOf` cannot be read another way.
 */
async function readNewest(
  open: OpenCatalog,
  input: SeriesInput,
  options: QueryOptions,
): Promise<{ readonly found: Lookup; readonly rows: Frame }> {
  for (;;) {
    const found = await find(open, input, options)
    try {
      return { found, rows: await readRange(open.storage, { ...found, columns: columnsToRead(found, options) }) }
    } catch (error) {
      if (!(await isOvertaken(open.tables.of(found.series.type), error))) throw error
      if (options.asOf === undefined) continue
      await refuseGone(open, input, options)
      throw error
    }
  }
}

/** @throws VersionExpiredError when vacuum has let the state go that was asked for; else a file of it is damaged */
async function refuseGone(open: OpenCatalog, input: SeriesInput, options: QueryOptions): Promise<void> {
  await find(open, input, options)
}

async function find(open: OpenCatalog, input: SeriesInput, options: QueryOptions): Promise<Lookup> {
  const series = parseSeries(input)
  checkColumns(series.type, options.columns)
  return lookUp(series, await open.tables.snapshot(series.type, options.asOf), options)
}

function refuseMissing(open: OpenCatalog, found: Lookup): void {
  const missing = missingIn(found, open.clock())
  if (missing.length > 0) throw incompleteError(found.series, missing)
}
