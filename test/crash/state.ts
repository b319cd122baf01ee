import { existsSync, readdirSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { DataCatalog } from '../../src/catalog/catalog.js'
import { CatalogError } from '../../src/model/errors.js'
import { systemClock } from '../../src/model/time.js'
import { LocalStorage } from '../../src/storage/local.js'
import { unwatched } from './disk.mjs'
import { AAPL, bars, clock, MSFT, type Mutation } from './scenarios.mjs'

/** Earlier versions that are read too: enough for what a mutation can take away. */
const VERSIONS_READ = 4
const DAY_NS = 86_400_000_000_000n

/**
 * All that a user can see of a catalog, as one text to compare: rows, coverage, history, what the last versions still
 * read as, names, instruments, and what `verify` finds. Chance (names of files, ids) is not in it.
 */
export async function stateOf(root: string): Promise<string> {
  const catalog = await DataCatalog.open(root, { clock })
  const { problems } = await catalog.verify()
  const history = await catalog.history()
  const earlier: string[] = []
  for (const { version } of history.filter((it) => it.type === 'bars').slice(-VERSIONS_READ)) {
    earlier.push(await rowsOf(catalog, `bars@${version}`))
  }
  const state = {
    problems: problems.map((it) => ({ kind: it.kind, interval: it.interval })),
    rows: await rowsOf(catalog),
    coverage: [await catalog.coverage(AAPL), await catalog.coverage(MSFT)],
    history,
    earlier,
    names: (await catalog.snapshots()).map((it) => it.name),
    instruments: await catalog.instruments(),
    quarantined: namesIn(join(root, 'bars/_quarantine')).length,
  }
  await catalog.close()
  return textOf(state)
}

/** The rows and the coverage of the newest state alone. */
export async function contentOf(catalog: DataCatalog): Promise<string> {
  const coverage = [await catalog.coverage(AAPL), await catalog.coverage(MSFT)]
  return textOf({ rows: await rowsOf(catalog), coverage })
}

function textOf(state: unknown): string {
  return JSON.stringify(state, (_, value) => (typeof value === 'bigint' ? String(value) : value), 1)
}

async function rowsOf(catalog: DataCatalog, asOf?: string): Promise<string> {
  const parts: string[] = []
  for (const series of [AAPL, MSFT]) {
    try {
      const frame = await catalog.query(series, asOf === undefined ? {} : { asOf })
      parts.push([...frame].map((it) => `${it.ts_event}:${it.close}:${it.volume}`).join(' '))
    } catch (error) {
      if (!(error instanceof CatalogError)) throw error
      parts.push(error.code)
    }
  }
  return parts.join(' | ')
}

/** The work that follows a crash: what was interrupted is done again, and the next write is taken. */
export async function goesOn(root: string, { run }: Mutation, after: string): Promise<void> {
  outliveLocks(root)
  const catalog = await DataCatalog.open(root, { clock, lockTimeoutMs: 2_000 })
  await run(catalog)
  await catalog.close()
  const state = await stateOf(root)
  if (state !== after) throw new Error(`done again, it is not done: ${state}`)
  await takesNextWrite(root)
}

/** A write to a day of its own is taken, also where a writer left its lock. */
export async function takesNextWrite(root: string): Promise<void> {
  outliveLocks(root)
  const catalog = await DataCatalog.open(root, { clock, lockTimeoutMs: 2_000 })
  const rows = bars('2024-02-20', 3, 300)
  await catalog.write(AAPL, rows)
  const { numRows } = await catalog.query(AAPL, { start: '2024-02-20', end: '2024-02-21' })
  if (numRows !== rows.length) throw new Error(`the next write has ${numRows} rows, not ${rows.length}`)
  await catalog.close()
}

/** Two days later, after `repair` and `vacuum`: nothing of the crash is left. */
export async function tidiesUp(root: string): Promise<void> {
  outliveLocks(root)
  const later = await DataCatalog.open(root, { clock: () => systemClock() + 2n * DAY_NS, lockTimeoutMs: 2_000 })
  await later.repair()
  await later.vacuum({ retain: '0d' })
  const { orphans } = await later.verify({ dryRun: true })
  const left = await later.repair({ dryRun: true })
  await later.close()
  const rest = [...left.moved, ...left.temporaries, ...left.checkpoints]
  if (orphans + rest.length > 0) throw new Error(`after repair and vacuum there are ${orphans} orphans, and ${rest}`)
  // Where nothing was left to do nobody took the dead lock over: the next writer does.
  for (const table of lockedTables(root)) {
    const lock = await new LocalStorage(root).lock(`${table}/_lock`, { timeoutMs: 2_000 })
    await lock.release()
  }
  const locked = lockedTables(root)
  if (locked.length > 0) throw new Error(`${locked} are still locked`)
}

function lockedTables(root: string): readonly string[] {
  return namesIn(root).filter((table) => namesIn(join(root, table)).includes('_lock'))
}

/** A dead holder's lock is stale after 10 s: the clock is turned on, the test does not wait. */
export function outliveLocks(root: string): void {
  const past = new Date(Date.now() - 60_000)
  for (const table of namesIn(root)) {
    const lock = join(root, table, '_lock')
    unwatched(() => existsSync(lock) && utimesSync(lock, past, past))
  }
}

export function namesIn(directory: string): readonly string[] {
  return unwatched(() => (existsSync(directory) ? readdirSync(directory) : []))
}
