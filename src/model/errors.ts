/** Every code a {@link CatalogError} can carry. Codes are API: they never change meaning. */
export type ErrorCode =
  | 'ABORTED'
  | 'ADJUSTMENT_CHANGED'
  | 'CATALOG_CORRUPTION'
  | 'CATALOG_LOCKED'
  | 'CLOSED'
  | 'CONNECTION'
  | 'DATA_NOT_FOUND'
  | 'DECODE'
  | 'IBKR_CONNECTION'
  | 'INVALID_DATA'
  | 'INVALID_REQUEST'
  | 'PACING'
  | 'SETTINGS_CONFLICT'
  | 'SOURCE_REJECTED'
  | 'STORAGE'
  | 'UNSUPPORTED_FORMAT'
  | 'VERSION_EXPIRED'
  | 'WRITE_CONFLICT'

export interface CatalogErrorOptions {
  /** What to do about it, one step an entry, in order. */
  readonly steps?: readonly string[]
  readonly cause?: unknown
}

/**
 * The base of every error the catalog throws on purpose. Decide on `code` (or the class), never on the message.
 *
 * `hint` is the resolution steps as numbered lines, ready to print.
 */
export class CatalogError extends Error {
  readonly code: ErrorCode
  readonly steps: readonly string[]

  constructor(code: ErrorCode, message: string, options: CatalogErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = new.target.name
    this.code = code
    this.steps = options.steps ?? []
  }

  get hint(): string {
    return this.steps.map((step, index) => `${index + 1}. ${step}`).join('\n')
  }
}

/** An interval as text at the product's edge: ISO instants, half-open. */
export interface IsoInterval {
  readonly start: string
  readonly end: string
}

/** Rows that break a rule of §5: nothing was written. `problems` names each row and value. */
export class InvalidDataError extends CatalogError {
  readonly problems: readonly string[]
  constructor(message: string, options: CatalogErrorOptions & { readonly problems?: readonly string[] } = {}) {
    super('INVALID_DATA', message, options)
    this.problems = options.problems ?? []
  }
}

/** The call itself is wrong: an id, a bar type, a date, an option. */
export class InvalidRequestError extends CatalogError {
  constructor(message: string, options: CatalogErrorOptions = {}) {
    super('INVALID_REQUEST', message, options)
  }
}

/** The data asked for is not in the catalog, and nothing could bring it. */
export class DataNotFoundError extends CatalogError {
  readonly missing: readonly IsoInterval[]
  /** Asked before, and the source had nothing; or the venue was closed throughout. */
  readonly knownEmpty: boolean
  /** The whole range lies after the last complete bar. */
  readonly tooRecent: boolean
  constructor(
    message: string,
    options: CatalogErrorOptions & {
      readonly missing?: readonly IsoInterval[]
      readonly knownEmpty?: boolean
      readonly tooRecent?: boolean
    } = {},
  ) {
    super('DATA_NOT_FOUND', message, options)
    this.missing = options.missing ?? []
    this.knownEmpty = options.knownEmpty ?? false
    this.tooRecent = options.tooRecent ?? false
  }
}

/** A version token names commits or files that this catalog no longer has. */
export class VersionExpiredError extends CatalogError {
  constructor(message: string, options: CatalogErrorOptions = {}) {
    super('VERSION_EXPIRED', message, options)
  }
}

/** One file that is not what the log says it is. */
export interface CorruptFile {
  /** Path below the catalog's root. */
  readonly file: string
  readonly reason: string
  /** What its loss would take away. */
  readonly interval: IsoInterval
}

/** A live file is missing, has the wrong size or the wrong sha256; or the log itself is damaged. */
export class CatalogCorruptionError extends CatalogError {
  readonly files: readonly CorruptFile[]
  constructor(message: string, options: CatalogErrorOptions & { readonly files?: readonly CorruptFile[] } = {}) {
    super('CATALOG_CORRUPTION', message, options)
    this.files = options.files ?? []
  }
}

