import { describe, expect, it } from 'vitest'
import { type Look, plainLook } from '../../../src/cli/render/look.js'
import { type Progress, startProgress } from '../../../src/cli/render/progress.js'
import type { TalkStream } from '../../../src/cli/render/terminal.js'
import { displayWidth } from '../../../src/cli/render/width.js'

/** A stream that remembers what was shown and when, and a clock that is turned by hand. */
function stage(isTty: boolean, look: Look = plainLook(100)) {
  let nowMs = 0
  const ticks = new Set<() => void>()
  const shown: [atMs: number, text: string | undefined][] = []
  const err: TalkStream = {
    ...look,
    isTty,
    line: (text) => void shown.push([nowMs, text]),
    status: (text) => void shown.push([nowMs, text]),
  }
  const timer = {
    nowMs: () => nowMs,
    every(_periodMs: number, tick: () => void) {
      ticks.add(tick)
      return () => void ticks.delete(tick)
    },
  }
  /** Lets time pass, a tick every 100 ms. */
  const pass = (ms: number): void => {
    for (const endMs = nowMs + ms; nowMs < endMs; ) {
      nowMs += 100
      for (const tick of ticks) tick()
    }
  }
  const start = (quiet = false): Progress =>
    startProgress(err, { label: 'fetch AAPL.NASDAQ', unit: 'rows', quiet, timer })
  return { shown, pass, start, ticking: () => ticks.size }
}

