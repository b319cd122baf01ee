import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { dir } from 'tmp-promise'
import { expect, test } from 'vitest'
import { DataCatalog, DataCatalogService } from '../../src/index.js'
import { errorOf } from '../service/world.js'
import { ScriptedSource } from '../support/scripted-source.js'
import { SERIES } from './bars.js'
import { askedTwice, leaseFiles, readJournal } from './journal.js'
import { type Child, startChild } from './processes.js'

const SESSION_MINUTES = 390
const LEASE = 'bars/_leases/RACE.SIM%201-MINUTE-LAST-EXTERNAL.json'
/** Six sessions and two; the first of January was a holiday. */
const WEEK_AND_MORE = { start: '2024-01-01', end: '2024-01-10' }
const TWO_DAYS = { start: '2024-01-02', end: '2024-01-04' }

interface Race {
  readonly root: string
  start(name: string, task: object): Child
  asked(): ReturnType<typeof readJournal>
}

async function race(run: (race: Race) => Promise<void>): Promise<void> {
  const { path: root, cleanup } = await dir({ unsafeCleanup: true })
  const journal = join(root, '_journal')
  const children: Child[] = []
  const start = (name: string, task: object): Child => {
    const child = startChild('fetcher.mjs', { root, series: SERIES, journal, name, delayMs: 15, ...task })
    children.push(child)
    return child
  }
  try {
    await run({ root, start, asked: () => readJournal(journal) })
  } finally {
    for (const it of children) it.process.kill('SIGKILL')
    await cleanup()
  }
}

async function expectEachRowOnce(root: string, rows: number): Promise<void> {
  await using catalog = await DataCatalog.open(root)
  const times = [...(await catalog.query(SERIES)).column('ts_event')]
  expect(times).toHaveLength(rows)
  expect(new Set(times).size).toBe(rows)
  expect(await catalog.verify()).toMatchObject({ ok: true, problems: [], orphans: 0 })
}

function pidOfLease(root: string): number {
  return JSON.parse(readFileSync(join(root, LEASE), 'utf8')).pid
}

test('three processes that fetch overlapping ranges ask no minute twice, and all get every row', async () => {
  await race(async ({ root, start, asked }) => {
    const ranges = [
      { name: 'A', sessions: 7, range: { start: '2024-01-02', end: '2024-01-11' } },
      { name: 'B', sessions: 9, range: { start: '2024-01-04', end: '2024-01-18' } },
      { name: 'C', sessions: 5, range: { start: '2024-01-08', end: '2024-01-16' } },
    ]
    const children = ranges.map(({ name, range }) => start(name, { waitsAt: 'begin', ranges: [range] }))
    await Promise.all(children.map((it) => it.heard('waiting')))
    for (const it of children) it.process.stdin?.end()
    await Promise.all(children.map((it) => it.ended()))
    const results = children.map((it) => it.said.find((message) => 'rows' in message))
    expect(results.map((it) => [it?.['rows'], it?.['isRight']])).toEqual(
      ranges.map((it) => [it.sessions * SESSION_MINUTES, true]),
    )
    const requests = [...asked().values()].flat()
    expect(askedTwice(requests)).toEqual([])
    expect(requests).toHaveLength(11 * 3)
    // The ranges met in time, too: those that came later waited.
    const waits = children.flatMap((it) => it.said.filter((message) => 'waits' in message))
    expect(waits.length).toBeGreaterThan(1)
    await expectEachRowOnce(root, 11 * SESSION_MINUTES)
    expect(leaseFiles(root)).toEqual([])
  })
})

test('who waits is told for whom, gives up at once, and later finds what the other fetched', async () => {
  await race(async ({ root, start }) => {
    const owner = start('owner', { waitsAt: 1, ranges: [TWO_DAYS] })
    await owner.heard('waiting')
    await using catalog = await DataCatalog.open(root)
    const source = new ScriptedSource()
    const service = new DataCatalogService({ catalog, source })
    const caller = new AbortController()
    const told: string[] = []
    const waiting = service.fetchOrLoad(SERIES, {
      ...TWO_DAYS,
      signal: caller.signal,
      onProgress: (it) => {
        if (it.phase === 'wait') told.push(it.reason)
        caller.abort()
      },
    })
    expect(await errorOf(waiting)).toMatchObject({ code: 'ABORTED' })
    expect(told).toEqual([
      expect.stringMatching(`^another process \\(pid ${owner.process.pid} on .*\\) downloads this series$`),
    ])
    expect(pidOfLease(root)).toBe(owner.process.pid)
    owner.process.stdin?.end()
    await owner.ended()
    const { frame, report } = await service.fetchOrLoad(SERIES, TWO_DAYS)
    expect([frame.numRows, report.requests, source.requests.length]).toEqual([2 * SESSION_MINUTES, 0, 0])
  })
})

test('an owner that was stopped, overtaken and continued harms neither the lease nor the data', async () => {
  await race(async ({ root, start, asked }) => {
    const stopped = start('stopped', { stopsAt: 4, ranges: [WEEK_AND_MORE] })
    await stopped.heard('stopping')
    const startMs = performance.now()
    const overtaking = start('overtaking', { waitsAt: 1, ranges: [WEEK_AND_MORE] })
    await overtaking.heard('waiting')
    const waitedMs = performance.now() - startMs
    stopped.process.kill('SIGCONT')
    await stopped.ended()
    // It beat, committed and released while the lease was another's.
    expect(pidOfLease(root)).toBe(overtaking.process.pid)
    overtaking.process.stdin?.end()
    await overtaking.ended()
    for (const it of [stopped, overtaking]) {
      expect(await it.heard('rows')).toMatchObject({ rows: 6 * SESSION_MINUTES, isRight: true })
    }
    expect([...asked().keys()]).toEqual(['stopped', 'overtaking'])
    await expectEachRowOnce(root, 6 * SESSION_MINUTES)
    expect(leaseFiles(root)).toEqual([])
    expect(waitedMs).toBeGreaterThan(5_000)
    console.log(`the lease of a stopped owner was taken over after ${(waitedMs / 1000).toFixed(1)} s`)
  })
})
