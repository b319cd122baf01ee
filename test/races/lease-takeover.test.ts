import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { dir } from 'tmp-promise'
import { expect, test } from 'vitest'
import { type LeaseNote, textOfNote } from '../../src/storage/lease-note.js'
import { ownIdentity } from '../../src/storage/process-identity.js'
import { startChild } from './processes.js'

const RIVALS = ['A', 'B', 'C', 'D']

interface Journal {
  /** Of each round, what was written in it, in order: `A in`, `A out`, … */
  readonly rounds: readonly (readonly string[])[]
  /** Files that are left beside the leases. */
  readonly litter: readonly string[]
}

/** Lets four processes go for one stale lease after another. */
async function race(rounds: number, isOnce: boolean, plant: (root: string, round: number) => void): Promise<Journal> {
  const { path: root, cleanup } = await dir({ unsafeCleanup: true })
  try {
    const [journal, meetings] = [join(root, 'journal'), join(root, 'meetings')]
    for (const it of ['bars/_leases', 'bars/_tmp', 'meetings']) mkdirSync(join(root, it), { recursive: true })
    const paths = Array.from({ length: rounds }, (_, round) => `bars/_leases/${round}.json`)
    for (let round = 0; round < rounds; round++) plant(root, round)
    const task = { root, journal, meetings, paths, isOnce, rivals: RIVALS.length, staleMs: 100 }
    const children = RIVALS.map((name) => startChild('lease-taker.mjs', { ...task, name }))
    await Promise.all(children.map((it) => it.ended()))
    const lines = readFileSync(journal, 'utf8').trim().split('\n')
    const of = (round: number): readonly string[] =>
      lines.filter((it) => it.startsWith(`${round} `)).map((it) => it.slice(it.indexOf(' ') + 1))
    const litter = ['bars/_leases', 'bars/_tmp'].flatMap((it) => readdirSync(join(root, it)))
    return { rounds: paths.map((_, round) => of(round)), litter }
  } finally {
    await cleanup()
  }
}

function owner(round: number, role: number): string {
  return (round * 16 + role).toString(16).padStart(16, '0')
}

function note(round: number, role: number, other: Partial<LeaseNote>): string {
  const since = '2024-01-02T03:04:05.678Z'
  return textOfNote({ ...ownIdentity(), owner: owner(round, role), since, beats: 3, ...other })
}

test('of four processes that find the lease of a dead one in the same instant, exactly one takes it over', async () => {
  const { pid } = spawnSync(process.execPath, ['--version'])
  const { rounds, litter } = await race(300, true, (root, round) => {
    writeFileSync(join(root, `bars/_leases/${round}.json`), note(round, 1, { pid }))
    // In every third round somebody has died between claiming the lease and taking it, in every ninth two have.
    if (round % 3 === 0) writeFileSync(join(root, `bars/_tmp/${owner(round, 1)}.claim`), note(round, 2, { pid }))
    if (round % 9 === 0) writeFileSync(join(root, `bars/_tmp/${owner(round, 2)}.claim`), note(round, 3, { pid }))
  })
  const winners = rounds.map((it) => it.filter((line) => line.endsWith(' in')).length)
  expect(winners).toEqual(rounds.map(() => 1))
  expect(litter).toEqual([])
  const wins = RIVALS.map((name) => rounds.filter((it) => it.includes(`${name} in`)).length)
  console.log(`300 takeovers by four processes, one winner each: ${wins.join(' ')}`)
})

test('four processes that wait out a silent holder hold the lease one after another', async () => {
  const { rounds, litter } = await race(15, false, (root, round) => {
    writeFileSync(join(root, `bars/_leases/${round}.json`), note(round, 1, { host: 'elsewhere' }))
  })
  for (const lines of rounds) {
    const turns = lines.filter((it) => it.endsWith(' in')).map((it) => it.slice(0, 1))
    expect(lines).toEqual(turns.flatMap((name) => [`${name} in`, `${name} out`]))
    expect([...turns].sort()).toEqual(RIVALS)
  }
  expect(litter).toEqual([])
})
