/** `npm run test:corruption`: the suites of this folder and of test/security in full, with their figures. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const vitest = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url))
const args = ['run', 'test/corruption', 'test/security', 'test/catalog/rebuild', '--testTimeout', '1800000']
const child = spawn(process.execPath, [vitest, ...args], {
  env: { ...process.env, NTRADER_TEST_FULL: '1' },
  stdio: 'inherit',
})
child.on('exit', (code) => process.exit(code ?? 1))
