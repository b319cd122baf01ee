import { given } from '../model/given.js'
import { MS_NS } from '../model/time.js'
import type { ExplicitContracts } from '../sources/ibkr/contracts/contract-of.js'
import { parseContracts } from '../sources/ibkr/contracts/parse-contract.js'
import { IBKR_DEFAULTS, type IbkrSourceOptions } from '../sources/ibkr/options.js'
import {
  choiceSpec,
  durationSpec,
  optional,
  required,
  type Said,
  type Spec,
  switchSpec,
  textSpec,
  wholeNumberSpec,
} from './setting-spec.js'

/** What the Interactive Brokers source runs with. */
export type IbkrSettings = Omit<IbkrSourceOptions, 'clock' | 'log'> &
  Required<Pick<IbkrSourceOptions, 'host' | 'port' | 'clientId'>>

const HOST = {
  ...textSpec('ibkr.host', 'a host', 'Name the machine the gateway runs on, for example 127.0.0.1.'),
  flag: { name: '--ibkr-host', of: (globals) => globals.ibkrHost },
  variables: [{ name: 'IBKR_HOST' }],
  fallback: IBKR_DEFAULTS.host,
} as const satisfies Spec<string>

const PORT = {
  ...wholeNumberSpec('ibkr.port', 'a port', 1, 65_535),
  flag: { name: '--ibkr-port', of: (globals) => globals.ibkrPort },
  variables: [{ name: 'IBKR_PORT' }],
  fallback: String(IBKR_DEFAULTS.port),
} as const satisfies Spec<number>

const CLIENT_ID = {
  ...wholeNumberSpec('ibkr.clientId', 'a client id', 0, 2 ** 31 - 1),
  flag: { name: '--ibkr-client-id', of: (globals) => globals.ibkrClientId },
  variables: [{ name: 'IBKR_CLIENT_ID' }],
  fallback: String(IBKR_DEFAULTS.clientId),
} as const satisfies Spec<number>

const CLIENT = {
  ...choiceSpec('ibkr.client', 'a client library', ['ib-tws-api', 'stoqey']),
  fallback: IBKR_DEFAULTS.client,
} as const satisfies Spec<IbkrSettings['client']>

const USE_RTH = switchSpec('ibkr.useRTH')

const ADJUSTMENT = {
  ...choiceSpec('ibkr.adjustment', 'an adjustment', ['splits', 'dividends']),
  fallback: IBKR_DEFAULTS.adjustment,
} as const satisfies Spec<IbkrSettings['adjustment']>

const VOLUME_UNIT = {
  ...choiceSpec('ibkr.volumeUnit', 'a unit of volume', ['shares', 'lots']),
  fallback: IBKR_DEFAULTS.volumeUnit,
} as const satisfies Spec<IbkrSettings['volumeUnit']>

const PACING = {
  ...choiceSpec('ibkr.pacing', 'a pacing', ['soft', 'strict']),
  fallback: IBKR_DEFAULTS.pacing,
} as const satisfies Spec<IbkrSettings['pacing']>

const TIME_SCALE = {
  ...wholeNumberSpec('ibkr.timeScale', 'a time scale', 1, 1000),
  variables: [{ name: 'IBKR_TIME_SCALE' }],
  fallback: String(IBKR_DEFAULTS.timeScale),
} as const satisfies Spec<number>

const CONNECT_TIMEOUT = { ...durationSpec('ibkr.connectTimeout'), fallback: '15s' } as const satisfies Spec<bigint>
const REQUEST_TIMEOUT = { ...durationSpec('ibkr.requestTimeout'), fallback: '120s' } as const satisfies Spec<bigint>
const PACING_TIMEOUT = { ...durationSpec('ibkr.pacingTimeout'), fallback: '30m' } as const satisfies Spec<bigint>
const RECONNECT_WITHIN = { ...durationSpec('ibkr.reconnectWithin'), fallback: '5m' } as const satisfies Spec<bigint>

const ALLOW_SIMULATED = {
  ...switchSpec('ibkr.allowSimulated'),
  flag: { name: '--allow-simulated', of: (globals) => (globals.allowSimulated ? 'true' : undefined) },
  fallback: String(IBKR_DEFAULTS.allowSimulated),
} as const satisfies Spec<boolean>

const CONTRACTS = {
  key: 'ibkr.contracts',
  isSection: true,
  what: 'contracts by instrument id',
  write: 'Write the fields of each contract below its id, for example "ES.CME": { secType: CONTFUT, exchange: CME }.',
  parse: parseContracts,
} as const satisfies Spec<ExplicitContracts>

export const IBKR_SPECS: readonly Spec<unknown>[] = [
  HOST,
  PORT,
  CLIENT_ID,
  CLIENT,
  USE_RTH,
  ADJUSTMENT,
  VOLUME_UNIT,
  PACING,
  TIME_SCALE,
  CONNECT_TIMEOUT,
  REQUEST_TIMEOUT,
  PACING_TIMEOUT,
  RECONNECT_WITHIN,
  ALLOW_SIMULATED,
  CONTRACTS,
]

/** @throws InvalidRequestError naming where a value was said, and what it can be */
export function ibkrSettings(said: Said): IbkrSettings {
  const ms = (spec: Spec<bigint> & { readonly fallback: string }): number => Number(required(spec, said) / MS_NS)
  return {
    host: required(HOST, said),
    port: required(PORT, said),
    clientId: required(CLIENT_ID, said),
    client: required(CLIENT, said),
    ...given('useRTH', optional(USE_RTH, said)),
    adjustment: required(ADJUSTMENT, said),
    volumeUnit: required(VOLUME_UNIT, said),
    pacing: required(PACING, said),
    timeScale: required(TIME_SCALE, said),
    connectTimeoutMs: ms(CONNECT_TIMEOUT),
    requestTimeoutMs: ms(REQUEST_TIMEOUT),
    pacingTimeoutMs: ms(PACING_TIMEOUT),
    reconnectWithinMs: ms(RECONNECT_WITHIN),
    allowSimulated: required(ALLOW_SIMULATED, said),
    ...given('contracts', optional(CONTRACTS, said)),
  }
}
