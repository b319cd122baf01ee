import type { Frame } from './frame.js'
import { concatFrames } from './frame-edit.js'
import type { TableType } from './schema.js'

/** Frames as they come: a stream of the catalog, or a list. */
export type Frames<T extends TableType = TableType> = Iterable<Frame<T>> | AsyncIterable<Frame<T>>

/**
 * The same rows in frames of exactly `numRows`, but for the last: a stream hands out the row groups of stored files, 390
 * rows for a day of minutes, which would make a file of thousands of tiny row groups. No rows give no frame.
 */
export async function* batchesOf<T extends TableType>(
  type: T,
  frames: Frames<T>,
  numRows: number,
): AsyncGenerator<Frame<T>, void, undefined> {
  let waiting: Frame<T>[] = []
  let count = 0
  for await (const frame of frames) {
    waiting.push(frame)
    count += frame.numRows
    if (count < numRows) continue
    const all = concatFrames(type, waiting)
    const whole = count - (count % numRows)
    for (let from = 0; from < whole; from += numRows) yield all.slice(from, from + numRows)
    waiting = [all.slice(whole)]
    count -= whole
  }
  if (count > 0) yield concatFrames(type, waiting)
}
