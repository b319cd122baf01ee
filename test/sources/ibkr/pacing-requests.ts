import type { PacedRequest } from '../../../src/sources/ibkr/pacing/pacing-rules.js'

let made = 0

/** A request for 5-second bars of AAPL that is like no other, but for what is given. */
export function smallBars(differences: Partial<PacedRequest> = {}): PacedRequest {
  return {
    kind: 'bars',
    contractKey: 'AAPL@SMART',
    whatToShow: 'TRADES',
    identity: `request ${made++}`,
    isSmallBars: true,
    ...differences,
  }
}

/** A request for 1-minute bars of AAPL that is like no other, but for what is given. */
export function minuteBars(differences: Partial<PacedRequest> = {}): PacedRequest {
  return smallBars({ isSmallBars: false, ...differences })
}

/** Requests for as many contracts: the rule for one contract has no part in them. */
export function spread(count: number, make: (differences: Partial<PacedRequest>) => PacedRequest): PacedRequest[] {
  return Array.from({ length: count }, (_, i) => make({ contractKey: `contract ${i}` }))
}
