import { Temporal } from '@js-temporal/polyfill'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { InvalidRequestError } from '../../src/model/errors.js'
import { parseInstant, SECOND_NS } from '../../src/model/time.js'
import { formatInZone, zoneOf } from '../../src/model/zone.js'

const ZONES = ['America/New_York', 'Europe/London', 'Asia/Kolkata', 'Australia/Lord_Howe', 'Africa/Casablanca', 'UTC']
const anySecond = fc.bigInt({ min: 0n, max: 2_500_000_000n }).map((it) => it * SECOND_NS)

describe('a time zone', () => {
  test.each(ZONES)('%s has the offsets Temporal has, 1970 to 2049', (name) => {
    const zone = zoneOf(name)
    fc.assert(
      fc.property(anySecond, (ns) => {
        const expected = Temporal.Instant.fromEpochNanoseconds(ns).toZonedDateTimeISO(name).offsetNanoseconds
        expect(zone.offsetAtNs(ns)).toBe(BigInt(expected))
      }),
      { numRuns: 300 },
    )
  })

  test('New York’s history by rule is the platform’s, every hour of 1986 to 2028', () => {
    const zone = zoneOf('America/New_York')
    const platform = new Intl.DateTimeFormat('en-US', { timeZone: 'America/New_York', timeZoneName: 'longOffset' })
    for (let ms = Date.UTC(1986, 0, 1); ms < Date.UTC(2028, 0, 1); ms += 3_600_000) {
      const expected = platform.format(ms).endsWith('GMT-04:00') ? -4n : -5n
      if (zone.offsetAtNs(BigInt(ms) * 1_000_000n) !== expected * 3600n * SECOND_NS) expect(new Date(ms)).toBe(expected)
    }
  })

  test('finds the one instant of a local time, both of a fall-back hour, none of a spring gap', () => {
    const zone = zoneOf('America/New_York')
    const at = (local: string): readonly bigint[] => zone.instantsOf(parseInstant(`${local}Z`))
    expect(at('2024-07-01T09:30:00')).toEqual([parseInstant('2024-07-01T09:30:00-04:00')])
    expect(at('2024-11-03T01:30:00')).toEqual([
      parseInstant('2024-11-03T01:30:00-04:00'),
      parseInstant('2024-11-03T01:30:00-05:00'),
    ])
    expect(at('2024-03-10T02:30:00')).toEqual([])
    expect(at('2024-03-10T03:00:00')).toEqual([parseInstant('2024-03-10T03:00:00-04:00')])
  })

  test('prints instants with its offset, and they read back', () => {
    const zone = zoneOf('America/New_York')
    expect(formatInZone(parseInstant('2024-01-02T14:30:00Z'), zone)).toBe('2024-01-02T09:30:00-05:00')
    fc.assert(fc.property(anySecond, (ns) => parseInstant(formatInZone(ns + 7n, zone)) === ns + 7n))
  })

  test('has whole minutes in its text also where history had seconds', () => {
    const ns = parseInstant('1850-01-01T00:00:00Z')
    expect(parseInstant(formatInZone(ns, zoneOf('America/New_York')))).toBe(ns)
  })

  test('that does not exist is refused', () => {
    expect(() => zoneOf('America/Gotham')).toThrow(InvalidRequestError)
  })
})
