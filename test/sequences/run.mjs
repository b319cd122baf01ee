import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { longRun } from '../support/long-run.mjs'

/**
 * `npm run test:model`: ten thousand sequences, or NTRADER_SEQUENCES, shared among as many processes as there are cores,
 * each with a seed of its own: NTRADER_SEED, or one of today's, and those after it. With NTRADER_PATH, as a failure names
 * it, that one sequence again.
 */
const TOTAL = Number(process.env.NTRADER_SEQUENCES ?? 10_000)
const SEED = Number(process.env.NTRADER_SEED ?? Math.floor(Date.now() / 1000))
const ONLY_SEQUENCES = ['-t', 'shows after each command']

const count = process.env.NTRADER_PATH === undefined ? availableParallelism() : 1
// A crash here is the end of a process, not of the machine: nothing depends on what a disk does.
const memory = process.env.TMPDIR === undefined && existsSync('/dev/shm') ? { TMPDIR: '/dev/shm' } : {}
const runs = Array.from({ length: count }, (_, i) => ({
  args: ['test/sequences', ...(i === 0 ? [] : ONLY_SEQUENCES)],
  env: { ...memory, NTRADER_SEED: String(SEED + i), NTRADER_SEQUENCES: String(Math.ceil(TOTAL / count)) },
}))
await longRun(runs)
