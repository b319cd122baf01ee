/** The range of protocol versions that is spoken: older clients are turned away, newer layouts are unknown here. */
export const FIRST_VERSION = 151
export const LAST_VERSION = 193

/** The first protocol version that has something, by TWS's own numbering (EClient's MIN_SERVER_VER constants). */
export const SINCE = {
  stockType: 152,
  /** Text outside ASCII goes as `\uXXXX`. */
  escapes: 153,
  /** Volumes with decimals; before, they are cut to whole numbers, with warning 2176. */
  fractions: 163,
  /** Message versions are gone from contract details. */
  sizeRules: 164,
  schedule: 165,
  rejectJson: 166,
  aggTrades: 168,
  /** Dates of bars carry the instrument's zone. */
  zones: 174,
  /** Volume of US stocks in shares; before, in lots of a hundred. */
  shares: 175,
  issuerId: 176,
  fundFields: 179,
  lastTradeDate: 182,
  ineligibilityReasons: 186,
} as const
