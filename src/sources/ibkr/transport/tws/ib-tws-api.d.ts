/**
 * `ib-tws-api` has no types. These cover what the guard uses and nothing else, private members (`_`) included: the
 * package is pinned to 1.3.0 and has not changed since 2021, and a test fails when one of them is not there.
 *
 * Only `guarded-client.ts` may import the package, and must not let these types into what it exports: this file is not
 * part of what is shipped.
 */
declare module 'ib-tws-api' {
  import type { Socket } from 'node:net'

  export type Field = string | number | boolean | undefined

  export interface LibraryContract {
    readonly conId: number | undefined
    readonly symbol: string
    readonly secType: string
    readonly lastTradeDateOrContractMonth: string | undefined
    readonly strike: number | undefined
    readonly right: string | undefined
    readonly multiplier: string | undefined
    readonly exchange: string
    readonly primaryExchange: string | undefined
    readonly currency: string | undefined
    readonly localSymbol: string | undefined
    readonly tradingClass: string | undefined
    readonly includeExpired: boolean
  }

  export interface ProtocolBytes {
    /** Set by `connect()`. */
    readonly _socket: Socket
    _onData: (packet: Buffer) => void
    sendHandshake: () => void
    sendFieldset(fields: readonly Field[]): void
    _serializeString(text: string): Buffer
    on(event: 'close', listener: () => void): void
    on(event: 'error', listener: (error: Error) => void): void
  }

  /** What `Client` asks of the object that it keeps as `_incomeHandler`. */
  export interface IncomeHandler {
    setServerVersion(version: number): void
    awaitMessageType(type: number): Promise<unknown>
    awaitRequestId(id: number): Promise<unknown>
  }

  export class Client {
    constructor(options: { readonly host: string; readonly port: number; readonly clientId: number })
    get _protocolBytes(): ProtocolBytes | undefined
    set _protocolBytes(it: ProtocolBytes)
    get _incomeHandler(): IncomeHandler
    set _incomeHandler(it: IncomeHandler)
    _serverVersion: number
    connect(): Promise<void>
    _allocateRequestId(): Promise<number>
    _sendFieldsetExpirable(fields: readonly Field[]): Promise<void>
    _connectSendStartApi(): void
    getHistoricalData(query: {
      readonly contract: LibraryContract
      readonly endDateTime: string
      readonly duration: string
      readonly barSizeSetting: string
      readonly whatToShow: string
      readonly useRth: boolean
      readonly formatDate: number
      readonly keepUpToDate: boolean
    }): Promise<unknown>
    getHistoricalTicks(query: {
      readonly contract: LibraryContract
      readonly startDateTime: string
      readonly endDateTime: string
      readonly numberOfTicks: number
      readonly whatToShow: string
      readonly useRth: boolean
      readonly ignoreSize: boolean
    }): Promise<unknown>
    getHeadTimeStamp(query: {
      readonly contract: LibraryContract
      readonly whatToShow: string
      readonly useRth: boolean
      readonly formatDate: number
    }): Promise<unknown>
    getContractDetails(contract: LibraryContract): Promise<unknown>
    getCurrentTime(): Promise<unknown>
  }
}
