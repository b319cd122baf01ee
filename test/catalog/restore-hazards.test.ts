import { readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runTransaction, type TransactionContext } from '../../src/catalog/write/transaction.js'
import { DeltaTable } from '../../src/delta/table.js'
import { CatalogLockedError, UnsupportedFormatError } from '../../src/model/errors.js'
import { sameRows } from '../../src/model/frame-edit.js'
import { silentLog } from '../../src/model/log.js'
import { parseSeries } from '../../src/model/series.js'
import { parseInstant } from '../../src/model/time.js'
import { LocalStorage } from '../../src/storage/local.js'
import type { Storage } from '../../src/storage/storage.js'
import { logPath, readLog } from '../delta/log-folder.js'
import { AAPL, MSFT, minuteBars } from '../support/bars.js'
import { testCatalog } from '../support/catalog.js'

test('a file of another writer without statistics comes back as it was with the whole series, and not with a range', async () => {
  const { catalog, root, another } = await testCatalog()
  await catalog.write(AAPL, minuteBars('2024-01-02T10:00Z', 3))
  await catalog.write(AAPL, minuteBars('2024-01-03T10:00Z', 3))
  const { path, partitionValues, size } = readLog(root, 1).find((it) => it['add'])?.['add'] ?? {}
  const file = { path, partitionValues, size, dataChange: true }
  writeFileSync(logPath(root, 2), `${JSON.stringify({ add: { ...file, modificationTime: 0 } })}\n`)
  const remove = { ...file, deletionTimestamp: 0, extendedFileMetadata: true }
  writeFileSync(logPath(root, 3), `${JSON.stringify({ remove })}\n`)
  const later = await another()
  const then = await later.query(AAPL, { asOf: 'bars@2' })
  expect(then.numRows).toBe(6)
  await expect(later.restore(AAPL, { asOf: 'bars@2', start: '2024-01-01', end: '2024-01-05' })).rejects.toThrow(
    UnsupportedFormatError,
  )
  expect(await later.restore(AAPL, { asOf: 'bars@2' })).toMatchObject({ filesAdded: 1, filesRemoved: 0 })
  expect(sameRows(await later.query(AAPL), then)).toBe(true)
  await expect(later.deleteRange(AAPL, { start: '2024-01-02', end: '2024-01-03' })).rejects.toThrow(
    UnsupportedFormatError,
  )
  expect(await later.restore(AAPL, { asOf: 'bars@3' })).toMatchObject({ filesAdded: 0, filesRemoved: 1 })
  expect((await later.query(AAPL)).numRows).toBe(3)
})

test('a dry run of a restore waits for no writer', async () => {
  const { catalog, root, another } = await testCatalog()
  const { asOf } = await catalog.write(AAPL, minuteBars('2024-01-02T10:00Z', 3))
  await catalog.deleteRange(AAPL, { start: '2024-01-01', end: '2024-02-01' })
  const lock = await new LocalStorage(root).lock('bars/_lock', { timeoutMs: 0 })
  const other = await another({ lockTimeoutMs: 0 })
  expect(await other.restore(AAPL, { asOf, dryRun: true })).toMatchObject({ committed: false, filesAdded: 1 })
  await expect(other.restore(AAPL, { asOf })).rejects.toThrow(CatalogLockedError)
  await lock.release()
})

test('a version file that can be neither made nor read ends in an error, not in an endless race', async () => {
  const { catalog, root } = await testCatalog()
  await catalog.write(AAPL, minuteBars('2024-01-02T10:00Z', 1))
  symlinkSync(join(root, 'nowhere'), logPath(root, 1))
  await expect(catalog.write(MSFT, minuteBars('2024-01-02T10:00Z', 1))).rejects.toMatchObject({
    code: 'STORAGE',
    errno: 'ELOOP',
  })
  rmSync(logPath(root, 1))
})

test('closing also waits for the checkpoint that a write still under way makes due', async () => {
  const { catalog, root } = await testCatalog()
  for (let i = 0; i < 49; i++) await catalog.write(AAPL, minuteBars('2024-01-02T10:00Z', 1, i))
  const writing = catalog.write(AAPL, minuteBars('2024-01-02T10:00Z', 1, 49))
  await catalog.close()
  await writing
  expect(readdirSync(join(root, 'bars/_delta_log'))).toContain('_last_checkpoint')
})

