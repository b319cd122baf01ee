import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { LocalStorage } from '../../src/storage/local.js'
import { readLog } from '../delta/log-folder.js'
import { AAPL, minuteBars, spans } from '../support/bars.js'
import { type TestCatalog, testCatalog } from '../support/catalog.js'

async function twoDays(): Promise<TestCatalog & { readonly file: string; readonly path: string }> {
  const it = await testCatalog()
  for (const [day, next] of [
    ['02', '03'],
    ['03', '04'],
  ]) {
    const coverage = { start: `2024-01-${day}`, end: `2024-01-${next}` }
    await it.catalog.write(AAPL, minuteBars(`2024-01-${day}T14:30Z`, 60), { coverage })
  }
  const file = (await it.catalog.files(AAPL))[0]?.path ?? ''
  return { ...it, file, path: join(it.root, file) }
}

const inQuarantine = (root: string) =>
  existsSync(join(root, 'bars/_quarantine')) ? readdirSync(join(root, 'bars/_quarantine')).sort() : []

describe('verify with quarantine', () => {
  test('takes file and coverage out in one commit, and keeps a copy beside a note', async () => {
    const { catalog, root, file, path, clock } = await twoDays()
    truncateSync(path, 100)
    clock.set('2024-06-05T12:00Z')
    const report = await catalog.verify({ quarantine: true })
    expect(report).toMatchObject({ ok: false, problems: [{ file, kind: 'size' }], quarantined: [file] })
    expect(await catalog.history()).toHaveLength(3)
    expect((await catalog.query(AAPL)).numRows).toBe(60)
    expect(spans(await catalog.missing(AAPL, { start: '2024-01-02', end: '2024-01-04' }))).toEqual([
      '2024-01-02T00:00:00Z..2024-01-03T00:00:00Z',
    ])
    expect(existsSync(path)).toBe(false)
    expect(inQuarantine(root)).toEqual([basename(file), `${basename(file)}.json`])
    expect(readFileSync(join(root, 'bars/_quarantine', basename(file)))).toHaveLength(100)
    const note: unknown = JSON.parse(readFileSync(join(root, 'bars/_quarantine', `${basename(file)}.json`), 'utf8'))
    expect(note).toEqual({
      file,
      reason: expect.stringMatching(/^size: it has 100 bytes, the log says \d+$/),
      quarantinedAt: '2024-06-05T12:00:00Z',
      interval: { start: '2024-01-02T00:00:00Z', end: '2024-01-03T00:00:00Z' },
      lost: [{ start: '2024-01-02T00:00:00Z', end: '2024-01-03T00:00:00Z' }],
    })
  })

  test('says why in the log, as text', async () => {
    const { catalog, root, path } = await twoDays()
    rmSync(path)
    await catalog.verify({ quarantine: true })
    const remove = readLog(root, 2).find((it) => it['remove'] !== undefined)?.['remove']
    expect(remove?.['tags']).toEqual({
      reason: 'missing: the file is missing',
      coverage: expect.stringMatching(/^\[\{"start":"1704153600000000000"/),
    })
  })

  test('finds nothing the second time', async () => {
    const { catalog, path } = await twoDays()
    truncateSync(path, 100)
    await catalog.verify({ quarantine: true })
    expect(await catalog.verify({ quarantine: true })).toEqual({
      ok: true,
      files: 1,
      orphans: 0,
      problems: [],
      quarantined: [],
    })
    expect(await catalog.history()).toHaveLength(3)
  })

  test('several files are one commit', async () => {
    const { catalog, root } = await twoDays()
    for (const file of await catalog.files(AAPL)) truncateSync(join(root, file.path), 100)
    const report = await catalog.verify({ quarantine: true })
    expect(report.quarantined).toHaveLength(2)
    expect(await catalog.history()).toHaveLength(3)
    expect(await catalog.list()).toEqual([])
  })

  test('of a file without rows takes out what it covered, and no rows', async () => {
    const { catalog, root } = await twoDays()
    await catalog.write(AAPL, [], { coverage: { start: '2024-01-06', end: '2024-01-08' } })
    await catalog.write(AAPL, [], { coverage: { start: '2024-01-20', end: '2024-01-21' } })
    const blank = (await catalog.files(AAPL)).find((it) => it.numRows === 0)?.path ?? ''
    truncateSync(join(root, blank), 3)
    await catalog.verify({ quarantine: true })
    expect((await catalog.query(AAPL)).numRows).toBe(120)
    expect(spans(await catalog.coverage(AAPL))).toEqual(['2024-01-02T00:00:00Z..2024-01-04T00:00:00Z'])
  })

  test('a directory in the place of a file is moved out of the way too', async () => {
    const { catalog, root, file, path } = await twoDays()
    rmSync(path)
    mkdirSync(path)
    await catalog.verify({ quarantine: true })
    expect((await catalog.query(AAPL)).numRows).toBe(60)
    expect(inQuarantine(root)).toContain(`${basename(file)}.json`)
    expect(existsSync(path)).toBe(false)
  })

  test('a file written again after it went is not touched by later runs', async () => {
    const { catalog, path } = await twoDays()
    truncateSync(path, 100)
    await catalog.verify({ quarantine: true })
    await catalog.write(AAPL, minuteBars('2024-01-02T14:30Z', 60))
    expect((await catalog.verify({ quarantine: true })).ok).toBe(true)
    expect((await catalog.query(AAPL)).numRows).toBe(120)
  })
})

describe('a move to quarantine that is done', () => {
  test('is not done again: later runs write nothing for it', async () => {
    const { catalog, path } = await twoDays()
    truncateSync(path, 100)
    await catalog.verify({ quarantine: true })
    const putIfAbsent = vi.spyOn(LocalStorage.prototype, 'putIfAbsent')
    onTestFinished(() => putIfAbsent.mockRestore())
    await catalog.verify({ quarantine: true })
    expect(putIfAbsent).not.toHaveBeenCalled()
  })
})

describe('a move to quarantine that was interrupted', () => {
  test.each(['before the note', 'between note and move'])('%s is finished by the next verify', async (when) => {
    const { catalog, root, file, path, another } = await twoDays()
    truncateSync(path, 100)
    await catalog.verify({ quarantine: true })
    const moved = join(root, 'bars/_quarantine', basename(file))
    renameSync(moved, path)
    if (when === 'before the note') rmSync(`${moved}.json`)
    const later = await another()
    expect(await later.verify()).toMatchObject({ ok: true, problems: [], orphans: 0 })
    expect(existsSync(path)).toBe(false)
    expect(inQuarantine(root)).toEqual([basename(file), `${basename(file)}.json`])
  })
})

describe('orphans', () => {
  test('are files that no commit names: counted, not problems, and invisible to queries', async () => {
    const { catalog, root, path } = await twoDays()
    const bytes = readFileSync(path)
    writeFileSync(path.replace(/\.[0-9a-f]{16}\.parquet$/, '.0123456789abcdef.parquet'), bytes)
    writeFileSync(join(root, 'bars/_tmp/half-a-file'), bytes.subarray(0, 10))
    expect(await catalog.verify()).toMatchObject({ ok: true, files: 2, orphans: 2, problems: [] })
    expect((await catalog.query(AAPL)).numRows).toBe(120)
  })

  test('are not files of an older version: those are named by the log', async () => {
    const { catalog } = await twoDays()
    await catalog.consolidate()
    expect(await catalog.verify()).toMatchObject({ ok: true, files: 1, orphans: 0 })
  })
})
