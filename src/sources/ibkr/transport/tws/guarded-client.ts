import { Client, type Field, type IncomeHandler, type LibraryContract, type ProtocolBytes } from 'ib-tws-api'
import { IbFailure } from '../failure.js'
import { ByteFields } from '../fields.js'
import type { IbBarsQuery, IbContract } from '../transport.js'
import { type IbWire, type OpenWire, orAborted, type WireListener, type WirePlace } from '../wire.js'
import { Frames } from './frames.js'
import { Inbox } from './inbox.js'
import { Login, OFFERED_VERSIONS } from './login.js'
import { readMessage } from './read-message.js'

const START_API = 71
const CANCEL_HISTORICAL_DATA = 25
const CANCEL_HEAD_TIMESTAMP = 90
/** Seconds since 1970 instead of local time text. */
const EPOCH_SECONDS = 2

/** Opens a wire through `ib-tws-api`. */
export const openTwsWire: OpenWire = async (place, listener, signal) => {
  const client = new GuardedClient(place, listener)
  try {
    await orAborted(client.connect(), signal)
    return client.wire()
  } catch (error) {
    await client.destroy()
    throw error
  }
}

/**
 * `ib-tws-api` as it is loses answers, mixes them up and leaks sockets: it takes warnings for rejections, writes requests
 * of a lost connection to the next one, joins and splits all pending bytes for each packet, reads text as ASCII, prints to
 * stdout, and tells nobody when a connection ends. What is left to it here: the socket, the login and the layout of the
 * requests. All that comes in is read by us, and its queue, time-outs and silent reconnecting are never entered.
 */
class GuardedClient extends Client {
  readonly #place: WirePlace
  readonly #listener: WireListener
  readonly #frames = new Frames()
  readonly #inbox = new Inbox()
  readonly #login = new Login()
  #protocol: ProtocolBytes | undefined
  /** Of the request that is being written. */
  #requestId = 0

  constructor(place: WirePlace, listener: WireListener) {
    super(place)
    this.#place = place
    this.#listener = listener
  }

  override get _protocolBytes(): ProtocolBytes | undefined {
    return this.#protocol
  }

  override set _protocolBytes(it: ProtocolBytes) {
    this.#protocol = it
    it._onData = (packet) => this.#onPacket(packet)
    it.sendHandshake = () => {
      this.#listener.onStage('connected')
      it._socket.write(Buffer.concat([Buffer.from('API\0'), it._serializeString(OFFERED_VERSIONS)]))
    }
    it.on('error', (error) => this.#inbox.put(() => this.#listener.onSocketEnd(error)))
    it.on('close', () => this.#inbox.put(() => this.#listener.onSocketEnd(undefined)))
  }

  override get _incomeHandler(): IncomeHandler {
    return {
      setServerVersion: () => undefined,
      awaitMessageType: (type) => this.#login.message(type),
      // Its method then returns as soon as the request is written.
      awaitRequestId: async () => undefined,
    }
  }

  override set _incomeHandler(_itsOwn: IncomeHandler) {}

  override async _allocateRequestId(): Promise<number> {
    return this.#requestId
  }

  override async _sendFieldsetExpirable(fields: readonly Field[]): Promise<void> {
    this.#protocol?.sendFieldset(fields)
  }

  /** The library's own turns client id 0 into 1. */
  override _connectSendStartApi(): void {
    this.#protocol?.sendFieldset([START_API, 2, this.#place.clientId, ''])
  }

  wire(): IbWire {
    return {
      login: { serverVersion: this.#login.serverVersion, accounts: this.#login.accounts },
      sendBars: (id, query) => this.#send(id, () => this.#requestBars(query)),
      sendSchedule: (id, query) =>
        this.#send(id, () => this.#requestBars({ ...query, barSize: '1 day', whatToShow: 'SCHEDULE' })),
      sendTicks: (id, query) =>
        this.#send(id, () =>
          this.getHistoricalTicks({
            ...query,
            contract: libraryContract(query.contract),
            useRth: query.useRTH,
            ignoreSize: false,
          }),
        ),
      sendHead: (id, { contract, whatToShow, useRTH }) =>
        this.#send(id, () =>
          this.getHeadTimeStamp({
            contract: libraryContract(contract),
            whatToShow,
            useRth: useRTH,
            formatDate: EPOCH_SECONDS,
          }),
        ),
      sendContract: (id, contract) => this.#send(id, () => this.getContractDetails(libraryContract(contract))),
      sendTime: () => this.#send(0, () => this.getCurrentTime()),
      cancelBars: (id) => this.#protocol?.sendFieldset([CANCEL_HISTORICAL_DATA, 1, id]),
      cancelHead: (id) => this.#protocol?.sendFieldset([CANCEL_HEAD_TIMESTAMP, id]),
      destroy: () => this.destroy(),
    }
  }

  async destroy(): Promise<void> {
    const socket = this.#protocol?._socket
    if (socket === undefined || socket.closed) return
    socket.destroy()
    await new Promise<void>((resolve) => {
      socket.once('close', () => resolve())
    })
  }

  #requestBars(query: Omit<IbBarsQuery, 'whatToShow'> & { readonly whatToShow: string }): Promise<unknown> {
    return this.getHistoricalData({
      contract: libraryContract(query.contract),
      endDateTime: query.endDateTime,
      duration: query.duration,
      barSizeSetting: query.barSize,
      whatToShow: query.whatToShow,
      useRth: query.useRTH,
      formatDate: EPOCH_SECONDS,
      keepUpToDate: false,
    })
  }

  /** The library takes the id in the same breath in which its method is called. */
  #send(id: number, request: () => Promise<unknown>): void {
    this.#requestId = id
    const CANNOT_SEND = 509
    request().catch((error: unknown) => this.#listener.onError(id, CANNOT_SEND, String(error)))
  }

  #onPacket(packet: Buffer): void {
    try {
      for (const frame of this.#frames.push(packet)) this.#inbox.put(() => this.#onMessage(frame))
    } catch (error) {
      this.#onNoGateway(error)
    }
  }

  #onMessage(frame: Buffer): void | Promise<void> {
    try {
      if (this.#login.serverVersion === 0) {
        this.#login.greet(frame)
        this.#listener.onStage('greeted')
        return undefined
      }
      if (this.#login.read(frame)) return undefined
    } catch (error) {
      this.#onNoGateway(error)
      return undefined
    }
    return readMessage(new ByteFields(frame), this.#login.serverVersion, this.#listener)
  }

  #onNoGateway(error: unknown): void {
    const { host, port } = this.#place
    const message = `What answers at ${host}:${port} does not speak as TWS or IB Gateway do.`
    this.#listener.onUnusable(
      error instanceof IbFailure ? error : new IbFailure('connection', message, { cause: error }),
    )
  }
}

function libraryContract(contract: IbContract): LibraryContract {
  return {
    conId: contract.conId,
    symbol: contract.symbol,
    secType: contract.secType,
    lastTradeDateOrContractMonth: contract.lastTradeDate,
    strike: contract.strike,
    right: contract.right,
    multiplier: contract.multiplier,
    exchange: contract.exchange,
    primaryExchange: contract.primaryExchange,
    currency: contract.currency,
    localSymbol: contract.localSymbol,
    tradingClass: contract.tradingClass,
    includeExpired: contract.includeExpired ?? false,
  }
}