describe('on a TTY', () => {
  it('shows bar, percent, count, rate, time left and what is happening', () => {
    const { shown, pass, start } = stage(true)
    const progress = start()
    progress.update({ done: 0, total: 98_280 })
    pass(3900)
    progress.update({ done: 44_226, doing: '2024-05' })
    pass(100)
    expect(shown.at(-1)).toEqual([
      4000,
      'fetch AAPL.NASDAQ  █████░░░░░░░   45 %  44,226 of 98,280 rows  11,057 rows/s  5 s left  2024-05',
    ])
  })

  it.each([
    [
      120,
      true,
      'fetch AAPL.NASDAQ  ██████████░░░░░░░░░░░░░░   45 %  45 of 100 rows  23 rows/s  12 s left  waiting for pacing, 12 s',
    ],
    [
      110,
      false,
      'fetch AAPL.NASDAQ  #####-------   45 %  45 of 100 rows  23 rows/s  12 s left  waiting for pacing, 12 s',
    ],
    [80, true, 'fetch AAPL.NASDAQ   45 %  45 of 100 rows  12 s left  waiting for pacing, 12 s'],
    [65, true, 'fetch AAPL.NASDAQ   45 %  12 s left  waiting for pacing, 12 s'],
    [40, true, 'fetch AAPL.NASDAQ   45 %  waiting for …'],
  ])('in %d columns (unicode: %s)', (columns, unicode, expected) => {
    const { shown, pass, start } = stage(true, plainLook(columns, unicode))
    const progress = start()
    pass(1900)
    progress.update({ done: 45, total: 100, doing: 'waiting for pacing', waitMs: 12_000 })
    pass(100)
    const text = shown.at(-1)?.[1] ?? ''
    expect(text).toBe(expected)
    expect(displayWidth(text)).toBeLessThan(columns)
  })

  it('counts a wait down, and forgets it with the next update', () => {
    const { shown, pass, start } = stage(true)
    const progress = start()
    pass(1000)
    progress.update({ doing: 'waiting for pacing', waitMs: 12_000 })
    pass(100)
    expect(shown.at(-1)?.[1]).toMatch(/waiting for pacing, 12 s$/)
    pass(5000)
    expect(shown.at(-1)?.[1]).toMatch(/waiting for pacing, 7 s$/)
    progress.update({ doing: '2024-06' })
    pass(100)
    expect(shown.at(-1)?.[1]).toMatch(/2024-06$/)
  })

  it('without a total there is no bar, no percent and no time left', () => {
    const { shown, pass, start } = stage(true)
    const progress = start()
    progress.update({ done: 5000 })
    pass(1000)
    expect(shown.at(-1)?.[1]).toBe('fetch AAPL.NASDAQ  5,000 rows  5,000 rows/s')
  })

  it('redraws at most ten times a second, however often it is told', () => {
    const { shown, pass, start } = stage(true)
    const progress = start()
    for (let i = 0; i < 30; i++) {
      for (let k = 0; k < 50; k++) progress.update({ done: i * 50 + k, total: 1500 })
      pass(100)
    }
    const times = shown.map(([atMs]) => atMs)
    expect(new Set(times).size).toBe(times.length)
  })

  it('is taken away at the end, and stays away', () => {
    const { shown, pass, start, ticking } = stage(true)
    const progress = start()
    pass(1000)
    progress.done()
    expect(shown.at(-1)).toEqual([1000, undefined])
    const count = shown.length
    progress.update({ done: 1 })
    progress.done()
    pass(5000)
    expect(shown.length).toBe(count)
    expect(ticking()).toBe(0)
  })

  it('a slow source is counted by the minute', () => {
    const { shown, pass, start } = stage(true)
    const progress = start()
    progress.update({ done: 2 })
    pass(60_000)
    expect(shown.at(-1)?.[1]).toBe('fetch AAPL.NASDAQ  2 rows  2 rows/min')
  })

  it('more than the total is 100 %, and less is never', () => {
    const { shown, pass, start } = stage(true, plainLook(60))
    const progress = start()
    progress.update({ done: 9999, total: 10_000 })
    pass(1000)
    expect(shown.at(-1)?.[1]).toContain(' 99 %')
    progress.update({ done: 10_001 })
    pass(100)
    expect(shown.at(-1)?.[1]).toContain('100 %')
  })

  it("a source's text cannot move the cursor", () => {
    const { shown, pass, start } = stage(true)
    start().update({ doing: 'a\r\x1b[2Jb' })
    pass(1000)
    expect(shown.at(-1)?.[1]).toMatch(/a \[2Jb$/)
  })
})

describe('elsewhere', () => {
  it('writes a line at most every two seconds, and the last', () => {
    const { shown, pass, start } = stage(false)
    const progress = start()
    for (let i = 0; i <= 50; i++) {
      progress.update({ done: i * 100, total: 5000, doing: '2024-01' })
      pass(100)
    }
    progress.done()
    expect(shown).toEqual([
      [500, 'fetch AAPL.NASDAQ: 8 %, 400 of 5,000 rows, 800 rows/s, 6 s left, 2024-01'],
      [2500, 'fetch AAPL.NASDAQ: 48 %, 2,400 of 5,000 rows, 960 rows/s, 3 s left, 2024-01'],
      [4500, 'fetch AAPL.NASDAQ: 88 %, 4,400 of 5,000 rows, 978 rows/s, 1 s left, 2024-01'],
      [5100, 'fetch AAPL.NASDAQ: 5,000 of 5,000 rows in 5 s'],
    ])
  })

  it('what ends before anything is done has no last line', () => {
    const { shown, pass, start } = stage(false)
    const progress = start()
    pass(3000)
    progress.done()
    expect(shown).toEqual([])
  })

  it('a wait is said once, also when it was announced between two lines', () => {
    const { shown, pass, start } = stage(false)
    const progress = start()
    progress.update({ done: 1 })
    pass(1000)
    progress.update({ doing: 'waiting for pacing', waitMs: 600_000 })
    pass(60_000)
    expect(shown.map(([atMs]) => atMs)).toEqual([500, 2500])
    expect(shown[1]?.[1]).toMatch(/waiting for pacing, 9 m 59 s$/)
  })
})

describe('nothing at all', () => {
  it.each([true, false])('for work that ends within half a second (TTY: %s)', (isTty) => {
    const { shown, pass, start } = stage(isTty)
    const progress = start()
    progress.update({ done: 1, total: 2 })
    pass(400)
    progress.update({ done: 2 })
    progress.done()
    pass(5000)
    expect(shown.filter(([, text]) => text !== undefined)).toEqual([])
  })

  it.each([true, false])('with --quiet (TTY: %s)', (isTty) => {
    const { shown, pass, start, ticking } = stage(isTty)
    const progress = start(true)
    progress.update({ done: 1, total: 2 })
    pass(5000)
    progress.done()
    expect(shown).toEqual([])
    expect(ticking()).toBe(0)
  })
})
