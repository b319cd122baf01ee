import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Folder of real market data for the tests that use it: `NTRADER_TEST_DATA`, else `../shared/data` beside the project. */
export function dataDir(): string | undefined {
  const beside = fileURLToPath(new URL('../../../shared/data', import.meta.url))
  const dir = process.env['NTRADER_TEST_DATA'] ?? beside
  return existsSync(dir) ? dir : undefined
}
