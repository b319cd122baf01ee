import type { TalkStream } from './terminal.js'
import { formatCount, formatDuration } from './units.js'
import { displayWidth, printable, truncate } from './width.js'

/** How far some work is. Every field stays as it was until it is given again, but for `waitMs`. */
export interface ProgressUpdate {
  readonly done?: number
  /** How much there is in all; without it there is no bar and no time left. */
  readonly total?: number | undefined
  /** What is happening now: `2024-01`, `waiting for pacing`. */
  readonly doing?: string | undefined
  /** How long `doing` will take; counted down. A wait is over with the next update. */
  readonly waitMs?: number | undefined
}

export interface Progress {
  update(update: ProgressUpdate): void
  /** Takes the line away (TTY) or writes the last one. May be called twice; belongs in a `finally`. */
  done(): void
}

export interface ProgressOptions {
  /** What is being done: `fetch AAPL.NASDAQ`. */
  readonly label: string
  /** What is counted: `rows`, `requests`, `files`. */
  readonly unit: string
  readonly quiet?: boolean | undefined
  readonly timer?: Timer | undefined
}

/** A monotonic clock and its ticks; tests pass their own. */
export interface Timer {
  nowMs(): number
  /** Calls back every `periodMs` until the returned function is called. */
  every(periodMs: number, tick: () => void): () => void
}

/** Work that ends within this shows nothing at all. */
const QUIET_MS = 500
/** A line on a TTY is redrawn at most this often. */
const REDRAW_MS = 100
/** Elsewhere (a log file, CI) a line is written at most this often. */
const LINE_MS = 2000

/**
 * Shows how far some work is: one line on a TTY that overwrites itself, plain lines elsewhere, nothing with `quiet` and
 * nothing for work that ends within {@link QUIET_MS}. The cursor is never hidden, so no exit can leave it hidden.
 */
export function startProgress(err: TalkStream, options: ProgressOptions): Progress {
  if (options.quiet === true) return { update: () => undefined, done: () => undefined }
  const timer = options.timer ?? systemTimer
  const periodMs = err.isTty ? REDRAW_MS : LINE_MS
  const startedMs = timer.nowMs()
  let state: State = { ...options, startedMs, done: 0 }
  let nextMs = startedMs + QUIET_MS
  let isNews = err.isTty
  let isOver = false

  function show(): void {
    const nowMs = timer.nowMs()
    if (isOver || nowMs < nextMs || !isNews) return
    nextMs = nowMs + periodMs
    if (err.isTty) {
      err.status(statusLine(state, nowMs, err))
    } else {
      err.line(plainLine(state, nowMs))
      // A log is not repeated: the next line waits for something new to say.
      isNews = false
    }
  }

  const stop = timer.every(REDRAW_MS, show)
  return {
    update({ waitMs, ...update }) {
      const waitUntilMs = waitMs === undefined ? undefined : timer.nowMs() + waitMs
      state = { ...state, ...update, waitUntilMs }
      isNews = true
      show()
    },
    done() {
      if (isOver) return
      isOver = true
      stop()
      const elapsedMs = timer.nowMs() - startedMs
      if (err.isTty) err.status(undefined)
      // "0 requests in 2 s" above an error says nothing.
      else if (elapsedMs >= QUIET_MS && state.done > 0) err.line(lastLine(state, elapsedMs))
    },
  }
}

interface State {
  readonly label: string
  readonly unit: string
  readonly startedMs: number
  readonly done: number
  readonly total?: number | undefined
  readonly doing?: string | undefined
  readonly waitUntilMs?: number | undefined
}

const systemTimer: Timer = {
  nowMs: () => performance.now(),
  every(periodMs, tick) {
    const handle = setInterval(tick, periodMs)
    // A display must not keep the process alive.
    handle.unref()
    return () => clearInterval(handle)
  },
}

