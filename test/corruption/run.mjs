import { longRun } from '../support/long-run.mjs'

/** `npm run test:corruption`: the suites of this folder, of security and of the rebuild in full, with their figures. */
const args = ['test/corruption', 'test/security', 'test/catalog/rebuild', '--testTimeout', '1800000']
await longRun([{ args, env: { NTRADER_FULL: '1' } }])
