import { InvalidRequestError } from '../model/errors.js'
import { type Interval, interval } from '../model/interval.js'
import { type InstantInput, parseInstant } from '../model/time.js'

/** A half-open range as the API takes it. */
export interface RangeInput {
  readonly start: InstantInput
  /** Excluded. */
  readonly end: InstantInput
}

/** @throws InvalidRequestError for something that is not an instant, or start ≥ end */
export function parseRange(range: RangeInput): Interval {
  if (range?.start === undefined || range.end === undefined) {
    throw new InvalidRequestError('a range needs a start and an end', {
      steps: ["Pass { start: '2024-01-02', end: '2024-01-03' }; the end is excluded."],
    })
  }
  return interval(parseInstant(range.start, 'start'), parseInstant(range.end, 'end'))
}
