/** A message that ends before its fields do, or has text where a number belongs: cut short, or of another layout. */
export class MalformedMessage extends Error {
  override readonly name = 'MalformedMessage'
}

/** Reads the fields of one message in order. */
export abstract class Fields {
  abstract get isAtEnd(): boolean

  /** @throws MalformedMessage after the last field */
  abstract text(): string

  /** Text in which the gateway writes what is not ASCII as `\u00e9`, as newer ones do for names and error texts. */
  escapedText(): string {
    return this.text().replace(ESCAPE, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  }

  /** @throws MalformedMessage for anything but a finite number */
  number(): number {
    return numberOf(this.text())
  }

  /** 0 for an empty field, as TWS leaves what does not apply. @throws MalformedMessage */
  optionalNumber(): number {
    const text = this.text()
    return text === '' ? 0 : numberOf(text)
  }

  /** A count, an id, a flag word. @throws MalformedMessage */
  integer(): number {
    const value = this.number()
    if (!Number.isSafeInteger(value)) throw new MalformedMessage(`It has ${value} where a whole number belongs.`)
    return value
  }

  /** @throws MalformedMessage */
  skip(fields: number): void {
    for (let i = 0; i < fields; i += 1) this.text()
  }
}

function numberOf(text: string): number {
  const value = text === '' ? Number.NaN : Number(text)
  if (!Number.isFinite(value)) throw new MalformedMessage(`It has "${text}" where a number belongs.`)
  return value
}

const ESCAPE = /\\u([0-9a-fA-F]{4})/g

/** Of a message as it comes: each field is UTF-8 text ended by a NUL. */
export class ByteFields extends Fields {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    super()
    this.#bytes = bytes
  }

  override get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length
  }

  override text(): string {
    const end = this.#bytes.indexOf(0, this.#at)
    if (end < 0) throw new MalformedMessage(`It ends after ${this.#bytes.length} bytes, before its fields do.`)
    const text = this.#bytes.toString('utf8', this.#at, end)
    this.#at = end + 1
    return text
  }
}

/** Of a message that a client library has cut already. */
export class TokenFields extends Fields {
  readonly #tokens: readonly string[]
  #at = 0

  constructor(tokens: readonly string[]) {
    super()
    this.#tokens = tokens
  }

  override get isAtEnd(): boolean {
    return this.#at >= this.#tokens.length
  }

  override text(): string {
    const text = this.#tokens[this.#at]
    if (text === undefined) throw new MalformedMessage(`It ends after ${this.#at} fields, too early.`)
    this.#at += 1
    return text
  }
}
