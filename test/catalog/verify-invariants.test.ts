import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { AbortedError } from '../../src/model/errors.js'
import { unsealed } from '../delta/log-folder.js'
import { AAPL, MSFT, minuteBars } from '../support/bars.js'
import { testCatalog } from '../support/catalog.js'

const LOG = 'bars/_delta_log/00000000000000000000.json'

describe('verify', () => {
  test('finds nothing in days that touch', async () => {
    const { catalog } = await testCatalog()
    const coverage = { start: '2024-01-03', end: '2024-01-06' }
    await catalog.write(AAPL, minuteBars('2024-01-03T15:00Z', 3), { coverage })
    await catalog.write(AAPL, minuteBars('2024-01-08T15:00Z', 3))
    expect((await catalog.verify()).problems).toEqual([])
  })

  test('lets other work in between two files, so that a signal ends it', async () => {
    const { catalog } = await testCatalog()
    await catalog.write(AAPL, [...minuteBars('2024-01-03T15:00Z', 3), ...minuteBars('2024-01-04T15:00Z', 3)])
    const stop = new AbortController()
    const onProgress = () => setImmediate(() => stop.abort())
    await expect(catalog.verify({ signal: stop.signal, onProgress })).rejects.toThrow(AbortedError)
  })

  test('names a file whose rows another live file has too: they would be read twice', async () => {
    const { catalog, root, another } = await testCatalog()
    await catalog.write(AAPL, minuteBars('2024-01-03T15:00Z', 3))
    const [file] = await catalog.files(AAPL)
    const path = file?.add.path ?? ''
    const twin = path.replace('2024-01-03.', '2024-01-03.0')
    await writeFile(join(root, 'bars', twin), await readFile(join(root, 'bars', path)))
    const add = (await readFile(join(root, LOG), 'utf8')).split('\n').find((it) => it.startsWith('{"add"')) ?? ''
    await writeFile(join(root, LOG.replace('00.json', '01.json')), `${add.replace(path, twin)}\n`)
    const report = await (await another()).verify()
    expect(report.problems).toMatchObject([{ kind: 'interval' }])
    expect(report.ok).toBe(false)
  })

  test('names a file that the log gives to another series than its footer does', async () => {
    const { catalog, root, another } = await testCatalog()
    await catalog.write(AAPL, minuteBars('2024-01-03T15:00Z', 3))
    const text = await readFile(join(root, LOG), 'utf8')
    const claim = '"partitionValues":{"instrument_id":"AAPL.NASDAQ"'
    await writeFile(join(root, LOG), unsealed(text.replace(claim, claim.replace('AAPL', 'MSFT'))))
    const report = await (await another()).verify({ series: MSFT })
    expect(report.problems).toMatchObject([{ kind: 'rows' }])
  })
})