/** The bytes are the ones that were written (right sha256), and still they do not decode: a bug, not bit rot. */
export class DecodeError extends CatalogError {
  constructor(message: string, options: CatalogErrorOptions = {}) {
    super('DECODE', message, options)
  }
}

/** A source cannot be reached, or was lost on the way. What had arrived is kept. */
export class ConnectionError extends CatalogError {
  readonly missing: readonly IsoInterval[]
  constructor(
    message: string,
    options: CatalogErrorOptions & { readonly missing?: readonly IsoInterval[]; readonly code?: ErrorCode } = {},
  ) {
    super(options.code ?? 'CONNECTION', message, options)
    this.missing = options.missing ?? []
  }
}

/** {@link ConnectionError} of the Interactive Brokers source. */
export class IbkrConnectionError extends ConnectionError {
  constructor(message: string, options: CatalogErrorOptions & { readonly missing?: readonly IsoInterval[] } = {}) {
    super(message, { ...options, code: 'IBKR_CONNECTION' })
  }
}

/** The source's rate limit would not let the request through before the deadline. */
export class PacingError extends CatalogError {
  readonly retryAfterMs: number
  constructor(message: string, options: CatalogErrorOptions & { readonly retryAfterMs: number }) {
    super('PACING', message, options)
    this.retryAfterMs = options.retryAfterMs
  }
}

/** Another writer holds the table's lock. */
export class CatalogLockedError extends CatalogError {
  readonly holder: string
  constructor(message: string, options: CatalogErrorOptions & { readonly holder: string }) {
    super('CATALOG_LOCKED', message, options)
    this.holder = options.holder
  }
}

/** The source understood the request and refused it: no permission, unknown contract. */
export class SourceRejectedError extends CatalogError {
  constructor(message: string, options: CatalogErrorOptions = {}) {
    super('SOURCE_REJECTED', message, options)
  }
}

/** `mode: 'error'` met rows that exist, a source names another contract, or a commit lost too many races. */
export class WriteConflictError extends CatalogError {
  constructor(message: string, options: CatalogErrorOptions = {}) {
    super('WRITE_CONFLICT', message, options)
  }
}

/** Two different stated settings (whatToShow, useRTH, adjustment, volumeUnit) in one series. */
export class SettingsConflictError extends CatalogError {
  constructor(message: string, options: CatalogErrorOptions = {}) {
    super('SETTINGS_CONFLICT', message, options)
  }
}

/** Stored history and the source's history differ by a common factor: a split or dividend came between. */
export class AdjustmentChangedError extends CatalogError {
  readonly factor: number
  constructor(message: string, options: CatalogErrorOptions & { readonly factor: number }) {
    super('ADJUSTMENT_CHANGED', message, options)
    this.factor = options.factor
  }
}

/** A file or table of a kind this version does not know. Never called corrupt. */
export class UnsupportedFormatError extends CatalogError {
  constructor(message: string, options: CatalogErrorOptions = {}) {
    super('UNSUPPORTED_FORMAT', message, options)
  }
}

/** The operating system refused: permissions, space, open files, I/O. `errno` is its own name for it. */
export class StorageError extends CatalogError {
  readonly errno: string
  constructor(message: string, options: CatalogErrorOptions & { readonly errno: string }) {
    super('STORAGE', message, options)
    this.errno = options.errno
  }
}

/** The catalog was closed, and used again. */
export class ClosedError extends CatalogError {
  constructor(message = 'the catalog is closed') {
    super('CLOSED', message, { steps: ['Open it again with DataCatalog.open(root).'] })
  }
}

/** The caller's signal fired. What was committed before stays. */
export class AbortedError extends CatalogError {
  constructor(message = 'aborted by the caller', options: CatalogErrorOptions = {}) {
    super('ABORTED', message, options)
  }
}
