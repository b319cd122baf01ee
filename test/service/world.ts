import { DataCatalog } from '../../src/catalog/catalog.js'
import type { SeriesInput } from '../../src/model/series.js'
import type { HistoricalSource } from '../../src/service/historical-source.js'
import { DataCatalogService } from '../../src/service/service.js'
import { states } from '../support/bars.js'
import { type TestClock, temporaryFolder, testClock } from '../support/catalog.js'
import { RecordingLog } from '../support/recording-log.js'
import { ScriptedSource, type ScriptedSourceOptions } from '../support/scripted-source.js'

export const AAPL_DAILY = { type: 'bars', instrument: 'AAPL.NASDAQ', barType: '1-DAY-LAST' } as const
/** A venue that never closes. */
export const BTC_HOURLY = { type: 'bars', instrument: 'BTC-USD.COINBASE', barType: '1-HOUR-LAST' } as const
/** A venue without a calendar: every minute is required. */
export const UNKNOWN_HOURLY = { type: 'bars', instrument: 'SAP.XETRA', barType: '1-HOUR-LAST' } as const

/** A Wednesday, the regular session of US stocks in it, and a time when it is long over. */
export const WEDNESDAY = { start: '2024-01-03', end: '2024-01-04' } as const
export const WEDNESDAY_SESSION = '2024-01-03T14:30:00Z..2024-01-03T21:00:00Z'
export const LONG_AFTER = '2024-06-03T12:00:00Z'

export interface World {
  readonly root: string
  readonly catalog: DataCatalog
  readonly source: ScriptedSource
  readonly service: DataCatalogService
  readonly clock: TestClock
  readonly log: RecordingLog
  /** Another service and catalog on the same root, as another process would open them. */
  reopen(source?: HistoricalSource): Promise<{ readonly catalog: DataCatalog; readonly service: DataCatalogService }>
  /** A service on the same catalog: with another source, or with none. */
  serviceWith(source: HistoricalSource | undefined): DataCatalogService
}

/** A catalog in a temporary folder, a scripted source and a clock that stands at `now`. */
export async function createWorld(options: ScriptedSourceOptions & { readonly now?: string } = {}): Promise<World> {
  const root = `${await temporaryFolder()}/catalog`
  const clock = testClock(options.now ?? LONG_AFTER)
  const log = new RecordingLog()
  const source = new ScriptedSource(options)
  const open = (): Promise<DataCatalog> => DataCatalog.open(root, { clock, log })
  const serviceOf = (catalog: DataCatalog, it: HistoricalSource | undefined): DataCatalogService =>
    new DataCatalogService({ catalog, clock, log, ...(it === undefined ? {} : { source: it }) })
  const catalog = await open()
  return {
    root,
    catalog,
    source,
    service: serviceOf(catalog, source),
    clock,
    log,
    reopen: async (other = source) => {
      const reopened = await open()
      return { catalog: reopened, service: serviceOf(reopened, other) }
    },
    serviceWith: (other) => serviceOf(catalog, other),
  }
}

/** Coverage as text: `data 2024-01-03T14:30:00Z..2024-01-03T21:00:00Z`. */
export async function coverageText(catalog: DataCatalog, series: SeriesInput): Promise<readonly string[]> {
  return states(await catalog.coverage(series))
}

export async function commitCount(catalog: DataCatalog): Promise<number> {
  return (await catalog.history()).length
}

/** The error a promise rejects with. */
export async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (value) => {
      throw new Error(`expected an error, got ${String(value)}`)
    },
    (error: unknown) => error,
  )
}
