import { readFile } from 'node:fs/promises'
import { Client, type IncomeHandler, type ProtocolBytes } from 'ib-tws-api'
import { describe, expect, test } from 'vitest'
import { idOf, ScriptedGateway } from '../../support/scripted-gateway.js'

/**
 * The guard replaces private members of a library that promises nothing about them. What a new version of it renames
 * would not be replaced any more, without a word; so here each is named, and seen in use.
 */
describe('what the guard uses of ib-tws-api', () => {
  test('the version is the one that was read', async () => {
    const manifest: unknown = JSON.parse(await readFile('package.json', 'utf8'))
    expect(manifest).toMatchObject({ dependencies: { 'ib-tws-api': '1.3.0' } })
  })

  test.each([
    'connect',
    '_allocateRequestId',
    '_sendFieldsetExpirable',
    '_connectSendStartApi',
    'getHistoricalData',
    'getHistoricalTicks',
    'getHeadTimeStamp',
    'getContractDetails',
    'getCurrentTime',
  ] as const)('Client has the method %s', (name) => {
    expect(Client.prototype[name]).toBeTypeOf('function')
  })

  test('connecting puts a _protocolBytes with its members in place, and asks the _incomeHandler for the login', async () => {
    await using gateway = await ScriptedGateway.start()
    let protocol: ProtocolBytes | undefined
    const asked: number[] = []
    class Watching extends Client {
      override get _protocolBytes(): ProtocolBytes | undefined {
        return protocol
      }
      override set _protocolBytes(it: ProtocolBytes) {
        protocol = it
      }
      override set _incomeHandler(_: IncomeHandler) {}
      override get _incomeHandler(): IncomeHandler {
        return {
          setServerVersion: () => asked.push(0),
          awaitMessageType: async (type: number) => asked.push(type),
          awaitRequestId: async () => undefined,
        }
      }
    }
    await new Watching({ host: '127.0.0.1', port: gateway.port, clientId: 1 }).connect()
    for (const name of ['_onData', 'sendHandshake', 'sendFieldset', '_serializeString', 'on'] as const) {
      expect(protocol?.[name], name).toBeTypeOf('function')
    }
    expect(asked).toEqual([10_000, 0, 9, 15])
    protocol?._socket.destroy()
  })

  test('what comes off the socket goes through _onData, and a request takes its id in the call that makes it', async () => {
    await using gateway = await ScriptedGateway.start({
      onRequest: (fields, to) => to.send([17, idOf(fields), '', '', 0]),
    })
    let isCalling = false
    const allocated: boolean[] = []
    class Watching extends Client {
      override async _allocateRequestId(): Promise<number> {
        allocated.push(isCalling)
        return super._allocateRequestId()
      }
    }
    const client = new Watching({ host: '127.0.0.1', port: gateway.port, clientId: 1 })
    await client.connect()
    const protocol = client._protocolBytes
    if (protocol === undefined) throw new Error('It is not connected.')
    const packets: Buffer[] = []
    const read = protocol._onData.bind(protocol)
    protocol._onData = (packet) => {
      packets.push(packet)
      read(packet)
    }
    const contract = libraryContract()
    const calls = [
      () => client.getHistoricalData({ ...BARS, contract }),
      () => client.getHistoricalTicks({ ...TICKS, contract }),
      () => client.getHeadTimeStamp({ contract, whatToShow: 'TRADES', useRth: true, formatDate: 2 }),
      () => client.getContractDetails(contract),
    ]
    for (const call of calls) {
      isCalling = true
      const answer = call()
      isCalling = false
      await answer
    }
    expect(allocated).toEqual([true, true, true, true])
    expect(packets).toHaveLength(calls.length)
    protocol._socket.destroy()
  })
})

const BARS = {
  endDateTime: '',
  duration: '1 D',
  barSizeSetting: '1 min',
  whatToShow: 'TRADES',
  useRth: true,
  formatDate: 2,
  keepUpToDate: false,
}

const TICKS = {
  startDateTime: '',
  endDateTime: '20240105-15:00:00',
  numberOfTicks: 1000,
  whatToShow: 'TRADES',
  useRth: true,
  ignoreSize: false,
}

function libraryContract() {
  return {
    ...{ conId: undefined, symbol: 'AAPL', secType: 'STK', lastTradeDateOrContractMonth: undefined, strike: undefined },
    ...{ right: undefined, multiplier: undefined, exchange: 'SMART', primaryExchange: undefined, currency: 'USD' },
    ...{ localSymbol: undefined, tradingClass: undefined, includeExpired: false },
  }
}
