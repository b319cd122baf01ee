import type { PacedRequest } from '../../../src/sources/ibkr/pacing/pacing-rules.js'

/** A request as it arrives at a gateway. */
export interface Arrival {
  readonly request: PacedRequest
  readonly arrivedMs: number
  /** Whether the rule of 60 in 10 minutes is applied to bars of a minute and longer too. */
  readonly isStrict?: boolean
}

/**
 * Every breach of the rules that IB documents, by the time of arrival, in words. Written from the rules alone, the slow
 * way: each arrival is held against all before it.
 */
export function violations(arrivals: readonly Arrival[], timeScale = 1): readonly string[] {
  const sorted = arrivals.filter((it) => it.request.kind !== 'details').sort((a, b) => a.arrivedMs - b.arrivedMs)
  return sorted.flatMap((last, i) => {
    const within = (seconds: number): readonly Arrival[] =>
      sorted.slice(0, i + 1).filter((it) => last.arrivedMs - it.arrivedMs <= (seconds * 1000) / timeScale)
    return [...shortWindows(last, within), ...tenMinutes(last, within(600))].map((it) => `arrival ${i}: ${it}`)
  })
}

function shortWindows(last: Arrival, within: (seconds: number) => readonly Arrival[]): readonly string[] {
  const { identity, contractKey, whatToShow } = last.request
  const identical = within(15).filter((it) => it.request.identity === identity).length
  const similar = within(2).filter(
    ({ request }) => request.contractKey === contractKey && request.whatToShow === whatToShow,
  )
  return [
    ...(identical > 1 ? ['identical within 15 s'] : []),
    ...(weightOf(similar) >= 6 ? [`${weightOf(similar)} for one contract within 2 s`] : []),
  ]
}

function tenMinutes(last: Arrival, arrivals: readonly Arrival[]): readonly string[] {
  const small = weightOf(arrivals.filter((it) => isSmall(it.request)))
  const all = weightOf(arrivals)
  // A strict process counts everybody; it is in no stretch of ten minutes with more than 60.
  const isAllCounted = arrivals.some((it) => it.isStrict === true)
  const used = isAllCounted ? all : isSmall(last.request) ? small : 0
  return used > 60 ? [`${used} within 10 min`] : []
}

function isSmall({ isSmallBars, kind }: PacedRequest): boolean {
  return isSmallBars || kind === 'ticks'
}

function weightOf(arrivals: readonly Arrival[]): number {
  return arrivals.reduce((sum, { request }) => sum + (request.whatToShow === 'BID_ASK' ? 2 : 1), 0)
}
