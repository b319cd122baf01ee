import { type Fields, MalformedMessage } from './fields.js'
import type { IbBar } from './transport.js'

/** A few milliseconds' work: 20,000 bars in one go would keep everything else waiting for over 50 ms. */
const BARS_A_SLICE = 500

/**
 * The bars of HISTORICAL_DATA after its id, a slice at a time.
 * @throws MalformedMessage unless there are exactly as many bars as it says: a message cut short must not pass for less data
 */
export function* barSlices(fields: Fields): Generator<readonly IbBar[]> {
  const START_AND_END = 2
  fields.skip(START_AND_END)
  const count = fields.integer()
  for (let done = 0; done < count; done += BARS_A_SLICE) {
    const length = Math.min(BARS_A_SLICE, count - done)
    yield Array.from({ length }, () => decodeBar(fields))
  }
  if (!fields.isAtEnd) throw new MalformedMessage(`It goes on after the ${count} bars that it announced.`)
}

function decodeBar(fields: Fields): IbBar {
  return {
    time: fields.text(),
    open: fields.number(),
    high: fields.number(),
    low: fields.number(),
    close: fields.number(),
    volume: fields.text() || NONE,
    wap: fields.text() || NONE,
    count: fields.integer(),
  }
}

/** How TWS itself says that a series has no volume. */
const NONE = '-1'
