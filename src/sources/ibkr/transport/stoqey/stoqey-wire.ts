import type { Contract, IBApi } from '@stoqey/ib'
import { given } from '../../../../model/given.js'
import { IbFailure } from '../failure.js'
import type { IbBarSize, IbContract, IbLogin } from '../transport.js'
import { type IbWire, type OpenWire, orAborted } from '../wire.js'
import { guardIncoming } from './guard-incoming.js'
import { listen } from './listen.js'
import { loadPeer } from './peer.js'

const load = () => import('@stoqey/ib')
type Library = Awaited<ReturnType<typeof load>>

/** Under IB's limit of 50. */
const MAX_REQUESTS_A_SECOND = 40
/** Seconds since 1970 instead of local time text. */
const EPOCH_SECONDS = 2

/**
 * Opens a wire through the low-level `IBApi` of `@stoqey/ib`. Not `IBApiNext`, whose calls never end when the gateway does
 * not answer, and go out again at each reconnect. A new object for each connection, as an old one keeps what was asked
 * while it was down; all four options, as it looks for a missing one in an `.env` file of the working directory.
 */
export const openStoqeyWire: OpenWire = async (place, listener, signal) => {
  const library = await loadPeer(load)
  const { host, port, clientId } = place
  const api = new library.IBApi({ host, port, clientId, maxReqPerSec: MAX_REQUESTS_A_SECOND })
  guardIncoming(api, listener)
  listen(library.EventName, api, listener)
  const over = new Promise<void>((resolve) => {
    api.once(library.EventName.disconnected, resolve)
  })
  const destroy = async () => {
    api.disconnect()
    await over
  }
  const login = logIn(library, api)
  try {
    return wireOf(library, api, await orAborted(login, signal), destroy)
  } catch (error) {
    await destroy()
    throw error
  }
}

async function logIn({ EventName }: Library, api: IBApi): Promise<IbLogin> {
  const accounts = new Promise<string>((resolve) => {
    api.once(EventName.managedAccounts, resolve)
  })
  const ready = new Promise<number>((resolve) => {
    api.once(EventName.nextValidId, resolve)
  })
  api.connect()
  const [list] = await Promise.all([accounts, ready])
  return { serverVersion: api.serverVersion, accounts: list.split(',').filter((it) => it !== '') }
}

function wireOf(library: Library, api: IBApi, login: IbLogin, destroy: () => Promise<void>): IbWire {
  const contractFor = (contract: IbContract) => libraryContract(library, contract)
  const sizeFor = (barSize: IbBarSize) => barSizeSetting(library, barSize)
  return {
    login,
    sendBars: (id, { contract, endDateTime, duration, barSize, whatToShow, useRTH }) => {
      const size = sizeFor(barSize)
      const what = contractFor(contract)
      api.reqHistoricalData(id, what, endDateTime, duration, size, whatToShow, useRTH, EPOCH_SECONDS, false)
    },
    sendSchedule: (id, { contract, endDateTime, duration, useRTH }) => {
      const size = sizeFor('1 day')
      const what = contractFor(contract)
      api.reqHistoricalData(id, what, endDateTime, duration, size, 'SCHEDULE', useRTH, EPOCH_SECONDS, false)
    },
    sendTicks: (id, { contract, startDateTime, endDateTime, numberOfTicks, whatToShow, useRTH }) => {
      const what = contractFor(contract)
      api.reqHistoricalTicks(id, what, startDateTime, endDateTime, numberOfTicks, whatToShow, useRTH, false)
    },
    sendHead: (id, { contract, whatToShow, useRTH }) => {
      api.reqHeadTimestamp(id, contractFor(contract), whatToShow, useRTH, EPOCH_SECONDS)
    },
    sendContract: (id, contract) => {
      api.reqContractDetails(id, contractFor(contract))
    },
    sendTime: () => {
      api.reqCurrentTime()
    },
    cancelBars: (id) => {
      api.cancelHistoricalData(id)
    },
    cancelHead: (id) => {
      api.cancelHeadTimestamp(id)
    },
    destroy,
  }
}

function libraryContract({ SecType, OptionType }: Library, contract: IbContract): Contract {
  const right = contract.right === 'C' ? OptionType.Call : OptionType.Put
  return {
    secType: SecType[contract.secType],
    symbol: contract.symbol,
    exchange: contract.exchange,
    includeExpired: contract.includeExpired ?? false,
    ...given('currency', contract.currency),
    ...given('conId', contract.conId),
    ...given('primaryExch', contract.primaryExchange),
    ...given('localSymbol', contract.localSymbol),
    ...given('tradingClass', contract.tradingClass),
    ...given('lastTradeDateOrContractMonth', contract.lastTradeDate),
    ...given('strike', contract.strike),
    ...given('right', contract.right === undefined ? undefined : right),
    ...given('multiplier', contract.multiplier === undefined ? undefined : Number(contract.multiplier)),
  }
}

function barSizeSetting(
  { BarSizeSetting }: Library,
  barSize: IbBarSize,
): (typeof BarSizeSetting)[keyof typeof BarSizeSetting] {
  const setting = Object.values(BarSizeSetting).find((it) => String(it) === barSize)
  if (setting !== undefined) return setting
  throw new IbFailure('permanent', `The client library knows no bars of ${barSize}.`)
}
