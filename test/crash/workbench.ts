import { cpSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { dir } from 'tmp-promise'
import { afterAll, beforeAll, vi } from 'vitest'
import { DataCatalog } from '../../src/catalog/catalog.js'
import { reportFigures, type ShownFigures } from '../support/figures.js'
// First: what copies functions out of node:fs must copy the watched ones.
import { type Call, unwatched, type Verdict, watch } from './disk.mjs'
import { clock, MUTATIONS, type Mutation } from './scenarios.mjs'
import { stateOf } from './state.js'

/** A mutation with what was there before, and what a user sees before and after it. */
export interface Prepared {
  readonly name: string
  readonly mutation: Mutation
  /** Holds `catalog`, unless nothing has been written yet. Never changed. */
  readonly folder: string
  readonly before: string
  readonly after: string
  /** Every call of node:fs from opening the catalog to closing it, in order. */
  readonly calls: readonly Call[]
}

/** How watched changes went. */
export interface Attempt {
  readonly isCrashed: boolean
  readonly calls: readonly Call[]
  /** For each change that the caller was told is done, how many calls had been made by then. */
  readonly acknowledgedAt: readonly number[]
}

/** The folders that the tests of a file work in, gone when they are over; their figures are then said under a title. */
export function useWorkbench(title: string, figures: ShownFigures): Workbench {
  const bench = new Workbench()
  beforeAll(async () => {
    // A first write that a crash interrupts is warned of, each time the catalog is opened: hundreds of times here.
    vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    await bench.open()
  })
  afterAll(async () => {
    await bench.close()
    reportFigures(title, figures)
  })
  return bench
}

export class Workbench {
  #base = ''
  #remove: () => Promise<void> = () => Promise.resolve()
  #count = 0

  async open(): Promise<void> {
    const { path, cleanup } = await dir({ unsafeCleanup: true })
    this.#base = path
    this.#remove = cleanup
    // What is loaded by the first change must not come between the calls of those that are counted.
    await this.prepare('quarantine')
  }

  async close(): Promise<void> {
    await this.#remove()
  }

  /** A new folder, with a copy of what another one holds. */
  folder(from?: string): string {
    const folder = join(this.#base, String(this.#count++))
    if (from === undefined) mkdirSync(folder)
    else unwatched(() => cpSync(from, folder, { recursive: true, preserveTimestamps: true }))
    return folder
  }

  /** The same folder under another name: what a crashed writer still has in mind does not meet it. */
  renamed(folder: string): string {
    const other = join(this.#base, String(this.#count++))
    unwatched(() => renameSync(folder, other))
    return other
  }

  discard(folder: string): void {
    unwatched(() => rmSync(folder, { recursive: true, force: true }))
  }

  async prepare(name: string): Promise<Prepared> {
    const mutation = MUTATIONS[name] as Mutation
    const folder = this.folder()
    const root = join(folder, 'catalog')
    const catalog = await DataCatalog.open(root, { clock })
    await mutation.prepare(catalog, root)
    await catalog.close()
    const before = await this.stateIn(this.folder(folder))
    const done = this.folder(folder)
    const { calls } = await attempt([mutation.run], done, () => undefined)
    return { name, mutation, folder, before, after: await this.stateIn(done), calls }
  }

  /** What a user sees of a folder that is not needed after it. */
  async stateIn(folder: string): Promise<string> {
    const state = await stateOf(join(folder, 'catalog'))
    this.discard(folder)
    return state
  }
}

/** Makes changes in a folder whose every call goes through a plan. @throws what a change throws */
export async function attempt(
  changes: readonly Mutation['run'][],
  folder: string,
  plan: (call: Call) => Verdict,
  open: typeof DataCatalog.open = DataCatalog.open,
): Promise<Attempt> {
  const calls: Call[] = []
  const acknowledgedAt: number[] = []
  const disk = watch(folder, (call) => {
    calls.push(call)
    return plan(call)
  })
  const work = async (): Promise<void> => {
    const catalog = await open(join(folder, 'catalog'), { clock })
    for (const run of changes) {
      await run(catalog)
      acknowledgedAt.push(calls.length)
    }
    await catalog.close()
  }
  const working = work()
  await Promise.race([working, disk.crashed]).catch((error: unknown) => {
    if (!disk.isFrozen) throw error
  })
  // What the crash left hanging may still end, in an error that nobody is there for.
  working.catch(() => undefined)
  await disk.idle()
  if (disk.unknown.length > 0) throw new Error(`calls of node:fs that are not enumerated: ${disk.unknown}`)
  if (!disk.isFrozen) disk.unwatch()
  return { isCrashed: disk.isFrozen, calls, acknowledgedAt }
}
