import { describe, expect, it } from 'vitest'
import { InvalidRequestError } from '../../src/model/errors.js'
import { barsAt, NEW_YORK, ns, problemsOf, readText, stampsOf } from './read-csv.js'

describe('stamps with their own offset keep it', () => {
  it.each([
    ['2024-01-02T09:30:00-05:00', '2024-01-02T14:30:00Z'],
    ['2024-01-02 09:30:00-0500', '2024-01-02T14:30:00Z'],
    ['2024-01-02 14:30:00+00:00', '2024-01-02T14:30:00Z'],
    ['2024-01-02T14:30Z', '2024-01-02T14:30:00Z'],
    ['2024-01-02 14:30:00 UTC', '2024-01-02T14:30:00Z'],
    ['2024-01-02 20:00:00 +0530', '2024-01-02T14:30:00Z'],
    ['20240102T143000Z', '2024-01-02T14:30:00Z'],
    ['2024-01-02T14:30:00.000000000Z', '2024-01-02T14:30:00Z'],
  ])('%s', async (text, iso) => {
    expect(stampsOf(await readText(barsAt(text), { timeZone: 'Asia/Tokyo' }))).toEqual([iso])
  })

  it('also across a clock change within one file', async () => {
    const bars = await readText(barsAt('2024-03-08 15:59:00-05:00', '2024-03-11 09:30:00-04:00'))
    expect(stampsOf(bars)).toEqual(['2024-03-08T20:59:00Z', '2024-03-11T13:30:00Z'])
  })
})

describe('naive stamps are times of the zone given', () => {
  it.each([
    ['2024-01-02 09:30:00'],
    ['2024-01-02T09:30'],
    ['20240102 09:30:00'],
    ['20240102  09:30:00'],
    ['20240102-09:30:00'],
    ['20240102 093000'],
    ['20240102093000'],
    ['1/2/2024 9:30'],
    ['1/2/2024 9:30:00 AM'],
    ['01/02/2024 09:30'],
    ['1/2/24 9:30'],
    ['2024.01.02 09:30'],
    ['2024/1/2 9:30:00.000'],
  ])('%s', async (text) => {
    expect(stampsOf(await readText(barsAt(text), { timeZone: NEW_YORK }))).toEqual(['2024-01-02T14:30:00Z'])
  })

  it('in summer and in winter', async () => {
    const bars = await readText(barsAt('2024-03-08 09:30', '2024-03-11 09:30'), { timeZone: NEW_YORK })
    expect(stampsOf(bars)).toEqual(['2024-03-08T14:30:00Z', '2024-03-11T13:30:00Z'])
  })

  it('a date and a time of day in two columns are one stamp', async () => {
    const text = 'Date,Time,Open,High,Low,Close\n01/02/2024,0930,1,2,0.5,1.5\n01/02/2024,09:31,1,2,0.5,1.5\n'
    expect(stampsOf(await readText(text, { timeZone: NEW_YORK }))).toEqual([
      '2024-01-02T14:30:00Z',
      '2024-01-02T14:31:00Z',
    ])
  })

  it('12 AM is midnight and 12 PM noon', async () => {
    const bars = await readText(barsAt('1/2/2024 12:05:00 AM', '1/2/2024 12:05 pm', '1/2/2024 1:05 p.m.'), {
      timeZone: 'UTC',
    })
    expect(stampsOf(bars)).toEqual(['2024-01-02T00:05:00Z', '2024-01-02T12:05:00Z', '2024-01-02T13:05:00Z'])
  })

  it('without a zone are a usage error naming --tz and the line', async () => {
    const reading = readText(barsAt('2024-01-02T14:30:00Z', '2024-01-02 09:31:00'))
    await expect(reading).rejects.toThrow(InvalidRequestError)
    await expect(reading).rejects.toMatchObject({
      message: expect.stringContaining('line 3: '),
      hint: expect.stringContaining('--tz America/New_York'),
    })
  })

  it('an unknown zone is a usage error', async () => {
    await expect(readText(barsAt('2024-01-02 09:30'), { timeZone: 'Nowhere' })).rejects.toThrow(/'Nowhere'/)
  })
})

