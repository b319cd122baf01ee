import { describe, expect, it } from 'vitest'
import { barsAt, NEW_YORK, problemsOf, type ReadOptions, readText, stampsOf } from './read-csv.js'

const NY: ReadOptions = { timeZone: NEW_YORK }
/** 2024-11-03 in New York: 01:00 to 02:00 is first at -04:00 (05:xx UTC), then at -05:00 (06:xx UTC). */
const fallBack = (...times: readonly string[]): string => barsAt(...times.map((time) => `2024-11-03 ${time}`))
const utc = (...times: readonly string[]): readonly string[] => times.map((time) => `2024-11-03T${time}:00Z`)

describe('the fall-back hour is resolved by file order', () => {
  it('ascending: where the clock turns back, the second pass begins', async () => {
    const bars = await readText(fallBack('00:59', '01:00', '01:59', '01:00', '01:30', '02:00'), NY)
    expect(problemsOf(bars)).toEqual([])
    expect(stampsOf(bars)).toEqual(utc('04:59', '05:00', '05:59', '06:00', '06:30', '07:00'))
  })

  it('descending: the second pass comes first', async () => {
    const bars = await readText(fallBack('02:00', '01:30', '01:00', '01:59', '01:00', '00:59'), NY)
    expect(problemsOf(bars)).toEqual([])
    expect(stampsOf(bars)).toEqual(utc('04:59', '05:00', '05:59', '06:00', '06:30', '07:00'))
  })

  it('in every minute of both passes, either way', async () => {
    const minutes = (hour: string) => Array.from({ length: 60 }, (_, i) => `${hour}:${String(i).padStart(2, '0')}`)
    const times = ['00', '01', '01', '02'].flatMap(minutes)
    const expected = ['04', '05', '06', '07'].flatMap(minutes)
    expect(stampsOf(await readText(fallBack(...times), NY))).toEqual(utc(...expected))
    expect(stampsOf(await readText(fallBack(...times.reverse()), NY))).toEqual(utc(...expected))
  })

  it('hourly bars show the same time twice, with different bars', async () => {
    const text =
      'time,open,high,low,close\n2024-11-03 00:00,1,2,1,1\n2024-11-03 01:00,1,2,1,1\n2024-11-03 01:00,1,2,1,2\n2024-11-03 02:00,1,2,1,1\n'
    const bars = await readText(text, { ...NY, barType: '1-HOUR-LAST' })
    expect(stampsOf(bars)).toEqual(utc('04:00', '05:00', '06:00', '07:00'))
    expect(Array.from(bars.frame.column('close'))).toEqual([1, 1, 2, 1])
  })

  it('bars stamped at their end are decided by the stamp, then moved', async () => {
    const bars = await readText(fallBack('01:00', '01:01', '01:00', '01:01', '02:00'), { ...NY, stamp: 'close' })
    expect(stampsOf(bars)).toEqual(utc('04:59', '05:00', '05:59', '06:00', '06:59'))
  })

  it('a file that is only that hour shows its direction itself', async () => {
    expect(stampsOf(await readText(fallBack('01:58', '01:59', '01:00', '01:01'), NY))).toEqual(
      utc('05:58', '05:59', '06:00', '06:01'),
    )
  })

  it('each year’s hour by itself', async () => {
    const bars = await readText(
      barsAt('2023-11-05 01:50', '2023-11-05 01:10', '2024-11-03 01:20', '2024-11-03 01:05', '2024-11-04 09:30'),
      NY,
    )
    expect(stampsOf(bars)).toEqual([
      '2023-11-05T05:50:00Z',
      '2023-11-05T06:10:00Z',
      '2024-11-03T05:20:00Z',
      '2024-11-03T06:05:00Z',
      '2024-11-04T14:30:00Z',
    ])
  })

  it('where the clock changes at midnight, too (Havana)', async () => {
    const bars = await readText(barsAt('2024-11-03 00:30', '2024-11-03 00:10', '2024-11-03 09:00'), {
      timeZone: 'America/Havana',
    })
    expect(stampsOf(bars)).toEqual(utc('04:30', '05:10', '14:00'))
  })
})

describe('what file order cannot tell is an error naming the line', () => {
  const undecided = (line: number, time: string) =>
    `line ${line}: 2024-11-03T${time}:00-04:00 is in an hour that America/New_York has twice, and the order of the file does not tell which`

  it('one pass alone may be either', async () => {
    const bars = await readText(fallBack('00:59', '01:10', '01:50', '02:00'), NY)
    expect(problemsOf(bars)).toEqual([undecided(3, '01:10'), undecided(4, '01:50')])
    expect(stampsOf(bars)).toEqual(utc('04:59', '07:00'))
    expect(bars.problemCount).toBe(2)
  })

  it('a file in no order', async () => {
    const bars = await readText(fallBack('03:00', '01:50', '01:10', '00:30', '04:00'), NY)
    expect(problemsOf(bars)).toEqual([undecided(3, '01:50'), undecided(4, '01:10')])
  })

  it('more than one turn', async () => {
    expect((await readText(fallBack('00:59', '01:50', '01:10', '01:40', '01:20', '02:00'), NY)).problemCount).toBe(4)
  })

  it('the same bar twice is a duplicate, not a second pass', async () => {
    expect((await readText(fallBack('00:59', '01:30', '01:30', '02:00'), NY)).problemCount).toBe(2)
  })

  it('a single row', async () => {
    expect((await readText(fallBack('01:30'), NY)).problemCount).toBe(1)
  })
})

describe('the hour that spring skips', () => {
  it('holds no bars: its rows are bad', async () => {
    const bars = await readText(barsAt('2024-03-10 01:59', '2024-03-10 02:30', '2024-03-10 03:00'), NY)
    expect(problemsOf(bars)).toEqual(['line 3: timestamp 2024-03-10 02:30:00 does not exist in America/New_York'])
    expect(stampsOf(bars)).toEqual(['2024-03-10T06:59:00Z', '2024-03-10T07:00:00Z'])
  })
})
