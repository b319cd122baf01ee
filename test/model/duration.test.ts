import { describe, expect, it } from 'vitest'
import { parseDuration } from '../../src/model/duration.js'
import { InvalidRequestError } from '../../src/model/errors.js'
import { DAY_NS, HOUR_NS, MINUTE_NS, MS_NS, SECOND_NS } from '../../src/model/time.js'

describe('parseDuration', () => {
  it.each([
    ['500ms', 500n * MS_NS],
    ['90s', 90n * SECOND_NS],
    ['30m', 30n * MINUTE_NS],
    ['24h', DAY_NS],
    ['7d', 7n * DAY_NS],
    ['7 d', 7n * DAY_NS],
    ['2w', 14n * DAY_NS],
    ['0d', 0n],
    ['P7D', 7n * DAY_NS],
    ['P2W', 14n * DAY_NS],
    ['PT30M', 30n * MINUTE_NS],
    ['P1DT2H3M4S', DAY_NS + 2n * HOUR_NS + 3n * MINUTE_NS + 4n * SECOND_NS],
  ])('%s', (text, ns) => expect(parseDuration(text)).toBe(ns))

  it.each(['', '7', 'd', '-7d', '1.5h', '7D', '1M', 'P', 'PT', 'P1M', 'P1Y', 'P7', '7d extra', '106752d'])(
    'refuses %j',
    (text) => expect(() => parseDuration(text, '--retain')).toThrow(InvalidRequestError),
  )

  it('names the flag it was given for', () => {
    expect(() => parseDuration('soon', '--retain')).toThrow("--retain: 'soon' is not a duration")
  })
})