describe('epochs', () => {
  it.each([
    ['seconds', '1704205800'],
    ['seconds as pandas floats', '1704205800.0'],
    ['milliseconds', '1704205800000'],
    ['microseconds', '1704205800000000'],
    ['nanoseconds', '1704205800000000000'],
  ])('%s', async (_, text) => {
    expect(stampsOf(await readText(barsAt(text)))).toEqual(['2024-01-02T14:30:00Z'])
  })

  it('before 2001-09-09 have one digit less', async () => {
    expect(stampsOf(await readText(barsAt('978307200', '978307260000000')))).toEqual([
      '2001-01-01T00:00:00Z',
      '2001-01-01T00:01:00Z',
    ])
  })

  it('of a length that is no unit are bad rows, never a guess', async () => {
    const bars = await readText(barsAt('17042058000', '202401021430', '9999999999999999999'))
    expect(bars.problems.map((it) => it.line)).toEqual([2, 3, 4])
  })

  it('keep every nanosecond beyond 2^53', async () => {
    const bars = await readText(barsAt('1704205800123000000'), { barType: '1-MILLISECOND-LAST' })
    expect(bars.frame.column('ts_event')[0]).toBe(1704205800123000000n)
  })
})

describe('the order of day and month', () => {
  const read = (stamp: string, dateFormat?: 'M/D/Y' | 'D/M/Y' | 'Y/M/D') =>
    readText(barsAt(stamp), { timeZone: 'UTC', ...(dateFormat && { dateFormat }) })

  it('is month first unless told', async () => {
    expect(stampsOf(await read('11/5/2019 9:30'))).toEqual(['2019-11-05T09:30:00Z'])
    expect(stampsOf(await read('11/5/2019 9:30', 'D/M/Y'))).toEqual(['2019-05-11T09:30:00Z'])
    expect(stampsOf(await read('05.11.2019 09:30:00.000', 'D/M/Y'))).toEqual(['2019-11-05T09:30:00Z'])
  })

  it('is year first where four digits lead, whatever is told', async () => {
    expect(stampsOf(await read('2019/11/05 09:30', 'D/M/Y'))).toEqual(['2019-11-05T09:30:00Z'])
    expect(stampsOf(await read('19/11/05 09:30', 'Y/M/D'))).toEqual(['2019-11-05T09:30:00Z'])
  })

  it.each([
    ['13/11/2019 9:30', 'M/D/Y', 'D/M/Y'],
    ['11/13/2019 9:30', 'D/M/Y', 'M/D/Y'],
    ['11/13/2019 9:30', 'Y/M/D', 'M/D/Y'],
  ] as const)('%s read as %s names --date-format %s', async (stamp, dateFormat, other) => {
    const reading = readText(barsAt('11/5/2019 9:30', stamp), { timeZone: 'UTC', dateFormat })
    await expect(reading).rejects.toThrow(InvalidRequestError)
    await expect(reading).rejects.toMatchObject({ hint: expect.stringContaining(`--date-format ${other}`) })
  })

  it('cannot make a date of 13/32/2019: that is a bad row', async () => {
    expect(problemsOf(await read('13/32/2019 9:30'))).toEqual([
      "line 2: timestamp '13/32/2019' is not a date in the order M/D/Y: 13 is not a month",
    ])
  })
})

describe('stamps that name nothing are bad rows', () => {
  it.each([
    ['2024-02-30 09:30', "'2024-02-30' names a day that does not exist"],
    ['2024-01-02 24:00', "'2024-01-02 24:00' names a time that does not exist"],
    ['2024-01-02 09:60', "'2024-01-02 09:60' names a time that does not exist"],
    ['1/2/2024 13:00 PM', "'1/2/2024 13:00 PM' names a time that does not exist"],
    ['2024-01-02 soon', "'2024-01-02 soon' is not a date-time"],
    ['yesterday', "'yesterday' is not a date"],
    ['', "'' is not a date"],
    ['1066-10-14 09:00', "'1066-10-14' lies outside the years 1678 to 2261"],
  ])('%s', async (stamp, message) => {
    const bars = await readText(barsAt('2024-01-02 09:30', stamp), { timeZone: 'UTC' })
    expect(problemsOf(bars)).toEqual([`line 3: timestamp ${message}`])
  })
})

