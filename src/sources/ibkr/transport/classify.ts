import type { IbFailureKind } from './failure.js'

/**
 * What an error message of the gateway means: `notice` never ends a request.
 *
 * The table of reference/ibkr.md §6. The codes 162, 200, 322 and 420 say several things; there, and only there, IB's text
 * decides: it has no code of its own.
 */
export function classify(code: number, text: string): IbFailureKind | 'notice' {
  if (isNotice(code)) return 'notice'
  const said = SAID.find((it) => it.codes.includes(code) && it.text.test(text))
  return said?.kind ?? KINDS.get(code) ?? 'retryable'
}

/** Farm states, trimmed values, dates without a zone: 2100 to 2199, and a few of the old ones. */
function isNotice(code: number): boolean {
  return (code >= 2100 && code <= 2199 && code !== CONNECTIVITY_BROKEN) || NOTICES.includes(code)
}

/** "Connectivity between Trader Workstation and server is broken. It will be restored automatically." */
const CONNECTIVITY_BROKEN = 2110
const NOTICES: readonly number[] = [165, 399, 10090, 10167, 1102]

interface Said {
  readonly codes: readonly number[]
  readonly text: RegExp
  readonly kind: IbFailureKind
}

/** In order: the first that fits counts. */
const SAID: readonly Said[] = [
  { codes: [162, 366], text: /query cancelled|no historical data query found/i, kind: 'cancelled' },
  { codes: [162], text: /no data|no historical market data|no head time ?stamp/i, kind: 'no-data' },
  { codes: [162, 322, 420], text: /pacing violation|only \d+ simultaneous|max(imum)? rate/i, kind: 'pacing' },
  { codes: [162, 420], text: /no market data permissions|not subscribed|subscription/i, kind: 'permission' },
  { codes: [162, 10189], text: /different IP address/i, kind: 'session' },
]

const KINDS: ReadonlyMap<number, IbFailureKind> = new Map([
  ...kindOf('pacing', [100]),
  ...kindOf('permanent', [200, 203, 166, 320, 321, 386, 430, 10285, 10295, 10299, 10314, 10339]),
  ...kindOf('permission', [354, 10089, 10091, 10168, 10186, 10187]),
  ...kindOf('session', [10197]),
  ...kindOf('connection', [326, 502, 503, 504, 506, 507, 1100, 1101, 1300, CONNECTIVITY_BROKEN]),
  ...kindOf('cancelled', [366]),
])

function kindOf(kind: IbFailureKind, codes: readonly number[]): readonly (readonly [number, IbFailureKind])[] {
  return codes.map((it) => [it, kind])
}
