import type { Socket } from 'node:net'
import { localText, zoneAbbreviation } from './answers/date-time.js'
import { hangUp } from './delivery.js'
import { NOTICES, RATE_EXCEEDED } from './faults.js'
import type { House } from './house.js'
import { MessageCounter } from './pacing.js'
import { currentTimeMessage, errorMessage, type GatewayNotice, type Message, noticeMessage } from './replies.js'
import { type GatewayAsk, isDataAsk, parseRequest, ShortMessageError } from './request.js'
import { Serving } from './serving.js'
import { FIRST_VERSION } from './versions.js'
import { FrameReader, fieldsOf, frameOf, WireError } from './wire.js'

/** One client's conversation with the gateway: greeting, login, requests. */
export class Connection {
  readonly #socket: Socket
  readonly #house: House
  readonly #number: number
  readonly #reader = new FrameReader()
  readonly #messages: MessageCounter
  /** 0 until both sides have agreed on one. */
  #version = 0
  #clientId: number | undefined
  #serving: Serving | undefined

  constructor(socket: Socket, house: House, number: number) {
    this.#socket = socket
    this.#house = house
    this.#number = number
    this.#messages = new MessageCounter(house.timeScale)
    // Every frame is its own packet: a gateway does not wait for more to say.
    socket.setNoDelay(true)
    socket.on('data', (chunk: Buffer) => this.#onData(chunk))
    // A client that resets the connection is no trouble of the gateway's; 'close' follows.
    socket.on('error', () => undefined)
    socket.on('close', () => this.#onClose())
    if (house.login === 'hangs-up') hangUp(socket, 'fin')
  }

  /** Something that belongs to no request; only a client that is logged in hears it. */
  say(notice: GatewayNotice): void {
    if (this.#clientId !== undefined) this.#send(noticeMessage(notice, this.#version))
  }

  end(how: 'rst' | 'fin'): void {
    hangUp(this.#socket, how)
  }

  destroy(): void {
    this.#socket.destroy()
  }

  #onData(chunk: Buffer): void {
    try {
      for (const payload of this.#reader.push(chunk)) this.#onPayload(payload)
    } catch (error) {
      if (!(error instanceof WireError)) throw error
      this.#socket.destroy()
    }
  }

  #onPayload(payload: Buffer): void {
    // What a client sends on after it was told to go is lost.
    if (!this.#socket.writable) return
    if (this.#version === 0) {
      this.#agreeOnVersion(payload.toString('utf8'))
      return
    }
    const atMs = performance.now()
    if (this.#house.pacing !== 'off' && this.#messages.isTooMany(atMs)) {
      this.#refuseRate(atMs)
      return
    }
    try {
      this.#onAsk(parseRequest(fieldsOf(payload), this.#version), atMs)
    } catch (error) {
      if (!(error instanceof ShortMessageError)) throw error
      this.#send(errorMessage(UNREADABLE, error.id, this.#version))
    }
  }

  /** `v100..193`, with options behind a space. */
  #agreeOnVersion(greeting: string): void {
    if (this.#house.login === 'silent') return
    const [, lowest, highest] = /^v(\d+)(?:\.\.(\d+))?/.exec(greeting) ?? []
    const [clientMin, clientMax] = [Number(lowest), Number(highest ?? lowest)]
    const version = Math.min(clientMax, this.#house.maxServerVersion)
    if (!(version >= Math.max(clientMin, FIRST_VERSION))) {
      hangUp(this.#socket, 'fin')
      return
    }
    this.#version = version
    const told = this.#house.login === 'too-new' ? clientMax + 1 : version
    const { zone, clock } = this.#house
    const nowNs = clock()
    this.#send([told, `${localText(nowNs, zone, ' ')} ${zoneAbbreviation(nowNs, zone)}`])
  }

  #onAsk(ask: GatewayAsk, atMs: number): void {
    const fault = this.#house.receive({ ...ask, atMs, connection: this.#number })
    if (ask.kind === 'start') this.#logIn(ask.clientId)
    if (this.#serving === undefined) return
    if (ask.kind === 'current-time') this.#send(currentTimeMessage(Number(this.#house.clock() / 1_000_000_000n)))
    else if (ask.kind === 'cancel-historical-data') this.#serving.cancelBars(ask.id)
    else if (ask.kind === 'cancel-head-timestamp') this.#serving.cancelHead(ask.id)
    else if (isDataAsk(ask)) this.#serving.serve(ask, fault, atMs)
  }

  #logIn(clientId: number): void {
    const { clientIds, accounts, login } = this.#house
    if (clientIds.has(clientId)) {
      this.#send(noticeMessage(ID_IN_USE, this.#version))
      hangUp(this.#socket, 'fin')
      return
    }
    clientIds.add(clientId)
    this.#clientId = clientId
    this.#send([15, 1, accounts.join(',')])
    if (login === 'no-next-id') return
    this.#send([9, 1, FIRST_ORDER_ID])
    for (const it of [NOTICES.marketDataOk, NOTICES.historicalDataOk, NOTICES.securityDefinitionOk]) this.say(it)
    this.#serving = new Serving(this.#socket, this.#house, this.#version)
  }

  #refuseRate(atMs: number): void {
    this.#house.violated({ rule: 'messages', atMs })
    this.#send(noticeMessage(RATE_EXCEEDED, this.#version))
    hangUp(this.#socket, 'fin')
  }

  #onClose(): void {
    if (this.#clientId !== undefined) this.#house.clientIds.delete(this.#clientId)
    this.#serving?.stop()
  }

  #send(message: Message): void {
    if (this.#socket.writable) this.#socket.write(frameOf(message))
  }
}

/** A client that only asks for data is told the same one at each login. */
const FIRST_ORDER_ID = 1

const UNREADABLE: GatewayNotice = {
  code: 320,
  text: 'Error reading request. Unable to parse data. Message is too short.',
}
const ID_IN_USE: GatewayNotice = {
  code: 326,
  text: 'Unable to connect as the client id is already in use. Retry with a unique client id.',
}
