import { existsSync, readFileSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { dir } from 'tmp-promise'
import { expect, test, vi } from 'vitest'
import { DataCatalog, DataCatalogService } from '../../src/index.js'
import { type Interval, type IntervalSet, intersect, normalize } from '../../src/model/interval.js'
import { everyBar, ScriptedSource } from '../support/scripted-source.js'
import { SERIES } from './bars.js'
import { askedTwice, leaseFiles, readJournal } from './journal.js'
import { type Child, startChild } from './processes.js'

const ROUNDS = 20
const SESSION_MINUTES = 390
const DAYS = ['2024-01-02', '2024-01-03', '2024-01-04']
const WHOLE = { start: '2024-01-02', end: '2024-01-05' }
/** About as long as the killed process takes for one day: three requests, a commit. */
const DAY_MS = 80

interface Aftermath {
  readonly askedByKilled: IntervalSet
  readonly askedByOther: IntervalSet
  readonly committedByKilled: IntervalSet
}

/** Kills a process that fetches day by day, a commit each, while this one wants all days at once. */
async function killAfter(days: number, ms: number): Promise<Aftermath> {
  const { path: root, cleanup } = await dir({ unsafeCleanup: true })
  const journal = join(root, '_journal')
  const ranges = DAYS.map((start, i) => ({ start, end: DAYS[i + 1] ?? WHOLE.end }))
  const killed = startChild('fetcher.mjs', { root, series: SERIES, journal, name: 'killed', delayMs: 15, ranges })
  try {
    await vi.waitUntil(() => existsSync(journal) && daysDone(killed) >= days, { timeout: 20_000, interval: 1 })
    await using catalog = await DataCatalog.open(root)
    const source = otherSource()
    const fetching = new DataCatalogService({ catalog, source }).fetchOrLoad(SERIES, WHOLE)
    await sleep(ms)
    killed.process.kill('SIGKILL')
    await killed.ended('SIGKILL')
    outliveLock(root, killed.process.pid)
    expect((await fetching).frame.numRows).toBe(DAYS.length * SESSION_MINUTES)
    await expectWhole(catalog)
    expect(leaseFiles(root).filter((it) => it.startsWith('bars/_leases'))).toEqual([])
    const askedByKilled = readJournal(journal).get('killed') ?? []
    const askedByOther = source.requests.map((it) => it.interval)
    for (const asked of [askedByKilled, askedByOther]) expect(askedTwice(asked)).toEqual([])
    return {
      askedByKilled: normalize(askedByKilled),
      askedByOther: normalize(askedByOther),
      committedByKilled: await committedBy('killed', catalog),
    }
  } finally {
    killed.process.kill('SIGKILL')
    await cleanup()
  }
}

function daysDone(child: Child): number {
  return child.said.filter((it) => 'rows' in it).length
}

function otherSource(): ScriptedSource {
  return new ScriptedSource({
    name: 'other',
    script: async (request, index, context) => {
      await sleep(5)
      return everyBar()(request, index, context)
    },
  })
}

async function expectWhole(catalog: DataCatalog): Promise<void> {
  const times = (await catalog.query(SERIES)).column('ts_event')
  expect([times.length, new Set(times).size]).toEqual([DAYS.length * SESSION_MINUTES, DAYS.length * SESSION_MINUTES])
  expect(await catalog.verify()).toMatchObject({ ok: true, problems: [] })
}

async function committedBy(source: string, catalog: DataCatalog): Promise<IntervalSet> {
  const committed: Interval[] = []
  for (const it of await catalog.coverage(SERIES)) {
    if (it.state === 'data' && it.provenance.source === source) committed.push(it)
  }
  return normalize(committed)
}

/** The table's lock of a writer that was killed inside a commit is stale after 10 s: the test does not wait for them. */
function outliveLock(root: string, pid: number | undefined): void {
  const note = join(root, 'bars/_lock.json')
  if (!existsSync(note) || JSON.parse(readFileSync(note, 'utf8')).pid !== pid) return
  const past = new Date(Date.now() - 60_000)
  utimesSync(join(root, 'bars/_lock'), past, past)
}

test('the other finishes when an owner is killed, and asks again only what the killed one had not committed', async () => {
  let [interrupted, resumed] = [0, 0]
  for (let round = 0; round < ROUNDS; round++) {
    const { askedByKilled, askedByOther, committedByKilled } = await killAfter(round % 3, Math.random() * DAY_MS)
    expect(intersect(askedByOther, committedByKilled)).toEqual([])
    if (intersect(askedByKilled, askedByOther).length > 0) interrupted++
    if (committedByKilled.length > 0 && askedByOther.length > 0) resumed++
  }
  console.log(
    `${ROUNDS} rounds: ${interrupted} killed before a commit of what they had asked for, ${resumed} after one`,
  )
  expect(interrupted).toBeGreaterThan(0)
  expect(resumed).toBeGreaterThan(0)
})
