import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/**
 * Folder of real market data for the tests that use it: `NTRADER_TEST_DATA`, else `../shared/data` beside the project.
 * Tests that need it are skipped where there is none, or the variable is empty; whoever names a folder insists on it.
 */
export function dataDir(): string | undefined {
  const named = process.env['NTRADER_TEST_DATA']
  if (named === '') return undefined
  if (named !== undefined) {
    if (!existsSync(`${named}/bars`)) throw new Error(`NTRADER_TEST_DATA=${named} holds no folder 'bars'`)
    return named
  }
  const beside = fileURLToPath(new URL('../../../shared/data', import.meta.url))
  return existsSync(beside) ? beside : undefined
}
