import { longRun } from '../support/long-run.mjs'

/** `npm run test:races`: every race in its long form, one file after another, so that each has the machine to itself. */
await longRun([{ args: ['test/races', '--no-file-parallelism'], env: { NTRADER_FULL: '1' } }])
