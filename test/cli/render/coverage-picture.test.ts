import { describe, expect, it } from 'vitest'
import type { CoverageRow } from '../../../src/cli/render/coverage-model.js'
import { coveragePicture } from '../../../src/cli/render/coverage-picture.js'
import { lookOf, plainLook } from '../../../src/cli/render/look.js'
import { displayWidth } from '../../../src/cli/render/width.js'
import type { Interval, IntervalSet } from '../../../src/model/interval.js'
import { DAY_NS, HOUR_NS, parseInstant } from '../../../src/model/time.js'

function span(start: string, end: string): Interval {
  return { startNs: parseInstant(start), endNs: parseInstant(end) }
}

/** 14:30 to 21:00 UTC from Monday to Friday. */
function sessions(range: Interval): IntervalSet {
  const out: Interval[] = []
  for (let dayNs = range.startNs; dayNs < range.endNs; dayNs += DAY_NS) {
    const weekday = Number((dayNs / DAY_NS + 4n) % 7n)
    if (weekday === 0 || weekday === 6) continue
    out.push({ startNs: dayNs + 14n * HOUR_NS + HOUR_NS / 2n, endNs: dayNs + 21n * HOUR_NS })
  }
  return out
}

function series(label: string, required: IntervalSet, known: Partial<CoverageRow> = {}): CoverageRow {
  return { label, data: [], empty: [], rejected: [], required, ...known }
}

const JANUARY = span('2024-01-01', '2024-02-01')
const HALF_YEAR = span('2023-12-04', '2024-07-01')
const AAPL = series('AAPL.NASDAQ', sessions(HALF_YEAR), {
  data: [span('2023-12-04', '2024-03-05T15:00:00Z')],
  empty: [span('2024-05-01', '2024-05-20')],
  rejected: [span('2024-06-03', '2024-06-08')],
})
const MSFT = series('MSFT.NASDAQ', sessions(HALF_YEAR), { data: [span('2024-01-01', '2024-07-01')] })

it('a character a day while the days fit, with each state told apart', () => {
  const open = sessions(JANUARY)
  const row = series('AAPL.NASDAQ', open, {
    data: [span('2024-01-02', '2024-01-09T16:00:00Z'), span('2024-01-22', '2024-02-01')],
    empty: [span('2024-01-15', '2024-01-16')],
    rejected: [span('2024-01-16', '2024-01-17')],
  })
  expect(coveragePicture([row, series('EUR/USD.IDEALPRO', [JANUARY])], JANUARY, plainLook(80))).toEqual([
    'one character a day, 2024-01-01 .. 2024-01-31 (UTC)',
    '                  2024',
    '                  Jan',
    'AAPL.NASDAQ       ×████··█▄×××··░!×××··█████··███   66 %',
    'EUR/USD.IDEALPRO  ×××××××××××××××××××××××××××××××    0 %',
    '█ full  ▄ partial  × missing  ! rows refused  ░ nothing there (asked)  · closed',
  ])
})

it('80 columns: weeks, under a ruler of months', () => {
  expect(coveragePicture([AAPL, MSFT], HALF_YEAR, plainLook(80))).toEqual([
    'one character a week, 2023-12-04 .. 2024-06-30 (UTC)',
    '                 2024',
    '             Dec Jan Feb Mar  Apr May Jun',
    'AAPL.NASDAQ  █████████████▄×××××××▄░░××!×××   56 %',
    'MSFT.NASDAQ  ××××██████████████████████████   86 %',
    '█ full  ▄ partial  × missing  ! rows refused  ░ nothing there (asked)',
  ])
})

it('40 columns, ASCII: months, under a ruler of years', () => {
  expect(coveragePicture([AAPL, MSFT], HALF_YEAR, plainLook(40, false))).toEqual([
    'one character a month,',
    '2023-12-04 .. 2024-06-30 (UTC)',
    '              2024',
    'AAPL.NASDAQ  ###+x++   56 %',
    'MSFT.NASDAQ  x######   86 %',
    '# full  + partial  x missing',
  ])
})

it('names stand above their cells where a line has no room for both', () => {
  const rows = [{ ...AAPL, label: 'AAPL.NASDAQ 1-MINUTE-LAST' }, MSFT]
  expect(coveragePicture(rows, HALF_YEAR, plainLook(40))).toEqual([
    'one character a week,',
    '2023-12-04 .. 2024-06-30 (UTC)',
    '      2024',
    '  Dec Jan Feb Mar  Apr May Jun',
    'AAPL.NASDAQ 1-MINUTE-LAST   56 %',
    '  █████████████▄×××××××▄░░××!×××',
    'MSFT.NASDAQ                 86 %',
    '  ××××██████████████████████████',
    '█ full  ▄ partial  × missing',
    '! rows refused  ░ nothing there (asked)',
  ])
})

