import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { DataCatalog } from '../../src/catalog/catalog.js'
import { InvalidRequestError, StorageError, UnsupportedFormatError } from '../../src/model/errors.js'
import { LocalStorage } from '../../src/storage/local.js'
import { add, logFolder, METADATA, protocol } from '../delta/log-folder.js'
import { AAPL, minuteBars } from '../support/bars.js'
import { type TestCatalog, temporaryFolder, testCatalog } from '../support/catalog.js'

const REFUSED = expect.objectContaining({ code: 'STORAGE', errno: 'ELOOP' })

/** Two days of a series, and a folder outside of the catalog. */
async function world(): Promise<TestCatalog & { readonly outside: string; readonly series: string }> {
  const it = await testCatalog()
  await it.catalog.write(AAPL, minuteBars('2024-01-02T14:30Z', 10), {
    coverage: { start: '2024-01-02', end: '2024-01-03' },
  })
  await it.catalog.write(AAPL, minuteBars('2024-01-03T14:30Z', 10), {
    coverage: { start: '2024-01-03', end: '2024-01-04' },
  })
  const outside = await temporaryFolder()
  const series = join(it.root, 'bars/instrument_id=AAPL.NASDAQ/bar_type=1-MINUTE-LAST-EXTERNAL')
  return { ...it, outside, series }
}

/** Moves a directory of the catalog out of it and leaves a link behind. */
function linkOut(path: string, outside: string): string {
  const target = join(outside, 'moved')
  if (existsSync(path)) renameSync(path, target)
  else mkdirSync(target)
  symlinkSync(target, path)
  return target
}

describe.skipIf(process.platform === 'win32')('a symbolic link that leads out of the catalog', () => {
  test.each(['instrument_id=AAPL.NASDAQ', 'instrument_id=AAPL.NASDAQ/bar_type=1-MINUTE-LAST-EXTERNAL'])(
    'in the place of the directory %s: nothing is read, written or removed behind it',
    async (directory) => {
      const { root, outside, another } = await world()
      const target = linkOut(join(root, 'bars', directory), outside)
      const before = readdirSync(target, { recursive: true }).sort()
      const catalog = await another()
      await expect(catalog.query(AAPL)).rejects.toThrow(StorageError)
      await expect(catalog.query(AAPL)).rejects.toEqual(REFUSED)
      await expect(catalog.write(AAPL, minuteBars('2024-01-04T14:30Z', 1))).rejects.toEqual(REFUSED)
      await expect(catalog.verify({ quarantine: true })).rejects.toEqual(REFUSED)
      expect(readdirSync(target, { recursive: true }).sort()).toEqual(before)
    },
  )

  test.each(['_tmp', '_quarantine'])('in the place of %s: nothing is put behind it', async (directory) => {
    const { root, outside, another, series } = await world()
    rmSync(join(root, 'bars', directory), { recursive: true, force: true })
    const target = linkOut(join(root, 'bars', directory), outside)
    const catalog = await another()
    const [name = ''] = readdirSync(series)
    writeFileSync(join(series, name), 'damaged')
    await expect(catalog.verify({ quarantine: true })).rejects.toEqual(REFUSED)
    expect(readdirSync(target)).toEqual([])
  })

  test('in the place of the log or of a table: the catalog does not open', async () => {
    for (const directory of ['bars/_delta_log', 'bars']) {
      const { root, outside } = await world()
      linkOut(join(root, directory), outside)
      await expect(DataCatalog.open(root)).rejects.toEqual(REFUSED)
    }
  })

  test('in the place of a data file: it is not followed, and not taken for damage', async () => {
    const { catalog, outside, series } = await world()
    const [name = ''] = readdirSync(series).sort()
    renameSync(join(series, name), join(outside, name))
    symlinkSync(join(outside, name), join(series, name))
    await expect(catalog.query(AAPL)).rejects.toEqual(REFUSED)
    await expect(catalog.verify({ quarantine: true })).rejects.toEqual(REFUSED)
    expect(await catalog.history()).toHaveLength(2)
    rmSync(join(series, name))
    renameSync(join(outside, name), join(series, name))
    expect((await catalog.query(AAPL)).numRows).toBe(20)
  })

  test('in the place of the note beside the lock: what it names is neither read nor written', async () => {
    const { root, catalog, outside } = await world()
    const precious = join(outside, 'precious')
    writeFileSync(precious, 'precious')
    symlinkSync(precious, join(root, 'bars/_lock.json'))
    await catalog.write(AAPL, minuteBars('2024-01-04T14:30Z', 1))
    expect(readFileSync(precious, 'utf8')).toBe('precious')
  })

  test('in the place of a lease: what it names is neither read nor written, and the download goes on', async () => {
    const { root, catalog, outside } = await world()
    const precious = join(outside, 'precious')
    writeFileSync(precious, 'precious')
    mkdirSync(join(root, 'bars/_leases'), { recursive: true })
    symlinkSync(precious, join(root, 'bars/_leases/AAPL.NASDAQ%201-MINUTE-LAST-EXTERNAL.json'))
    const lease = await catalog.downloadLease(AAPL)
    await lease.release()
    expect(readFileSync(precious, 'utf8')).toBe('precious')
  })

  test('is not followed where files are listed: what lies behind is no orphan', async () => {
    const { root, catalog, outside } = await world()
    writeFileSync(join(outside, '2024-01-02.0123456789abcdef.parquet'), 'not ours')
    mkdirSync(join(root, 'bars/instrument_id=X.Y'))
    symlinkSync(outside, join(root, 'bars/instrument_id=X.Y/bar_type=1-MINUTE-LAST-EXTERNAL'))
    expect((await catalog.verify()).orphans).toBe(0)
    await catalog.vacuum({ retain: 0n })
    expect(readdirSync(outside)).toHaveLength(1)
  })

  test('to the root itself is the way to a catalog on another disk', async () => {
    const { root, outside } = await world()
    symlinkSync(root, join(outside, 'catalog'))
    const catalog = await DataCatalog.open(join(outside, 'catalog'))
    expect((await catalog.query(AAPL)).numRows).toBe(20)
  })
})