it('a file that begins with an empty stamp has a bad row there, not 1970', async () => {
  expect(problemsOf(await readText(barsAt('', '2024-01-02T14:30Z')))).toEqual(["line 2: timestamp '' is not a date"])
})

describe('bars stamped at their end', () => {
  it('start one bar before their stamp', async () => {
    const bars = await readText(barsAt('2019-02-11 09:35', '2019-02-11 16:00'), {
      timeZone: NEW_YORK,
      stamp: 'close',
      barType: '5-MINUTE-LAST',
    })
    expect(stampsOf(bars)).toEqual(['2019-02-11T14:30:00Z', '2019-02-11T20:55:00Z'])
    expect(bars.frame.column('ts_init')[1]).toBe(ns('2019-02-11T21:00:00Z'))
  })

  it('are not moved when a day long', async () => {
    const bars = await readText(barsAt('2019-02-11'), { stamp: 'close', barType: '1-DAY-LAST' })
    expect(stampsOf(bars)).toEqual(['2019-02-11T00:00:00Z'])
  })
})

describe('daily and longer bars are stamped with their trade date', () => {
  const daily = async (stamp: string, venueTimeZone?: string) =>
    stampsOf(await readText(barsAt(stamp), { barType: '1-DAY-LAST', ...(venueTimeZone && { venueTimeZone }) }))[0]

  it.each([
    ['a date', '2024-01-02', NEW_YORK],
    ['a compact date', '20240102', NEW_YORK],
    ['a slash date', '1/2/2024', NEW_YORK],
    ['a naive time of day', '2024-01-02 16:00:00', undefined],
    ['midnight of the venue', '2024-01-02 00:00:00-05:00', NEW_YORK],
    ['midnight of the venue as an epoch (Polygon)', '1704171600000000000', NEW_YORK],
    ['the close', '2024-01-02 21:00:00+00:00', NEW_YORK],
    ['an evening session after midnight UTC', '2024-01-03 01:00:00+00:00', NEW_YORK],
    ['midnight of a venue east of Greenwich', '2024-01-01T15:00:00Z', 'Asia/Tokyo'],
    ['midnight UTC, which stands for the date itself', '2024-01-02T00:00:00Z', NEW_YORK],
    ['the same, exported with --tz', '2024-01-01T19:00:00-05:00', NEW_YORK],
    ['an instant where no venue is known', '2024-01-02T21:00:00Z', undefined],
  ])('%s', async (_, stamp, zone) => {
    expect(await daily(stamp, zone)).toBe('2024-01-02T00:00:00Z')
  })

  it('weeks with their Monday, months with the 1st', async () => {
    expect(stampsOf(await readText(barsAt('2024-01-05'), { barType: '1-WEEK-LAST' }))).toEqual(['2024-01-01T00:00:00Z'])
    expect(stampsOf(await readText(barsAt('2024-01-31'), { barType: '1-MONTH-LAST' }))).toEqual([
      '2024-01-01T00:00:00Z',
    ])
  })

  it('ts_init is the end of the period, or what the caller’s calendar says', async () => {
    const plain = await readText(barsAt('2024-01-02'), { barType: '1-DAY-LAST' })
    const close = await readText(barsAt('2024-01-02'), {
      barType: '1-DAY-LAST',
      closeOfNs: (tsEventNs) => tsEventNs + ns('1970-01-01T21:00:00Z'),
    })
    expect(plain.frame.column('ts_init')[0]).toBe(ns('2024-01-03'))
    expect(close.frame.column('ts_init')[0]).toBe(ns('2024-01-02T21:00:00Z'))
  })
})

describe('a date is not a minute', () => {
  it('a file of dates cannot be intraday bars, and --bar-type is named', async () => {
    const reading = readText(barsAt('2024-01-02', '2024-01-03'))
    await expect(reading).rejects.toThrow(InvalidRequestError)
    await expect(reading).rejects.toMatchObject({ hint: expect.stringContaining('--bar-type 1d') })
  })

  it('one date among instants is a bad row', async () => {
    expect(problemsOf(await readText(barsAt('2024-01-02T14:30:00Z', '2024-01-03')))).toEqual([
      'line 3: timestamp 2024-01-03 has no time of day, as a bar of 1-MINUTE-LAST-EXTERNAL must',
    ])
  })
})