it('years and decades for what is longer', () => {
  const century = span('1925-01-01', '2025-01-01')
  const row = series('X', [century], { data: [span('1990-01-01', '2025-01-01')] })
  expect(coveragePicture([row], century, plainLook(120)).slice(0, 3)).toEqual([
    'one character a year, 1925-01-01 .. 2024-12-31 (UTC)',
    '   1920 1930      1940      1950      1960      1970      1980      1990      2000      2010      2020',
    `X  ${'×'.repeat(65)}${'█'.repeat(35)}   35 %`,
  ])
  expect(coveragePicture([row], century, plainLook(40))[0]).toBe('one character a decade,')
})

describe('the states', () => {
  const open = sessions(JANUARY)
  const cell = (known: Partial<CoverageRow>, required = open): string =>
    coveragePicture([series('X', required, known)], span('2024-01-02', '2024-01-03'), plainLook(80))[3]?.[3] ?? ''
  const day = span('2024-01-02', '2024-01-03')
  const morning = span('2024-01-02T14:30:00Z', '2024-01-02T17:00:00Z')
  const rest = span('2024-01-02T17:00:00Z', '2024-01-02T21:00:00Z')

  it.each<[string, Partial<CoverageRow>, string]>([
    ['covered: full', { data: [day] }, '█'],
    ['exactly its open time covered: full', { data: [{ startNs: morning.startNs, endNs: rest.endNs }] }, '█'],
    ['rows for a part, the source had nothing for the rest: full', { data: [morning], empty: [rest] }, '█'],
    ['a part: partial', { data: [morning] }, '▄'],
    ['a part known to be empty: partial', { empty: [morning] }, '▄'],
    ['nothing: missing', {}, '×'],
    ['only closed time covered: missing', { data: [span('2024-01-02', '2024-01-02T14:30:00Z')] }, '×'],
    ['all known to be empty: empty', { empty: [day] }, '░'],
    ['rows refused, the rest there: refused', { data: [morning], rejected: [rest] }, '!'],
    ['rows refused, the rest missing: partial', { rejected: [rest] }, '▄'],
  ])('%s', (_, known, mark) => expect(cell(known)).toBe(mark))

  it('no open time: closed, covered or not', () => {
    expect(cell({}, [])).toBe('·')
    expect(cell({ data: [day] }, [])).toBe('·')
  })
})

it('100 % is said only when nothing is missing', () => {
  const all = span('2024-01-01', '2025-01-01')
  const row = series('X', [all], { data: [span('2024-01-01', '2024-12-31T23:59:59Z')] })
  expect(coveragePicture([row], all, plainLook(80)).at(-2)).toMatch(/ 99 %$/)
  expect(coveragePicture([series('X', [all], { data: [all] })], all, plainLook(80)).at(-2)).toMatch(/100 %$/)
  expect(coveragePicture([series('X', [])], all, plainLook(80)).at(-2)).toMatch(/ -$/)
})

it('ruler, cells and percent fit any window of 30 and more, and long labels are cut', () => {
  const rows = [{ ...AAPL, label: 'A VERY LONG.INSTRUMENT 1-MINUTE-LAST-EXTERNAL' }, MSFT]
  for (let columns = 30; columns <= 320; columns++) {
    for (const line of coveragePicture(rows, HALF_YEAR, plainLook(columns))) {
      expect(displayWidth(line)).toBeLessThanOrEqual(columns)
    }
  }
})

it('a file gets lines of 120 characters, not of a year of days', () => {
  const year = span('2024-01-01', '2025-01-01')
  const lines = coveragePicture([series('X', [year])], year, plainLook(Number.POSITIVE_INFINITY))
  expect(lines[0]).toContain('a week')
})

it('colour goes around runs of one state, and changes no character', () => {
  const range = span('2024-01-04', '2024-01-09')
  const row = series('X', sessions(range), { data: [span('2024-01-04', '2024-01-06')] })
  const lines = coveragePicture([row], range, lookOf({ isTTY: true, columns: 80 }, {}))
  expect(lines[3]).toBe('X  \x1b[32m██\x1b[39m\x1b[2m··\x1b[22m\x1b[31m×\x1b[39m   66 %')
})