test('daily bars are restored from a date on, or up to one, as trade dates', async () => {
  const { catalog } = await testCatalog()
  const daily = { type: 'bars', instrument: 'AAPL.NASDAQ', barType: '1-DAY-LAST' } as const
  const weekly = { type: 'bars', instrument: 'AAPL.NASDAQ', barType: '1-WEEK-LAST' } as const
  for (const series of [daily, weekly]) {
    const rows = (price: number) =>
      ['2023-12-25', '2024-01-08'].map((date) => ({
        ...minuteBars(`${date}T00:00Z`, 1, price)[0],
        ts_init: undefined,
      }))
    const { asOf } = await catalog.write(series, rows(1) as never)
    const first = await catalog.query(series)
    await catalog.write(series, rows(2) as never)
    const second = await catalog.query(series)
    await catalog.restore(series, { asOf, start: '2024-01-01' })
    const mixed = await catalog.query(series)
    expect([...mixed.column('close')]).toEqual([second.column('close')[0], first.column('close')[1]])
    await catalog.restore(series, { asOf, end: '2024-01-01' })
    expect(sameRows(await catalog.query(series), first)).toBe(true)
  }
  expect(await catalog.verify()).toMatchObject({ ok: true })
})

test('a restore that cuts through a file which vacuum takes meanwhile is planned again, and reports no damage', async () => {
  const { catalog, root, clock } = await testCatalog()
  await catalog.write(AAPL, minuteBars('2024-01-02T10:00Z', 10))
  await catalog.snapshot('first')
  const then = (await catalog.query(AAPL)).column('close').slice()
  await catalog.write(AAPL, minuteBars('2024-01-02T10:00Z', 10, 1))
  const storage = new LocalStorage(root)
  const [file] = await catalog.files(AAPL)
  const read = storage.read.bind(storage)
  let taken = false
  const overtaken: Storage = Object.assign(storage, {
    read: async (path: string) => {
      if (path === file?.path && !taken) {
        taken = true
        await catalog.write(AAPL, minuteBars('2024-01-02T10:00Z', 10, 2))
        await catalog.vacuum({ retain: '0d' })
      }
      return read(path)
    },
  })
  const series = parseSeries(AAPL)
  const interval = { startNs: parseInstant('2024-01-02T10:00Z'), endNs: parseInstant('2024-01-02T10:05Z') }
  const context: TransactionContext = {
    storage: overtaken,
    table: new DeltaTable(overtaken, 'bars'),
    clock,
    codec: 'snappy',
    engineInfo: 'test',
    lockTimeoutMs: undefined,
    onLockWait: undefined,
    signal: undefined,
    log: silentLog,
    onCommitted: () => undefined,
  }
  const operations = [{ kind: 'restore', series, interval, version: 0 }] as const
  await runTransaction(context, { type: 'bars', operation: 'RESTORE', parameters: {}, operations })
  expect(taken).toBe(true)
  const now = await catalog.query(AAPL)
  expect([...now.column('close').slice(0, 5)]).toEqual([...then.slice(0, 5)])
  expect(now.column('close')[5]).toBeCloseTo((then[5] ?? 0) + 2)
})

test('a restore below a horizon that moves while it is planned is refused, and never half made', async () => {
  const { catalog, clock, another } = await testCatalog()
  const { asOf } = await catalog.write(AAPL, minuteBars('2024-01-02T10:00Z', 3))
  await catalog.write(AAPL, minuteBars('2024-01-02T10:00Z', 3, 1))
  clock.set('2024-06-20')
  const other = await another({ lock: false })
  const results = await Promise.allSettled([other.restore(AAPL, { asOf }), catalog.vacuum({ retain: '0d' })])
  expect(results[1]?.status).toBe('fulfilled')
  expect(await catalog.verify()).toMatchObject({ ok: true })
  expect((await catalog.query(AAPL)).numRows).toBe(3)
})
