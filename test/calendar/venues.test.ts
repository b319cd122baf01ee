import { describe, expect, test } from 'vitest'
import { ALWAYS_OPEN, NO_CALENDAR } from '../../src/calendar/always-open.js'
import { calendarByName, calendarOfVenue } from '../../src/calendar/venues.js'
import { XNYS } from '../../src/calendar/xnys.js'
import { InvalidRequestError } from '../../src/model/errors.js'

describe('calendarOfVenue', () => {
  test.each(['NASDAQ', 'NYSE', 'ARCA', 'XNAS', 'BATS', 'IEXG', 'ISLAND', 'SIM'])('%s keeps XNYS hours', (venue) => {
    expect(calendarOfVenue(venue)).toBe(XNYS)
  })

  test.each(['BINANCE', 'PAXOS', 'ZEROHASH', 'BITSTAMP'])('%s never closes', (venue) => {
    expect(calendarOfVenue(venue)).toBe(ALWAYS_OPEN)
  })

  test.each([
    ['SMART', 'routes to every country'],
    ['LSE', 'has no calendar yet'],
    ['nasdaq', 'is not the same id as NASDAQ'],
    ['NASDAQ ', 'has a space'],
    ['', 'is nothing'],
    ['constructor', 'is no venue'],
  ])("'%s' is unknown: it %s", (venue) => {
    expect(calendarOfVenue(venue)).toBeUndefined()
  })
})

describe('calendarByName', () => {
  test.each([
    ['XNYS', XNYS],
    ['xnys', XNYS],
    ['24/7', ALWAYS_OPEN],
    ['None', NO_CALENDAR],
  ])('%s', (name, calendar) => {
    expect(calendarByName(name)).toBe(calendar)
  })

  test('an unknown name is an error that names the known ones', () => {
    const error = caught(() => calendarByName('NASDAQ'))
    expect(error).toBeInstanceOf(InvalidRequestError)
    expect((error as InvalidRequestError).hint).toContain('XNYS, 24/7, none')
  })
})

function caught(act: () => unknown): unknown {
  try {
    return act()
  } catch (error) {
    return error
  }
}