test.skipIf(process.platform === 'win32')('a named pipe in the place of a file is not waited for', async () => {
  const { catalog, series } = await world()
  const [name = ''] = readdirSync(series).sort()
  rmSync(join(series, name))
  spawnSync('mkfifo', [join(series, name)])
  await expect(catalog.query(AAPL)).rejects.toMatchObject({ code: 'CATALOG_CORRUPTION' })
})

describe('a path that its own text leads out', () => {
  test.each(['../x', 'bars/../../x', '/etc/passwd', 'bars//x', './x', 'bars/.', 'bars/a\0b'])(
    'the storage refuses %j',
    async (path) => {
      const storage = new LocalStorage(await temporaryFolder())
      expect(() => storage.read(path)).toThrow(InvalidRequestError)
      expect(() => storage.exists(path)).toThrow(InvalidRequestError)
      await expect(storage.create(path, new Uint8Array(1))).rejects.toThrow(InvalidRequestError)
      await expect(storage.remove(path)).rejects.toThrow(InvalidRequestError)
      await expect(storage.move(path, 'bars/x')).rejects.toThrow(InvalidRequestError)
    },
  )

  test.each([
    '../x.parquet',
    'a/../../x.parquet',
    'a/%2e%2e/%2e%2e/x.parquet',
    '/etc/passwd',
    '%2Fetc%2Fpasswd',
    'file:///etc/passwd',
    'C:/x.parquet',
    'C:%5Cx.parquet',
    'a%5C..%5Cx.parquet',
    'a%00.parquet',
    's3://bucket/x.parquet',
  ])('a log that names the file %j is refused', async (path) => {
    const log = await logFolder()
    log.write(0, protocol(), METADATA, add(path))
    await expect(DataCatalog.open(log.root)).rejects.toThrow(UnsupportedFormatError)
  })

  test.each(['_delta_log/00000000000000000000.json', '_quarantine/x.parquet', '_tmp/x', '_lock.json', '_leases/x'])(
    'a log that names the own file %s as data is refused: a vacuum would delete it',
    async (path) => {
      const log = await logFolder()
      log.write(0, protocol(), METADATA, add(path))
      await expect(DataCatalog.open(log.root)).rejects.toThrow(UnsupportedFormatError)
    },
  )
})
