import type { DataCatalog } from '../../src/catalog/catalog.js'
import { coverageSet } from '../../src/catalog/coverage/coverage.js'
import type { WriteMode } from '../../src/catalog/write/operations.js'
import type { SeriesInput } from '../../src/model/series.js'
import { nanos, TRADES, trade } from '../support/trades.js'

/** One series of trades in a catalog, spoken of in nanoseconds: short enough for a table of cases. */
export class NsSeries {
  readonly catalog: DataCatalog
  readonly series: SeriesInput & { readonly type: 'trades' }

  constructor(catalog: DataCatalog, instrument: string = TRADES.instrument) {
    this.catalog = catalog
    this.series = { type: 'trades', instrument }
  }

  /** Writes trades at `rows` as all there is in `[start, end)`. */
  async put([start, end]: NsRange, rows: readonly Ns[], mode: WriteMode = 'error'): Promise<boolean> {
    const coverage = { start: BigInt(start), end: BigInt(end) }
    const trades = rows.map((ns) => trade(ns, { trade_id: `t${ns}` }))
    return (await this.catalog.write(this.series, trades, { mode, coverage })).committed
  }

  async remove([start, end]: NsRange): Promise<boolean> {
    return (await this.catalog.deleteRange(this.series, { start: BigInt(start), end: BigInt(end) })).committed
  }

  async rows(): Promise<readonly bigint[]> {
    return (await this.catalog.files(this.series)).length === 0 ? [] : nanos(await this.catalog.query(this.series))
  }

  /** `[1,4)` */
  async coverage(): Promise<readonly string[]> {
    return coverageSet(await this.catalog.coverage(this.series)).map((it) => `[${it.startNs},${it.endNs})`)
  }

  async missing([start, end]: NsRange): Promise<readonly string[]> {
    const set = await this.catalog.missing(this.series, { start: BigInt(start), end: BigInt(end) })
    return set.map((it) => `[${it.startNs},${it.endNs})`)
  }
}

export type Ns = bigint | number
export type NsRange = readonly [start: Ns, end: Ns]
