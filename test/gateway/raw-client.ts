import { connect, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

export type Fields = readonly string[]
type Sendable = string | number | boolean

/** A client of the TWS API that knows frames and nothing else: what it sends and receives is what is on the wire. */
export class RawClient {
  readonly #socket: Socket
  readonly #received: Fields[] = []
  #rest = Buffer.alloc(0)
  #taken = 0
  #packets = 0
  #wake: () => void = () => undefined
  #end: string | undefined

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (chunk: Buffer) => this.#onData(chunk))
    socket.on('error', (error: Error & { readonly code?: string }) => this.#onEnd(error.code ?? error.message))
    socket.on('end', () => this.#onEnd('end'))
    socket.on('close', () => this.#onEnd('close'))
    onTestFinished(() => {
      socket.destroy()
    })
  }

  /** Connects, and says nothing yet. */
  static async connect(port: number): Promise<RawClient> {
    const socket = connect(port, '127.0.0.1')
    const client = new RawClient(socket)
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject))
    return client
  }

  /** Connects, agrees on the version and logs in, as far as `9` (the next valid id) and the three farm notices. */
  static async login(
    port: number,
    options: { readonly version?: number; readonly clientId?: number } = {},
  ): Promise<RawClient> {
    const client = await RawClient.connect(port)
    client.greet(`v100..${options.version ?? 193}`)
    await client.next()
    client.send([71, 2, options.clientId ?? 1, ''])
    for (let left = 5; left > 0; left--) await client.next()
    return client
  }

  greet(versions: string): void {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(versions.length)
    this.write(Buffer.concat([Buffer.from('API\0'), length, Buffer.from(versions)]))
  }

  send(fields: readonly Sendable[]): void {
    const payload = Buffer.from(fields.map((it) => `${typeof it === 'boolean' ? Number(it) : it}\0`).join(''))
    const length = Buffer.alloc(4)
    length.writeUInt32BE(payload.length)
    this.write(Buffer.concat([length, payload]))
  }

  write(bytes: Buffer): void {
    this.#socket.write(bytes)
  }

  /** Says that it has said all; the gateway ends the connection once it has dealt with it. */
  finish(): void {
    this.#socket.end()
  }

  destroy(): void {
    this.#socket.destroy()
  }

  /** Sends a request and returns the first message that carries its id. */
  async ask(fields: readonly Sendable[], id: number): Promise<Fields> {
    this.send(fields)
    return this.of(id)
  }

  /** The next message that was not taken yet. Rejects when the connection ends before one comes. */
  async next(): Promise<Fields> {
    await this.#until(() => this.#received.length > this.#taken)
    const message = this.#received[this.#taken++]
    if (message === undefined) throw new Error(`the connection ended (${this.#end}) before a message came`)
    return message
  }

  /** The next message of a request; others before it are passed over. */
  async of(id: number): Promise<Fields> {
    for (;;) {
      const message = await this.next()
      if (idOf(message) === id) return message
    }
  }

  /** How the connection ended: `end`, or a reset. Resolves once it has. */
  async ended(): Promise<string> {
    await this.#until(() => this.#end !== undefined)
    return this.#end ?? ''
  }

  /** Messages that came and were not taken. */
  get untaken(): readonly Fields[] {
    return this.#received.slice(this.#taken)
  }

  /** Packets of data so far. */
  get packets(): number {
    return this.#packets
  }

  /** Bytes of a message that is not complete. */
  get unfinishedBytes(): number {
    return this.#rest.length
  }

  /** A round trip: what was sent before it has been dealt with, as far as the gateway answers at once. */
  async settle(): Promise<void> {
    const before = this.#received.length
    this.send([49, 1])
    await this.#until(() => this.#received.slice(before).some((it) => it[0] === '49'))
    const at = this.#received.findIndex((it, i) => i >= before && it[0] === '49')
    this.#received.splice(at, 1)
  }

  async #until(holds: () => boolean): Promise<void> {
    while (!holds() && this.#end === undefined) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  #onData(chunk: Buffer): void {
    this.#packets += 1
    this.#rest = Buffer.concat([this.#rest, chunk])
    while (this.#rest.length >= 4) {
      const length = this.#rest.readUInt32BE(0)
      if (this.#rest.length < 4 + length) break
      const text = this.#rest.subarray(4, 4 + length).toString('utf8')
      if (!text.endsWith('\0')) throw new Error(`a field without its end: ${text.slice(-20)}`)
      this.#received.push(text.slice(0, -1).split('\0'))
      this.#rest = this.#rest.subarray(4 + length)
    }
    this.#wake()
  }

  #onEnd(how: string): void {
    this.#end ??= how
    this.#wake()
  }
}

/** Where messages carry the id of their request. */
function idOf(message: Fields): number {
  const [type] = message
  if (type === '4') return Number(message[2])
  if (type === '52' || (type === '10' && message[1] === '8')) return Number(message[2])
  return Number(message[1])
}
