/** TWS's own limit. A longer one is no message: another server answers on this port, or the stream is out of step. */
const MAX_FRAME_BYTES = 0xffffff
const HEADER_BYTES = 4

/**
 * Cuts the byte stream into messages: a 4-byte big-endian length, then that many bytes. Work is linear in the bytes, in
 * however many packets they come; joining all that is pending at each packet is quadratic for a large answer.
 */
export class Frames {
  #chunks: Buffer[] = []
  #pendingBytes = 0
  /** Of the message that is being collected; undefined while its length is not known. */
  #frameBytes: number | undefined

  /** The messages that this packet completes. @throws RangeError for a length that no message has */
  push(packet: Buffer): readonly Buffer[] {
    this.#chunks.push(packet)
    this.#pendingBytes += packet.length
    const frames: Buffer[] = []
    for (;;) {
      this.#frameBytes ??= this.#readLength()
      if (this.#frameBytes === undefined || this.#pendingBytes < this.#frameBytes) return frames
      frames.push(this.#take(this.#frameBytes))
      this.#frameBytes = undefined
    }
  }

  #readLength(): number | undefined {
    if (this.#pendingBytes < HEADER_BYTES) return undefined
    const length = this.#take(HEADER_BYTES).readUInt32BE()
    if (length > MAX_FRAME_BYTES) throw new RangeError(`A message of ${length} bytes was announced.`)
    return length
  }

  /** At least that many bytes are pending. Chunks are joined here, once for each message. */
  #take(bytes: number): Buffer {
    const pending = this.#chunks.length === 1 ? this.#chunks[0] : Buffer.concat(this.#chunks, this.#pendingBytes)
    if (pending === undefined) return Buffer.alloc(0)
    this.#pendingBytes -= bytes
    this.#chunks = this.#pendingBytes === 0 ? [] : [pending.subarray(bytes)]
    return pending.subarray(0, bytes)
  }
}
