import { IbFailure } from '../failure.js'
import { ByteFields } from '../fields.js'

/**
 * 175 brings decimal volumes in shares, zones in dates and SCHEDULE. From 176 on TWS reads a field more in a contract
 * request than the library sends.
 */
export const OFFERED_VERSIONS = 'v100..175'
const NEWEST_VERSION = 175
/** Historical ticks. IB itself supports nothing nearly as old any more. */
const OLDEST_VERSION = 130

const NEXT_VALID_ID = 9
const MANAGED_ACCOUNTS = 15
/** The library's own number for the gateway's first message, which has none. */
const GREETING = 10_000

/** The messages by which a login is made, as the library waits for them. */
export class Login {
  readonly #waiting = new Map<number, (value: number) => void>()
  #serverVersion = 0
  #accounts: readonly string[] = []

  /** 0 before the gateway's first message. */
  get serverVersion(): number {
    return this.#serverVersion
  }

  get accounts(): readonly string[] {
    return this.#accounts
  }

  /** A message of another type is not waited for: the library goes on as soon as its request is written. */
  message(type: number): Promise<number> {
    if (![GREETING, NEXT_VALID_ID, MANAGED_ACCOUNTS].includes(type)) return Promise.resolve(0)
    return new Promise((resolve) => {
      this.#waiting.set(type, resolve)
    })
  }

  /** The gateway's first message: its version, and when the connection was made. @throws IbFailure, MalformedMessage */
  greet(frame: Buffer): void {
    const version = new ByteFields(frame).integer()
    if (version < OLDEST_VERSION) {
      throw new IbFailure('connection', `The gateway speaks version ${version}, which is too old.`, { ibCode: 503 })
    }
    if (version > NEWEST_VERSION) {
      throw new IbFailure('connection', `The gateway insists on version ${version}.`, { ibCode: 506 })
    }
    this.#serverVersion = version
    this.#arrived(GREETING, version)
  }

  /** Whether the message was one of the login's. @throws MalformedMessage */
  read(frame: Buffer): boolean {
    if (this.#waiting.size === 0) return false
    const fields = new ByteFields(frame)
    const type = fields.integer()
    if (!this.#waiting.has(type)) return false
    const VERSION = 1
    fields.skip(VERSION)
    const value = fields.text()
    if (type === MANAGED_ACCOUNTS) this.#accounts = value.split(',').filter((it) => it !== '')
    this.#arrived(type, Number(value))
    return true
  }

  #arrived(type: number, value: number): void {
    const resolve = this.#waiting.get(type)
    this.#waiting.delete(type)
    resolve?.(value)
  }
}
