import { HOUR_NS, parseInstant } from '../../src/model/time.js'
import { type Model, NOTHING, type SeriesName } from './model.js'

export const TABLES = ['bars', 'trades'] as const
export type TableName = (typeof TABLES)[number]

export function tableOf(series: SeriesName): TableName {
  return series === 'ticks' ? 'trades' : 'bars'
}

/** A version of each table; none of a table that did not exist then. */
export type Moment = Readonly<Partial<Record<TableName, number>>>

/** What every state of the catalog that can still be asked for should hold, beside the catalog that holds it. */
export class Past {
  model: Model = NOTHING
  nowNs: bigint = parseInstant('2024-06-01')
  /** The state after each step. */
  readonly moments: Moment[] = [{}]
  readonly names = new Map<string, Moment>()
  readonly #tables: Readonly<Record<TableName, Table>> = {
    bars: { states: [], timesNs: [], horizon: 0 },
    trades: { states: [], timesNs: [], horizon: 0 },
  }

  get newest(): Moment {
    return this.moments.at(-1) ?? {}
  }

  versions(table: TableName): number {
    return this.#tables[table].states.length
  }

  wait(hours: number): void {
    this.nowNs += BigInt(hours) * HOUR_NS
  }

  /** Whatever has been committed since the last call made the catalog hold `model`. */
  settle(newest: Moment, model: Model): void {
    this.model = model
    for (const table of TABLES) {
      const { states, timesNs } = this.#tables[table]
      for (let version = states.length; version <= (newest[table] ?? -1); version++) {
        states.push(model)
        timesNs.push(this.nowNs)
      }
    }
    this.moments.push(newest)
  }

  /** A state of the past by its share of all there are. */
  momentAt(share: number): Moment {
    return this.moments[Math.floor(share * this.moments.length)] ?? {}
  }

  versionAt(table: TableName, share: number): number | undefined {
    const count = this.versions(table)
    return count === 0 ? undefined : Math.floor(share * count)
  }

  modelAt(moment: Moment): Model {
    const [bars, trades] = [this.#stateAt('bars', moment), this.#stateAt('trades', moment)]
    return { minutes: bars.minutes, dates: bars.dates, ticks: trades.ticks }
  }

  isReadable(table: TableName, version: number): boolean {
    return version >= this.#tables[table].horizon || [...this.names.values()].some((it) => it[table] === version)
  }

  areReadable(moment: Moment): boolean {
    return TABLES.every((it) => moment[it] === undefined || this.isReadable(it, moment[it]))
  }

  horizon(table: TableName): number {
    return this.#tables[table].horizon
  }

  setHorizon(table: TableName, version: number): void {
    this.#tables[table].horizon = version
  }

  /** The oldest version that a vacuum must keep: the newest one at the cutoff, or the last. */
  oldestKept(table: TableName, retainNs: bigint): number {
    const { timesNs, horizon } = this.#tables[table]
    const firstYoung = timesNs.findIndex((it) => it > this.nowNs - retainNs)
    return Math.max(horizon, firstYoung < 0 ? timesNs.length - 1 : firstYoung - 1)
  }

  #stateAt(table: TableName, moment: Moment): Model {
    const version = moment[table]
    return version === undefined ? NOTHING : (this.#tables[table].states[version] ?? NOTHING)
  }
}

interface Table {
  readonly states: Model[]
  readonly timesNs: bigint[]
  horizon: number
}

/** The text that `asOf` takes. */
export function tokenOf(moment: Moment): string {
  const parts = TABLES.flatMap((it) => (moment[it] === undefined ? [] : [`${it}@${moment[it]}`]))
  return parts.length === 0 ? 'empty' : parts.join(',')
}

/** The versions in a catalog's token. */
export function momentOf(token: string): Moment {
  const found = [...token.matchAll(/(bars|trades)@(\d+)/g)].map(([, table, version]) => [table, Number(version)])
  return Object.fromEntries(found)
}
