import { setMaxListeners } from 'node:events'
import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { CatalogError } from '../model/errors.js'
import { answer } from './answers/answering.js'
import type { Reply } from './answers/desk.js'
import { GatewayRefusal, historicalError } from './answers/refusal.js'
import { deliver, hangUp } from './delivery.js'
import { errorOf, type Fault, isDespiteCancel, NOTICES, RATE_EXCEEDED, spoilAnswer, spoilMessages } from './faults.js'
import type { House } from './house.js'
import { PACING_VIOLATION, SIMULTANEOUS_MAX, TOO_MANY_AT_ONCE } from './pacing.js'
import { errorMessage, type GatewayNotice, type Message, messagesOf, noticeMessage } from './replies.js'
import { type DataAsk, NO_ID } from './request.js'
import { frameOf } from './wire.js'

/** A request between its arrival and its answer. */
interface Pending {
  readonly kind: DataAsk['kind']
  isCancelled: boolean
}

/** Answers the data requests of one client. */
export class Serving {
  readonly #socket: Socket
  readonly #house: House
  readonly #version: number
  readonly #pending = new Map<number, Pending>()
  readonly #stopped = new AbortController()

  constructor(socket: Socket, house: House, version: number) {
    this.#socket = socket
    this.#house = house
    this.#version = version
    // Every request that waits listens to it, and a client may have fifty.
    setMaxListeners(0, this.#stopped.signal)
  }

  /** Answers in its own time; requests do not wait for each other. */
  serve(ask: DataAsk, fault: Fault | undefined, atMs: number): void {
    if (this.#isRefused(ask, atMs)) return
    const pending: Pending = { kind: ask.kind, isCancelled: false }
    this.#pending.set(ask.id, pending)
    if (ask.kind !== 'contract-details') this.#house.open.add(pending)
    this.#answer(ask, pending, fault).catch((error: unknown) => {
      // The client has gone, and with it what it waited for; anything else is a bug, and must not pass unseen.
      if (!this.#stopped.signal.aborted) throw error
    })
  }

  /** 162 for a request that is open, 366 for any other id. */
  cancelBars(id: number): void {
    const pending = this.#pending.get(id)
    if (pending?.kind !== 'historical-data') {
      this.#send(this.#error({ code: 366, text: `No historical data query found for ticker id:${id}` }, id))
      return
    }
    this.#cancel(id, pending)
    const text = `Historical Market Data Service error message:API historical data query cancelled: ${id}`
    this.#send(this.#error({ code: 162, text }, id))
  }

  /** Without an answer. */
  cancelHead(id: number): void {
    const pending = this.#pending.get(id)
    if (pending?.kind === 'head-timestamp') this.#cancel(id, pending)
  }

  /** The client has gone. */
  stop(): void {
    for (const it of this.#pending.values()) this.#house.open.delete(it)
    this.#pending.clear()
    this.#stopped.abort()
  }

  #cancel(id: number, pending: Pending): void {
    pending.isCancelled = true
    this.#done(id, pending)
  }

  #done(id: number, pending: Pending): void {
    if (this.#pending.get(id) === pending) this.#pending.delete(id)
    this.#house.open.delete(pending)
  }

  /** What breaks a rule is refused before it is looked at; who breaks the pacing rules has to go. */
  #isRefused(ask: DataAsk, atMs: number): boolean {
    if (this.#pending.has(ask.id)) {
      this.#send(this.#error({ code: 322, text: DUPLICATE_ID }, ask.id))
      return true
    }
    const rule = this.#house.police.check(ask, atMs)
    if (rule !== undefined) {
      this.#house.violated({ rule, atMs, ask })
      this.#send(this.#error(noticeOf(PACING_VIOLATION), ask.id))
      hangUp(this.#socket, 'fin')
      return true
    }
    if (ask.kind === 'contract-details' || this.#house.open.size < SIMULTANEOUS_MAX) return false
    this.#house.violated({ rule: 'simultaneous', atMs, ask })
    this.#send(this.#error(noticeOf(TOO_MANY_AT_ONCE), ask.id))
    return true
  }

  async #answer(ask: DataAsk, pending: Pending, fault: Fault | undefined): Promise<void> {
    if (!(await this.#actOut(fault))) return
    const error = errorOf(fault)
    const messages =
      error === undefined ? await this.#messages(ask, fault) : [this.#error(error, ask.id, error.rejectJson)]
    if (pending.isCancelled && !isDespiteCancel(fault)) return
    this.#done(ask.id, pending)
    await deliver(this.#socket, messages, fault, this.#version)
  }

  async #messages(ask: DataAsk, fault: Fault | undefined): Promise<readonly Message[]> {
    const warning = fault?.kind === 'warning' ? [this.#error(fault, ask.id)] : []
    const { market, clock, zone } = this.#house
    try {
      const reply: Reply = await answer(ask, { market, zone, nowNs: clock(), version: this.#version })
      const warnings = reply.warnings.map((it) => this.#error(it, ask.id))
      const messages = messagesOf(spoilAnswer(reply.answer, fault), ask.id, this.#version)
      return [...warning, ...warnings, ...spoilMessages(messages, fault)]
    } catch (error) {
      return [...warning, this.#error(noticeOf(this.#refusalFor(error)), ask.id)]
    }
  }

  /** Damage in a served catalog is told; anything else is a bug. */
  #refusalFor(error: unknown): GatewayRefusal {
    if (error instanceof GatewayRefusal) return error
    if (!(error instanceof CatalogError)) throw error
    this.#house.failed(error)
    return historicalError(error.message)
  }

  /** What a fault does before the answer. @returns `false` when there will be none */
  async #actOut(fault: Fault | undefined): Promise<boolean> {
    switch (fault?.kind) {
      case 'silence':
        return false
      case 'late':
        await this.#wait(fault.afterMs)
        return true
      case 'held':
        await fault.until
        return true
      case 'farm-lost':
        this.#house.say(NOTICES.historicalDataBroken)
        await this.#wait(fault.afterMs)
        this.#house.say(NOTICES.historicalDataOk)
        return true
      case 'connectivity-lost':
        return this.#loseLine(fault)
      case 'port-reset':
        this.#send(noticeMessage(portReset(this.#socket.localPort), this.#version))
        hangUp(this.#socket, 'fin')
        return false
      case 'rate-exceeded':
        this.#send(this.#error(RATE_EXCEEDED, NO_ID))
        hangUp(this.#socket, 'fin')
        return false
      default:
        return true
    }
  }

  async #loseLine({ answer: answered, restored }: Fault & { readonly kind: 'connectivity-lost' }): Promise<boolean> {
    this.#house.say(NOTICES.connectivityLost)
    const back = async (): Promise<void> => {
      if (restored === undefined) return
      await this.#wait(restored.afterMs)
      this.#house.say(NOTICES.connectivityRestored[restored.code])
    }
    if (answered !== 'no-data') {
      await back()
      return answered === 'after'
    }
    back().catch(() => undefined)
    return true
  }

  async #wait(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#stopped.signal })
  }

  #error(notice: GatewayNotice, id: number, rejectJson?: string): Message {
    return errorMessage(notice, id, this.#version, rejectJson)
  }

  #send(message: Message): void {
    if (this.#socket.writable) this.#socket.write(frameOf(message))
  }
}

function noticeOf({ code, message }: GatewayRefusal): GatewayNotice {
  return { code, text: message }
}

function portReset(port: number | undefined): GatewayNotice {
  const what = 'TWS socket port has been reset and this connection is being dropped.'
  return { code: 1300, text: `${what} Please reconnect on the new port - ${port ?? 0}` }
}

const DUPLICATE_ID = "Error processing request.-'bN' : cause - Duplicate ticker id"
