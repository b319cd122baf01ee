import { onTestFinished } from 'vitest'
import { DataCatalog } from '../../src/catalog/catalog.js'
import type { Fault } from '../../src/gateway/faults.js'
import type { SimGatewayOptions } from '../../src/gateway/house.js'
import type { BarsAsk, GatewayRequest } from '../../src/gateway/request.js'
import { SeededMarket } from '../../src/gateway/seeded-market.js'
import { SimGateway } from '../../src/gateway/sim-gateway.js'
import { DataCatalogService } from '../../src/service/service.js'
import type { IbkrSourceOptions } from '../../src/sources/ibkr/options.js'
import { IbkrSource } from '../../src/sources/ibkr/source.js'
import { type TestClock, temporaryFolder, testClock } from './catalog.js'
import { RecordingLog } from './recording-log.js'

/** Waits that are a minute of the gateway's time take a third of a second. */
export const TIME_SCALE = 200

export interface IbkrWorld {
  readonly root: string
  readonly gateway: SimGateway
  readonly catalog: DataCatalog
  readonly source: IbkrSource
  readonly service: DataCatalogService
  readonly clock: TestClock
  readonly log: RecordingLog
  readonly stateDirectory: string
  /** The requests for bars since the last call. */
  asked(): readonly BarsAsk[]
}

export interface IbkrWorldOptions extends Omit<IbkrSourceOptions, 'clock' | 'log' | 'port'> {
  readonly now?: string
  /** What goes wrong with the n-th request for data. */
  readonly faults?: (request: GatewayRequest, index: number) => Fault | undefined
  readonly gateway?: Partial<SimGatewayOptions>
}

/** A simulated gateway on a real socket, the source that asks it, and a catalog, all on one clock that stands still. */
export async function createIbkrWorld(options: IbkrWorldOptions = {}): Promise<IbkrWorld> {
  const { now = '2024-07-01T12:00:00Z', faults, gateway: gatewayOptions, ...source } = options
  const folder = await temporaryFolder()
  const clock = testClock(now)
  const log = new RecordingLog()
  const gateway = await SimGateway.start({
    market: new SeededMarket({ clock }),
    clock,
    timeScale: TIME_SCALE,
    pacing: 'documented',
    ...gatewayOptions,
    ...(faults === undefined ? {} : { faults }),
  })
  const stateDirectory = `${folder}/state`
  const ibkr = new IbkrSource({ timeScale: TIME_SCALE, stateDirectory, clock, log, ...source, port: gateway.port })
  const catalog = await DataCatalog.open(`${folder}/catalog`, { clock, log })
  const service = new DataCatalogService({ catalog, source: ibkr, clock, log })
  onTestFinished(async () => {
    await service.close()
    await catalog.close()
    await gateway.close()
  })
  let read = 0
  return {
    root: `${folder}/catalog`,
    gateway,
    catalog,
    source: ibkr,
    service,
    clock,
    log,
    stateDirectory,
    asked: () => {
      const news = gateway.requests.slice(read)
      read = gateway.requests.length
      return news.filter((it) => it.kind === 'historical-data')
    },
  }
}
