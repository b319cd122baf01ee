import { describe, expect, test } from 'vitest'
import { ALWAYS_OPEN, NO_CALENDAR } from '../../src/calendar/always-open.js'
import { CME } from '../../src/calendar/cme.js'
import { FX } from '../../src/calendar/fx.js'
import { calendarByName, calendarOfInstrument, calendarOfVenue } from '../../src/calendar/venues.js'
import { XLON } from '../../src/calendar/xlon.js'
import { XNYS } from '../../src/calendar/xnys.js'
import { InvalidRequestError } from '../../src/model/errors.js'
import { parseInstrumentId } from '../../src/model/instrument.js'

describe('calendarOfVenue', () => {
  test.each([
    'NASDAQ',
    'NYSE',
    'ARCA',
    'XNAS',
    'BATS',
    'IEXG',
    'ISLAND',
    'SIM',
    'NYSEARCA',
    'NYSEAMERICAN',
    'BZX',
    'OTCM',
  ])('%s keeps XNYS hours', (venue) => {
    expect(calendarOfVenue(venue)).toBe(XNYS)
  })

  test.each(['BINANCE', 'PAXOS', 'ZEROHASH', 'BITSTAMP'])('%s never closes', (venue) => {
    expect(calendarOfVenue(venue)).toBe(ALWAYS_OPEN)
  })

  test.each([
    ['SMART', 'routes to every country'],
    ['IBIS', 'has no calendar yet'],
    ['CME', 'has more than one, by product'],
    ['nasdaq', 'is not the same id as NASDAQ'],
    ['NASDAQ ', 'has a space'],
    ['', 'is nothing'],
    ['constructor', 'is no venue'],
  ])("'%s' is unknown: it %s", (venue) => {
    expect(calendarOfVenue(venue)).toBeUndefined()
  })
})

describe('calendarOfInstrument', () => {
  const nameOf = (id: string): string | undefined => calendarOfInstrument(parseInstrumentId(id))?.name

  test.each(['ESZ4', 'ESZ24', 'ES Z4', 'ES=F', 'ES', 'MESH5', 'NQM26', 'RTYU5', 'M2KH5', 'NKDZ4'])(
    '%s.CME is an equity index future',
    (symbol) => expect(nameOf(`${symbol}.CME`)).toBe('CME-ES'),
  )

  test.each(['6EH4', '6E=F', '6E', 'M6EH4', 'M6E', 'E7', 'E7Z4', 'J7H25', '6N Z4'])(
    '%s.CME is a currency future',
    (symbol) => expect(nameOf(`${symbol}.CME`)).toBe('CME-6E'),
  )

  test.each([
    ['YMZ4.CBOT', 'CME-ES'],
    ['ZNH5.XCBT', 'CME-ZN'],
    ['ZN.CBOT', 'CME-ZN'],
    ['10YU4.CBOT', 'CME-ZN'],
    ['CLF5.NYMEX', 'CME-CL'],
    ['NG=F.XNYM', 'CME-CL'],
    ['GCG5.COMEX', 'CME-CL'],
    ['MGCG5.XCEC', 'CME-CL'],
    ['ESZ4.XCME', 'CME-ES'],
    ['CLZ4.GLBX', 'CME-CL'],
  ])('%s keeps %s', (id, name) => {
    expect(nameOf(id)).toBe(name)
  })

  test.each([
    ['ZCH5.CBOT', 'grains have a break in the morning'],
    ['LEG5.CME', 'cattle trades by day'],
    ['BTCF5.CME', 'crypto futures have other holidays'],
    ['ESZ.CME', 'has a month without a year'],
    ['ESA4.CME', 'has no month'],
    ['ESZ2024.CME', 'has a year of four digits'],
    ['esz4.CME', 'is not the same id as ESZ4'],
    ['ES  Z4.CME', 'has two spaces'],
    ['ESZ4-ESH5.CME', 'is a spread'],
    ['constructor.CME', 'is no product'],
    ['ESZ4.SMART', 'says nothing of the exchange'],
    ['EUR/USD.SOMEWHERE', 'may trade on weekends there'],
  ])('%s is unknown: it %s', (id) => {
    expect(nameOf(id)).toBeUndefined()
  })

  test.each([
    ['EUR/USD.IDEALPRO', 'FX'],
    ['EUR_USD.OANDA', 'FX'],
    ['GBPJPY.FXCM', 'FX'],
    ['VOD.LSE', 'XLON'],
    ['VOD.XLON', 'XLON'],
    ['AAPL.NASDAQ', 'XNYS'],
    ['BRK.B.NYSE', 'XNYS'],
    ['EUR/USD.KRAKEN', '24/7'],
  ])('%s keeps %s by its venue', (id, name) => {
    expect(nameOf(id)).toBe(name)
  })
})

describe('calendarByName', () => {
  test.each([
    ['XNYS', XNYS],
    ['xnys', XNYS],
    ['24/7', ALWAYS_OPEN],
    ['None', NO_CALENDAR],
    ['XLON', XLON],
    ['CME', CME],
    ['fx', FX],
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
