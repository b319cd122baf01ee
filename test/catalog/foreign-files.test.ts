import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { UnsupportedFormatError } from '../../src/model/errors.js'
import { logPath, readLog, unsealed } from '../delta/log-folder.js'
import { AAPL, minuteBars, stamps, states } from '../support/bars.js'
import { testCatalog } from '../support/catalog.js'

test('rows of a file that another writer added without statistics are read, and its series is not changed', async () => {
  const [ours, theirs] = [await testCatalog(), await testCatalog()]
  await ours.catalog.write(AAPL, minuteBars('2024-01-02T10:00Z', 1))
  await theirs.catalog.write(AAPL, minuteBars('2024-01-03T10:00Z', 1))
  const { path, partitionValues, size } = readLog(theirs.root, 0).find((it) => it['add'])?.['add'] ?? {}
  const stored = decodeURIComponent(String(path))
  copyFileSync(join(theirs.root, 'bars', stored), join(ours.root, 'bars', stored))
  const add = { path, partitionValues, size, modificationTime: 0, dataChange: true }
  writeFileSync(logPath(ours.root, 1), `${JSON.stringify({ add })}\n`)
  const reader = await ours.another()
  expect(stamps(await reader.query(AAPL, { start: '2024-01-01', end: '2024-02-01' }))).toEqual([
    '2024-01-02T10:00:00Z',
    '2024-01-03T10:00:00Z',
  ])
  expect(states(await reader.coverage(AAPL))).toEqual(['data 2024-01-02T10:00:00Z..2024-01-02T10:01:00Z'])
  await expect(reader.write(AAPL, minuteBars('2024-01-04T10:00Z', 1))).rejects.toThrow(UnsupportedFormatError)
})

test.each([
  ['no statistics', undefined],
  ['statistics that do not count the rows', '{}'],
  ['statistics without a range of stamps', '{"numRecords":3}'],
])('rows of a file that covers its day, with %s in the log, are read all the same', async (_, stats) => {
  const { catalog, root, another } = await testCatalog()
  await catalog.write(AAPL, minuteBars('2024-01-02T10:00Z', 3))
  const lines = readFileSync(logPath(root, 0), 'utf8').trimEnd().split('\n')
  const edited = lines.map((line) => {
    const action: { add?: { stats?: string | undefined } } = JSON.parse(line)
    if (action.add !== undefined) action.add.stats = stats
    return JSON.stringify(action)
  })
  writeFileSync(logPath(root, 0), unsealed(`${edited.join('\n')}\n`))
  expect((await (await another()).query(AAPL)).numRows).toBe(3)
})
