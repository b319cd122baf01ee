import { basename } from 'node:path'
import { expect, test } from 'vitest'
import { history } from '../../src/catalog/listing.js'
import { Tables } from '../../src/catalog/tables.js'
import { commitPath, logDirectory } from '../../src/delta/log-names.js'
import { salvage } from '../../src/delta/salvage.js'
import { LocalStorage } from '../../src/storage/local.js'
import { temporaryFolder } from '../support/catalog.js'

/** More than a call takes arguments. 500 series, each updated daily, make as many in a year. */
const COMMITS = 130_000

class LongLog extends LocalStorage {
  readonly #names: readonly string[] = Array.from({ length: COMMITS }, (_, version) =>
    basename(commitPath('bars', version)),
  )
  readonly #commit = new TextEncoder().encode('{"commitInfo":{"timestamp":1,"operation":"WRITE"}}\n')

  override list(directory: string): readonly string[] {
    return directory === logDirectory('bars') ? this.#names : super.list(directory)
  }

  override read(path: string): Uint8Array | undefined {
    const isCommit = path.startsWith(`${logDirectory('bars')}/`) && Number.parseInt(basename(path), 10) < COMMITS
    return isCommit ? this.#commit : super.read(path)
  }
}

test('a log of more commits than a call takes arguments is read for its history, and for a rebuild', async () => {
  const storage = new LongLog(await temporaryFolder())
  expect(await history(new Tables(storage), undefined)).toHaveLength(COMMITS)
  expect(await salvage(storage, 'bars')).toMatchObject({ newestRead: COMMITS - 1, unreadable: [] })
})
