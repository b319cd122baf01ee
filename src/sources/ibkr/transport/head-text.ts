import { IbFailure } from './failure.js'

/** Seconds since 1970 of a head timestamp: seconds as asked for, or `yyyymmdd[-hh:mm:ss]` in UTC, which daily data may have. */
export function parseHeadTimestamp(text: string): number {
  const date = DATE.exec(text)
  if (date !== null) {
    const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = date.slice(1).map((it) => Number(it ?? 0))
    return Date.UTC(year, month - 1, day, hour, minute, second) / 1000
  }
  if (!SECONDS.test(text)) throw new IbFailure('retryable', `The gateway sent "${text}" as the head timestamp.`)
  return Number(text)
}

/** Eight digits are a date: as seconds they would lie in 1970. */
const DATE = /^((?:19|20)\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?:[- ]+(\d\d):(\d\d):(\d\d))?$/
/** Negative before 1970: some indices go back to 1928. */
const SECONDS = /^-?\d+$/
