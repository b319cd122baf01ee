/** A value in a message. `undefined` is sent as an empty field. */
export type Field = string | number | bigint | boolean | undefined

/** One message: four bytes of length (big-endian), then each field with a NUL behind it. */
export function frameOf(fields: readonly Field[]): Buffer {
  const payload = `${fields.map(fieldText).join('\0')}\0`
  const length = Buffer.byteLength(payload)
  const frame = Buffer.allocUnsafe(LENGTH_BYTES + length)
  frame.writeUInt32BE(length, 0)
  frame.write(payload, LENGTH_BYTES)
  return frame
}

function fieldText(field: Field): string {
  if (field === undefined) return ''
  return typeof field === 'boolean' ? (field ? '1' : '0') : String(field)
}

/** The fields of a payload; what stands behind the last NUL is lost, as it is to TWS. */
export function fieldsOf(payload: Buffer): readonly string[] {
  return payload.toString('utf8').split('\0').slice(0, -1)
}

const LENGTH_BYTES = 4
/** No request comes near this: a longer one means that both sides have lost step. */
const PAYLOAD_MAX_BYTES = 1 << 20
/** What a client of the present protocol says first, before any frame. */
const GREETING = Buffer.from('API\0')

/** The bytes cannot be the protocol: there is no way to go on. */
export class WireError extends Error {
  override readonly name = 'WireError'
}

/** Cuts what a client sends into payloads, whatever packets it came in. */
export class FrameReader {
  #rest: Buffer = Buffer.alloc(0)
  #greeted = false

  /** The payloads that are complete with this chunk. @throws WireError */
  push(chunk: Buffer): readonly Buffer[] {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    if (!this.#greeted && !this.#readGreeting()) return []
    const payloads: Buffer[] = []
    let at = 0
    while (this.#rest.length >= at + LENGTH_BYTES) {
      const length = this.#rest.readUInt32BE(at)
      if (length > PAYLOAD_MAX_BYTES) throw new WireError(`a message of ${length} bytes was announced`)
      if (this.#rest.length < at + LENGTH_BYTES + length) break
      payloads.push(this.#rest.subarray(at + LENGTH_BYTES, at + LENGTH_BYTES + length))
      at += LENGTH_BYTES + length
    }
    this.#rest = this.#rest.subarray(at)
    return payloads
  }

  #readGreeting(): boolean {
    const length = Math.min(this.#rest.length, GREETING.length)
    if (!this.#rest.subarray(0, length).equals(GREETING.subarray(0, length))) {
      throw new WireError('the client did not begin with API')
    }
    if (length < GREETING.length) return false
    this.#greeted = true
    this.#rest = this.#rest.subarray(GREETING.length)
    return true
  }
}
