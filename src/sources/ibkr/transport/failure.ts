/**
 * Why a request to the gateway failed, by what has to be done about it.
 * - `no-data`: a good answer, there is nothing
 * - `pacing`: too fast; the whole login has to pause
 * - `permanent`: this request will never work (unknown contract, invalid request)
 * - `permission`: the user lacks a market data subscription
 * - `session`: the account is in use elsewhere
 * - `connection`: the gateway, or its own line to IB, is gone; ask again when it is back
 * - `cancelled`: cancelled, by us or by the gateway
 * - `timeout`: no answer in time; cancelled at the gateway
 * - `retryable`: anything else that may go better next time
 */
export type IbFailureKind =
  | 'no-data'
  | 'pacing'
  | 'permanent'
  | 'permission'
  | 'session'
  | 'connection'
  | 'cancelled'
  | 'timeout'
  | 'retryable'

/** A failure of the gateway or of the way to it. Never leaves `src/sources/ibkr`: the source turns it into a CatalogError. */
export class IbFailure extends Error {
  override readonly name: string = 'IbFailure'
  readonly kind: IbFailureKind
  /** IB's code; `undefined` for what the socket or the clock did. */
  readonly ibCode: number | undefined

  constructor(
    kind: IbFailureKind,
    message: string,
    options: { readonly ibCode?: number; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.kind = kind
    this.ibCode = options.ibCode
  }
}

/** A failure on the way in: nothing was asked yet. */
export class IbLoginFailure extends IbFailure {
  override readonly name = 'IbLoginFailure'
}

export function isIbFailure(error: unknown, kind?: IbFailureKind): error is IbFailure {
  return error instanceof IbFailure && (kind === undefined || error.kind === kind)
}