/** The richest of a few forms that fits: first the bar gives way, then the rate, the count, the time left. */
function statusLine(state: State, nowMs: number, err: TalkStream): string {
  // The last column stays free: writing it makes some terminals wrap, and then `\r` finds the wrong line.
  const columns = err.columns - 1
  const label = printable(state.label)
  const doing = doingText(state, nowMs)
  const eta = etaText(state, nowMs)
  const percent = percentText(state)
  const rate = rateText(state, nowMs)
  const forms = [
    [label, barText(state, 24, err.unicode), percent, countText(state), rate, eta, doing],
    [label, barText(state, 12, err.unicode), percent, countText(state), rate, eta, doing],
    [label, percent, countText(state), rate, eta, doing],
    [label, percent, countText(state), eta, doing],
    [label, percent, eta, doing],
    [label, percent, doing],
  ].map((pieces) => pieces.filter((it) => it !== '').join('  '))
  const fitting = forms.find((it) => displayWidth(it) <= columns)
  return fitting ?? truncate(forms.at(-1) ?? '', columns, err.unicode ? '…' : '..')
}

/** `fetch AAPL.NASDAQ: 45 %, 45,000 of 98,280 rows, 12,300 rows/s, 4 s left, waiting for pacing, 12 s` */
function plainLine(state: State, nowMs: number): string {
  const pieces = [percentText(state).trim(), countText(state), rateText(state, nowMs), etaText(state, nowMs)]
  const said = [...pieces, doingText(state, nowMs)].filter((it) => it !== '')
  return `${printable(state.label)}: ${said.join(', ')}`
}

/** `fetch AAPL.NASDAQ: 98,280 of 98,280 rows in 8 s` */
function lastLine(state: State, elapsedMs: number): string {
  return `${printable(state.label)}: ${countText(state)} in ${formatDuration(elapsedMs)}`
}

function fractionOf({ done, total }: State): number | undefined {
  return total === undefined || total <= 0 ? undefined : Math.min(1, done / total)
}

function barText(state: State, width: number, unicode: boolean): string {
  const fraction = fractionOf(state)
  if (fraction === undefined) return ''
  const full = Math.floor(fraction * width)
  return (unicode ? '█' : '#').repeat(full) + (unicode ? '░' : '-').repeat(width - full)
}

/** Rounded down: 100 % means that it is done. Of one width, so that the line does not shake. */
function percentText(state: State): string {
  const fraction = fractionOf(state)
  return fraction === undefined ? '' : `${String(Math.floor(fraction * 100)).padStart(3)} %`
}

function countText({ done, total, unit }: State): string {
  const of = total === undefined ? '' : ` of ${formatCount(total)}`
  return `${formatCount(done)}${of} ${unit}`
}

function rateText({ done, unit, startedMs }: State, nowMs: number): string {
  const seconds = (nowMs - startedMs) / 1000
  if (done <= 0 || seconds <= 0) return ''
  const rate = done / seconds
  return rate >= 1 ? `${formatCount(rate)} ${unit}/s` : `${formatCount(rate * 60)} ${unit}/min`
}

/** From the average so far, waits included: a source that makes us wait will make us wait again. */
function etaText(state: State, nowMs: number): string {
  const fraction = fractionOf(state)
  if (fraction === undefined || fraction === 0 || fraction === 1) return ''
  const atThisRateMs = ((nowMs - state.startedMs) / fraction) * (1 - fraction)
  const waitMs = (state.waitUntilMs ?? nowMs) - nowMs
  return `${formatDuration(Math.max(1000, atThisRateMs, waitMs))} left`
}

function doingText({ doing, waitUntilMs }: State, nowMs: number): string {
  const text = printable(doing ?? '')
  if (waitUntilMs === undefined || waitUntilMs <= nowMs) return text
  const left = formatDuration(Math.ceil((waitUntilMs - nowMs) / 1000) * 1000)
  return text === '' ? `waiting, ${left}` : `${text}, ${left}`
}
