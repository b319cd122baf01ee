import { dir } from 'tmp-promise'
import { onTestFinished } from 'vitest'
import { DataCatalog } from '../../src/catalog/catalog.js'
import type { CatalogOptions } from '../../src/catalog/catalog-types.js'
import { type InstantInput, parseInstant } from '../../src/model/time.js'

/** A clock that stands still until it is set. */
export interface TestClock {
  (): bigint
  set(instant: InstantInput): void
}

export function testClock(instant: InstantInput): TestClock {
  let nowNs = parseInstant(instant)
  return Object.assign(() => nowNs, {
    set(next: InstantInput): void {
      nowNs = parseInstant(next)
    },
  })
}

export interface TestCatalog {
  readonly catalog: DataCatalog
  readonly root: string
  readonly clock: TestClock
  /** Another object on the same directory and clock: what a second process sees. */
  another(options?: CatalogOptions): Promise<DataCatalog>
}

/** A folder of its own that is gone when the test is over. */
export async function temporaryFolder(): Promise<string> {
  const { path, cleanup } = await dir({ unsafeCleanup: true })
  onTestFinished(() => cleanup())
  return path
}

/** An empty catalog in a temporary folder, on a clock of 2024-06-01. */
export async function testCatalog(options: CatalogOptions = {}): Promise<TestCatalog> {
  const root = `${await temporaryFolder()}/catalog`
  const clock = testClock('2024-06-01')
  const another = (others: CatalogOptions = {}): Promise<DataCatalog> =>
    DataCatalog.open(root, { clock, ...options, ...others })
  return { catalog: await another(), root, clock, another }
}
