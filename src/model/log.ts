/** What the product needs of a logger; every pino logger is one. */
export interface Log {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  child(fields: object): Log
}

/** The default: a library says nothing unless asked to. */
export const silentLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  child: () => silentLog,
}
