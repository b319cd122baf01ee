import { Temporal } from '@js-temporal/polyfill'

/**
 * Temporal for callers whose runtime has none yet, loaded only by who imports `@ntrader/catalog/temporal`. Its instants
 * can be passed wherever the catalog takes an instant.
 *
 * @module
 */
export { Temporal }

/** A stamp of a frame as a `Temporal.Instant`. */
export function toTemporalInstant(ns: bigint): Temporal.Instant {
  return Temporal.Instant.fromEpochNanoseconds(ns)
}
