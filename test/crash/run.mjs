import { existsSync } from 'node:fs'
import { longRun } from '../support/long-run.mjs'

/** `npm run test:crash`: the suites of this folder in their full form, with their figures. */
// What a disk loses is told by a model here: nothing depends on what the disk of this machine does.
const memory = process.env.TMPDIR === undefined && existsSync('/dev/shm') ? { TMPDIR: '/dev/shm' } : {}
const env = { ...memory, NTRADER_FULL: '1' }
// The first takes as long as all the others.
const suites = [['faults'], ['killed', 'rebuild', 'sigkill', 'power-loss', 'read-faults', 'import']]
await longRun(suites.map((names) => ({ args: names.map((it) => `test/crash/${it}`), env })))
