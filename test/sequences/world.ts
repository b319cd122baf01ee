import { mkdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { DataCatalog } from '../../src/catalog/catalog.js'
import { coverageSet } from '../../src/catalog/coverage/coverage.js'
import { horizonOf } from '../../src/delta/horizon.js'
import { DeltaTable } from '../../src/delta/table.js'
import { parseDuration } from '../../src/model/duration.js'
import { contains, overlaps } from '../../src/model/interval.js'
import { MINUTE_NS } from '../../src/model/time.js'
import { LocalStorage } from '../../src/storage/local.js'
import { aimOf, foresee, perform } from './changes.js'
import { DamagedFiles } from './damaged-files.js'
import { isCommit, type Script, scripted } from './faulty-storage.js'
import { cellNs, type Model, SERIES, type SeriesName, same, without } from './model.js'
import { type Moment, momentOf, type Past, TABLES, tableOf, tokenOf } from './past.js'
import { codeOf, expected, expectedOf, expectedRows, INPUTS, intervalOf, rowsOf, seen, seenOf, WHOLE } from './state.js'
import type { Change, Damage, Step, Upkeep } from './steps.js'

const PINS_MAX = 2

/** What a run did and compared, summed over its sequences. */
export type Figures = Record<
  | 'commands'
  | 'commits'
  | 'statesCompared'
  | 'versionsCompared'
  | 'crashes'
  | 'crashesAfterTheCommit'
  | 'writersOvertaken'
  | 'filesDamaged'
  | 'refusals',
  number
>

/** One catalog on the disk and all who have it open, held against what it should show after each command. */
export class World {
  readonly #root: string
  readonly #past: Past
  readonly #figures: Figures
  #catalog: DataCatalog
  /** Another process's view: opened early, and only ever read. */
  #reader: DataCatalog
  readonly #pins: Moment[] = []
  readonly #damaged: DamagedFiles
  #turn = 0
  #hasCrashed = false

  private constructor(root: string, past: Past, figures: Figures, catalog: DataCatalog, reader: DataCatalog) {
    this.#root = root
    this.#past = past
    this.#figures = figures
    this.#catalog = catalog
    this.#reader = reader
    this.#damaged = new DamagedFiles(past)
  }

  static async at(root: string, past: Past, figures: Figures): Promise<World> {
    const open = (): Promise<DataCatalog> => DataCatalog.open(root, { clock: () => past.nowNs })
    return new World(root, past, figures, await open(), await open())
  }

  async run(step: Step): Promise<void> {
    this.#figures.commands++
    this.#past.nowNs += MINUTE_NS
    await this.#do(step)
    await this.#compare()
  }

  async #do(step: Step): Promise<void> {
    switch (step.kind) {
      case 'overtaken':
        return this.#overtaken(step.change, step.by)
      case 'crash':
        return this.#crash(step)
      case 'damage':
        return this.#damage(step.series, step.share, step.damage)
      case 'pin':
        this.#pins.push(this.#past.momentAt(step.share))
        if (this.#pins.length > PINS_MAX) this.#pins.shift()
        return
      case 'read':
        return this.#read(step)
      case 'staleLock':
        return this.#leaveStaleLocks()
      case 'reopen':
        await Promise.all([this.#catalog.close(), this.#reader.close()])
        this.#catalog = await this.#open()
        this.#reader = await this.#open()
        return
      case 'wait':
        return this.#past.wait(step.hours)
      default:
        return this.#change(step)
    }
  }

  /** One writer, nothing in its way. What is done again changes nothing. */
  async #change(change: Change | Upkeep): Promise<void> {
    const aim = aimOf(change, this.#past)
    const next = foresee(change, aim, this.#past)
    const before = this.#past.model
    const done = await this.#perform(this.#catalog, change, aim)
    await this.#settle(change, aim, next, done)
    if (typeof done !== 'boolean') return
    const isNew = typeof next === 'object' && !same(before, next)
    // Steps of a transaction may undo each other, and a restore brings files back, where nothing shows of it.
    if (isNew || (change.kind !== 'transaction' && change.kind !== 'restore' && change.kind !== 'restoreAll'))
      expect(done).toBe(isNew)
    if (change.kind === 'transaction') return
    expect(await this.#perform(this.#catalog, change, aim), 'the same again').toBe(false)
  }

  /** A second writer, without the lock, that has planned and written its files when the first commits something. */
  async #overtaken(change: Change, by: Change | Upkeep): Promise<void> {
    const aim = aimOf(change, this.#past)
    let isOvertaken = false
    const script: Script = {
      before: async (operation) => {
        if (isOvertaken || !isCommit(operation)) return
        isOvertaken = true
        this.#figures.writersOvertaken++
        const byAim = aimOf(by, this.#past)
        const next = foresee(by, byAim, this.#past)
        await this.#settle(by, byAim, next, await this.#perform(this.#catalog, by, byAim))
      },
    }
    const second = await this.#open({ lock: false, script })
    const done = await this.#perform(second, change, aim)
    await this.#settle(change, aim, foresee(change, aim, this.#past), done)
    await second.close()
  }

  /** A writer that ends at one of its operations on the disk: all of what it was doing is there, or nothing. */
  async #crash({ change, operation, isAfter }: Step & { readonly kind: 'crash' }): Promise<void> {
    const aim = aimOf(change, this.#past)
    let [count, isDead] = [0, false]
    const die = (): never => {
      isDead = true
      throw new Error('the process ended')
    }
    const script: Script = {
      before: ({ kind }) => {
        if (isDead || (kind !== 'read' && !isAfter && count === operation)) die()
      },
      after: () => {
        if (isDead || (count++ === operation && isAfter)) die()
      },
    }
    const writer = await this.#open({ lock: false, script })
    const next = foresee(change, aim, this.#past)
    let done: boolean | string | undefined
    try {
      done = await perform(writer, change, aim, this.#past.nowNs).catch((error: unknown) => {
        if (isDead) return undefined
        return codeOf(error)
      })
      if (!isDead) return await this.#settle(change, aim, next, done)
    } finally {
      await writer.close()
    }
    this.#figures.crashes++
    this.#hasCrashed = true
    const newest = await this.#newest()
    const hasCommitted = TABLES.some((it) => newest[it] !== this.#past.newest[it])
    if (hasCommitted) this.#figures.crashesAfterTheCommit++
    expect(done === true && !hasCommitted, 'acknowledged, and lost').toBe(false)
    if (hasCommitted && typeof next === 'string') throw new Error(`${next} was to be refused, and was committed`)
    await this.#adoptUpkeep(change, aim)
    this.#past.settle(newest, hasCommitted && typeof next === 'object' ? next : this.#past.model)
  }

  /** A crash may have left one table named and the other not, or the horizon moved and its files there. */
  async #adoptUpkeep(change: Change | Upkeep, aim: Moment): Promise<void> {
    if (change.kind === 'vacuum') await this.#adoptHorizons(change.retain)
    if (change.kind !== 'name' && change.kind !== 'dropName') return
    const before = this.#past.names.get(change.name) ?? {}
    const named = (await this.#catalog.snapshots()).find((it) => it.name === change.name)
    const now = momentOf(named?.asOf ?? '')
    for (const table of TABLES) {
      const allowed = change.kind === 'name' ? [before[table], aim[table]] : [before[table], undefined]
      expect(allowed).toContain(now[table])
    }
    if (named === undefined) this.#past.names.delete(change.name)
    else this.#past.names.set(change.name, now)
  }

  async #adoptHorizons(retain: string): Promise<void> {
    for (const table of TABLES) {
      const snapshot = await new DeltaTable(new LocalStorage(this.#root), table).snapshot()
      if (snapshot === undefined) continue
      const version = horizonOf(snapshot.metadata)?.version ?? 0
      const oldestKept = this.#past.oldestKept(table, parseDuration(retain))
      expect([this.#past.horizon(table), oldestKept], `${table} was vacuumed to ${version}`).toContain(version)
      this.#past.setHorizon(table, version)
    }
  }

  async #perform(catalog: DataCatalog, change: Change | Upkeep, aim: Moment): Promise<boolean | string | undefined> {
    return perform(catalog, change, aim, this.#past.nowNs).catch(codeOf)
  }

  /** The catalog holds what was foreseen, unless files that it needed had been damaged. */
  async #settle(
    change: Change | Upkeep,
    aim: Moment,
    next: Model | string,
    done: boolean | string | undefined,
  ): Promise<void> {
    if (typeof done === 'string') this.#figures.refusals++
    if (done === 'CATALOG_CORRUPTION') expect(await this.#damaged.neededBy(this.#catalog, change, aim)).not.toBe('no')
    else if (typeof next === 'string' || typeof done === 'string') expect(done).toBe(next)
    else if ((await this.#damaged.neededBy(this.#catalog, change, aim)) === 'yes')
      expect(done).toBe('CATALOG_CORRUPTION')
    const isDone = typeof done !== 'string' && typeof next === 'object'
    if (isDone && change.kind === 'vacuum') await this.#adoptHorizons(change.retain)
    if (isDone && change.kind === 'name')
      this.#past.names.set(change.name, { ...this.#past.names.get(change.name), ...aim })
    if (isDone && change.kind === 'dropName') this.#past.names.delete(change.name)
    const newest = await this.#newest()
    for (const it of TABLES) this.#figures.commits += (newest[it] ?? -1) - (this.#past.newest[it] ?? -1)
    this.#past.settle(newest, isDone ? next : this.#past.model)
  }

  /** A file is damaged: the query says so, verify takes it out, and what it covered is unknown again. */
  async #damage(series: SeriesName, share: number, damage: Damage): Promise<void> {
    const files = await this.#catalog.files(INPUTS[series])
    const file = files[Math.floor(share * files.length)]
    if (file === undefined) return
    this.#damaged.harm(this.#root, file, damage)
    this.#figures.filesDamaged++
    if (file.numRows > 0) expect(await rowsOf(this.#catalog, series, WHOLE)).toBe('CATALOG_CORRUPTION')
    const report = await this.#catalog.verify({ quarantine: true })
    expect(report.problems.map((it) => it.file)).toEqual([file.path])
    const lost = coverageSet(file.coverage)
    const model = without(this.#past.model, series, (cell) => contains(lost, cellNs(series, cell)))
    this.#past.settle(await this.#newest(), model)
  }

  /** Some cells of any version, in one piece or as a stream. */
  async #read({ series, span, share }: Step & { readonly kind: 'read' }): Promise<void> {
    const table = tableOf(series)
    const version = this.#past.versionAt(table, share)
    if (version === undefined) return
    const at = { [table]: version }
    const options = { asOf: tokenOf(at), isStreamed: this.#turn % 2 === 0 }
    const actual = await rowsOf(this.#reader, series, span, options)
    if (!this.#past.isReadable(table, version)) {
      expect(actual).toBe('VERSION_EXPIRED')
      return
    }
    const damaged = await this.#damaged.at(this.#catalog, series, at)
    const isHit = damaged.some((it) => it.rowSpan !== undefined && overlaps(it.rowSpan, intervalOf(series, span)))
    expect(actual).toBe(isHit ? 'CATALOG_CORRUPTION' : expectedRows(this.#past.modelAt(at), series, span))
    this.#figures.versionsCompared++
  }

  /** What a writer that was killed with the lock leaves, ten seconds later. */
  #leaveStaleLocks(): void {
    for (const table of TABLES.filter((it) => this.#past.versions(it) > 0)) {
      const lock = join(this.#root, table, '_lock')
      mkdirSync(lock, { recursive: true })
      writeFileSync(`${lock}.json`, '{"pid":1,"host":"gone","since":"2024-01-01T00:00:00Z"}')
      utimesSync(lock, new Date(0), new Date(0))
    }
  }

  #open({
    lock = true,
    script = {},
  }: {
    readonly lock?: boolean
    readonly script?: Script
  } = {}): Promise<DataCatalog> {
    return scripted(script, () => DataCatalog.open(this.#root, { lock, clock: () => this.#past.nowNs }))
  }

  async #newest(): Promise<Moment> {
    await this.#catalog.list()
    return momentOf(this.#catalog.version())
  }

  /** Everything that can be seen now: by the writer, by a reader that was there before, or by one that comes anew. */
  async #compare(): Promise<void> {
    const turn = this.#turn++ % 3
    const fresh = turn === 0 ? await this.#open() : undefined
    const who = fresh ?? (turn === 1 ? this.#catalog : this.#reader)
    expect(await seen(who)).toBe(expected(this.#past.model, this.#past.nowNs))
    this.#figures.statesCompared++
    for (const moment of this.#pins) await this.#comparePast(who, moment, tokenOf(moment))
    for (const [name, moment] of this.#past.names) await this.#comparePast(who, moment, name)
    await fresh?.close()
  }

  async #comparePast(catalog: DataCatalog, moment: Moment, asOf: string): Promise<void> {
    for (const series of SERIES) {
      const table = tableOf(series)
      const version = moment[table]
      if (version !== undefined && !this.#past.isReadable(table, version)) {
        expect(await rowsOf(catalog, series, WHOLE, { asOf })).toBe('VERSION_EXPIRED')
      } else if ((await this.#damaged.at(this.#catalog, series, moment)).some((it) => it.numRows > 0)) {
        expect(await rowsOf(catalog, series, WHOLE, { asOf })).toBe('CATALOG_CORRUPTION')
      } else {
        expect(await seenOf(catalog, series, asOf)).toBe(expectedOf(this.#past.modelAt(moment), series))
      }
      this.#figures.versionsCompared++
    }
  }

  /** Every version there ever was, by one who was not there; then the files themselves, and the sums of the history. */
  async finish(): Promise<void> {
    const fresh = await this.#open()
    for (const table of TABLES) {
      for (let version = 0; version < this.#past.versions(table); version++) {
        await this.#comparePast(fresh, { [table]: version }, tokenOf({ [table]: version }))
      }
    }
    expect(await fresh.verify()).toMatchObject({ ok: true, problems: [], ...(this.#hasCrashed ? {} : { orphans: 0 }) })
    for (const series of SERIES) {
      const rows = (await fresh.history(INPUTS[series])).reduce((sum, it) => sum + it.rowsAdded, 0)
      expect(rows).toBe(this.#past.model[series].filter((it) => it.price !== undefined).length)
    }
    for (const it of [fresh, this.#catalog, this.#reader]) await it.close()
  }
}
