import type { TableMetadata } from './actions.js'

/** Table properties: the oldest version that can be read, and when it was committed, as decimal text. */
export const HORIZON_VERSION_KEY = 'ntrader.horizon.version'
export const HORIZON_TIMESTAMP_KEY = 'ntrader.horizon.timestampMs'

/** Vacuum has taken what only versions below this one need. */
export interface Horizon {
  readonly version: number
  /** When it was committed, in milliseconds since 1970; earlier where a clock ran behind: no later commit has an earlier time. */
  readonly timestampMs: number
}

/** The table's horizon; `undefined` when it was never vacuumed. */
export function horizonOf({ configuration }: TableMetadata): Horizon | undefined {
  const [version, timestampMs] = [configuration[HORIZON_VERSION_KEY], configuration[HORIZON_TIMESTAMP_KEY]]
  if (version === undefined || timestampMs === undefined) return undefined
  if (!/^\d{1,15}$/.test(version) || !/^\d{1,15}$/.test(timestampMs)) return undefined
  return { version: Number(version), timestampMs: Number(timestampMs) }
}

/** The table's properties with a later horizon; `undefined` when it lies there, or further, already. */
export function withHorizon(metadata: TableMetadata, horizon: Horizon): TableMetadata['configuration'] | undefined {
  if (horizon.version <= (horizonOf(metadata)?.version ?? 0)) return undefined
  const { version, timestampMs } = horizon
  return {
    ...metadata.configuration,
    [HORIZON_VERSION_KEY]: String(version),
    [HORIZON_TIMESTAMP_KEY]: String(timestampMs),
  }
}
