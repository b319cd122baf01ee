import { describe, expect, it } from 'vitest'
import type { CoverageRow } from '../../../src/cli/render/coverage-model.js'
import { coverageSvg } from '../../../src/cli/render/coverage-svg.js'
import type { Interval, IntervalSet } from '../../../src/model/interval.js'
import { DAY_NS, parseInstant } from '../../../src/model/time.js'

function span(start: string, end: string): Interval {
  return { startNs: parseInstant(start), endNs: parseInstant(end) }
}

function series(label: string, required: IntervalSet, known: Partial<CoverageRow> = {}): CoverageRow {
  return { label, data: [], empty: [], rejected: [], required, ...known }
}

const WEEK = span('2024-01-01', '2024-01-08')
const WORKDAYS = [span('2024-01-01', '2024-01-06')]

/** Cells of each kind in a picture of one row of seven days, by where their lines begin and how long they are. */
function cellsOf(svg: string): Readonly<Record<string, readonly (readonly [at: number, count: number])[]>> {
  const [row = ''] = /<g transform="[^"]*"><title>.*?<\/g>/s.exec(svg) ?? []
  const paths = [...row.matchAll(/<path class="(\w+)" d="([^"]*)"/g)]
  const left = Math.min(...paths.map(([, , d = '']) => Number(/^M([\d.]+)/.exec(d)?.[1])))
  return Object.fromEntries(
    paths.map(([, kind = '', d = '']) => [
      kind,
      [...d.matchAll(/M([\d.]+) [\d.]+h([\d.]+)/g)].map((it) => [(Number(it[1]) - left) / 14, Number(it[2]) / 14]),
    ]),
  )
}

/** Whether every element that is opened is closed, in order, and every text is escaped. */
function isWellFormed(svg: string): boolean {
  const open: string[] = []
  const rest = svg.replace(/<(\/?)([a-zA-Z]+)((?: [a-zA-Z:-]+="[^"<>]*")*)(\/?)>/g, (_, closing, name, __, single) => {
    if (closing === '/') return open.pop() === name ? '' : '<'
    if (single !== '/') open.push(name)
    return ''
  })
  return open.length === 0 && !rest.includes('<') && !/&(?!(?:amp|lt|gt|quot);)/.test(rest)
}

it('each state of a day is a kind of its own', () => {
  const row = series('X', WORKDAYS, {
    data: [span('2024-01-01', '2024-01-02T12:00:00Z')],
    empty: [span('2024-01-03', '2024-01-04')],
    rejected: [span('2024-01-04', '2024-01-05')],
  })
  expect(cellsOf(coverageSvg([row], WEEK))).toEqual({
    full: [[0, 1]],
    partial: [[1, 1]],
    empty: [[2, 1]],
    rejected: [[3, 1]],
    missing: [[4, 1]],
    closed: [[5, 2]],
  })
})

it('neighbours of one kind are one line', () => {
  const row = series('X', [WEEK], { data: [span('2024-01-02', '2024-01-05'), span('2024-01-07', '2024-01-08')] })
  expect(cellsOf(coverageSvg([row], WEEK))).toEqual({
    full: [
      [1, 3],
      [6, 1],
    ],
    missing: [
      [0, 1],
      [4, 2],
    ],
  })
})

describe('the file', () => {
  const hostile = series('<script>&"AAPL"\u0007\uFFFF.N', [WEEK], { data: [WEEK] })

  it('is well-formed XML whatever the names hold', () => {
    const svg = coverageSvg([hostile, series('株式.TSE', [])], WEEK)
    expect(isWellFormed(svg)).toBe(true)
    expect(svg).toContain('&lt;script&gt;&amp;&quot;AAPL&quot;')
    for (const text of ['\u0007', '\uFFFF', '<script']) expect(svg).not.toContain(text)
  })

  it('takes nothing from elsewhere, runs nothing, and follows the colour scheme of the reader', () => {
    const svg = coverageSvg([hostile], WEEK)
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" width="\d+" height="\d+" viewBox="0 0 /)
    expect(svg.replace('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:|href|url\(|@import|on\w+=/)
    expect(svg).toContain('@media (prefers-color-scheme: dark)')
  })

  it('says in a title what each row is, and how much of it there is', () => {
    const svg = coverageSvg([series('AAPL.NASDAQ', WORKDAYS, { data: [span('2024-01-01', '2024-01-04')] })], WEEK)
    expect(svg).toContain(
      '<title>AAPL.NASDAQ: 60 % of the open time is known\ndays: 3 full, 2 missing, 2 closed</title>',
    )
    expect(coverageSvg([series('X', [])], WEEK)).toContain('<title>X: closed throughout\ndays: 7 closed</title>')
  })

  it('has a legend of the kinds that occur, and no other', () => {
    const svg = coverageSvg([series('X', [WEEK], { data: [WEEK] })], WEEK)
    const legend = svg.split('\n').filter((it) => /^<g transform="[^"]*"><path/.test(it))
    expect(legend.map((it) => />([^<]+)<\/text>/.exec(it)?.[1])).toEqual(['full'])
  })

  it('is a picture without rows too', () => {
    expect(isWellFormed(coverageSvg([], WEEK))).toBe(true)
  })
})

describe('cells are', () => {
  it.each([
    ['days for a year', '2024-01-01', '2024-12-31', 1, 'day'],
    ['weeks for some years', '2020-01-01', '2024-12-31', 1, 'week'],
    ['months for twenty years', '2004-01-01', '2024-01-01', 1, 'month'],
    ['months for twenty years of 500 series', '2004-01-01', '2024-01-01', 500, 'month'],
    ['larger where the series are many', '2023-01-01', '2024-01-01', 2000, 'week'],
    ['quarters for a long lifetime', '1925-01-01', '2024-01-01', 1, 'quarter'],
  ])('%s', (_, start, end, count, unit) => {
    const rows = Array.from({ length: count }, (__, i) => series(`S${i}`, []))
    expect(coverageSvg(rows, span(start, end))).toContain(`one cell a ${unit}, ${start}`)
  })

  it('few enough that 500 series of twenty years stay below 2 MB, even where every cell differs from the next', () => {
    const range = span('2004-01-01', '2024-01-01')
    const months: Interval[] = []
    for (let year = 2004; year < 2024; year++)
      for (const month of ['01', '03', '05', '07', '09', '11'])
        months.push(span(`${year}-${month}-01`, `${year}-${month}-28`))
    const rows = Array.from({ length: 500 }, (_, i) =>
      series(`S${i}`, [range], { data: months.map((it) => ({ ...it, endNs: it.startNs + 40n * DAY_NS })) }),
    )
    const svg = coverageSvg(rows, range)
    expect(svg.length).toBeLessThan(2_000_000)
    expect(isWellFormed(svg)).toBe(true)
  })
})
