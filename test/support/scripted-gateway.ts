import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'

export type Sent = readonly (string | number)[]

/** One side of a conversation, as a gateway has it with one client. */
export interface Conversation {
  /** Frames, in one packet. */
  send(...messages: readonly Sent[]): void
  /** Bytes as they are. */
  write(bytes: Buffer): void
  hangUp(how: 'rst' | 'fin'): void
}

export interface Script {
  /** The version it names, whatever the client offers; undefined for one that never greets. */
  readonly version?: number | undefined
  /** What it sends once the client has asked to start. By default its account and an id. */
  readonly onStart?: (to: Conversation) => void
  readonly onRequest?: (fields: readonly string[], to: Conversation) => void
}

/**
 * A gateway that knows the framing and the login and otherwise says what a test tells it to: for messages that the
 * simulated gateway is too well built to send.
 */
export class ScriptedGateway {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  /** Every request after the login, in order. */
  readonly requests: (readonly string[])[] = []
  /** What the client offered: `v100..175`. */
  offered = ''

  static async start(script: Script = {}): Promise<ScriptedGateway> {
    const gateway = new ScriptedGateway(script)
    gateway.#server.listen(0, '127.0.0.1')
    await once(gateway.#server, 'listening')
    return gateway
  }

  private constructor(script: Script) {
    this.#server = createServer((socket) => this.#serve(socket, { version: 175, ...script }))
  }

  get port(): number {
    const address = this.#server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  }

  get openSockets(): number {
    return this.#sockets.size
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const it of this.#sockets) it.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #serve(socket: Socket, script: Script): void {
    this.#sockets.add(socket)
    socket.on('close', () => this.#sockets.delete(socket))
    socket.on('error', () => undefined)
    const conversation: Conversation = {
      send: (...messages) => socket.write(Buffer.concat(messages.map(frameOf))),
      write: (bytes) => socket.write(bytes),
      hangUp: (how) => (how === 'rst' ? socket.resetAndDestroy() : socket.end()),
    }
    let pending = Buffer.alloc(0)
    let isGreeted = false
    socket.on('data', (packet) => {
      pending = Buffer.concat([pending, packet])
      if (!isGreeted && pending.length > 4) pending = pending.subarray(4)
      else if (!isGreeted) return
      for (; pending.length >= 4 && pending.length >= 4 + pending.readUInt32BE(); ) {
        const payload = pending.subarray(4, 4 + pending.readUInt32BE()).toString('utf8')
        pending = pending.subarray(4 + pending.readUInt32BE())
        if (isGreeted) this.#onMessage(payload.split('\0').slice(0, -1), script, conversation)
        else this.#greet(payload, script, conversation)
        isGreeted = true
      }
    })
  }

  #greet(offer: string, { version }: Script, to: Conversation): void {
    this.offered = offer
    if (version !== undefined) to.send([version, '20261120 09:30:00 EST'])
  }

  #onMessage(fields: readonly string[], { onStart, onRequest }: Script, to: Conversation): void {
    const START_API = '71'
    if (fields[0] === START_API) {
      if (onStart === undefined) to.send([15, 1, 'DU123,'], [9, 1, 1])
      else onStart(to)
      return
    }
    this.requests.push(fields)
    onRequest?.(fields, to)
  }
}

export function frameOf(fields: Sent): Buffer {
  return frameOfBytes(Buffer.from(`${fields.join('\0')}\0`))
}

/** A frame of bytes that need not be whole fields. */
export function frameOfBytes(payload: Buffer): Buffer {
  const header = Buffer.alloc(4)
  header.writeUInt32BE(payload.length)
  return Buffer.concat([header, payload])
}

/** The place of the id differs from request to request. */
export function idOf(fields: readonly string[]): string {
  const CONTRACT_DATA = '9'
  return fields[fields[0] === CONTRACT_DATA ? 2 : 1] ?? ''
}
