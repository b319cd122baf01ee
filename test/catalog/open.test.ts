import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { DataCatalog } from '../../src/catalog/catalog.js'
import { ClosedError, InvalidRequestError } from '../../src/model/errors.js'
import { AAPL, bar, MSFT, minuteBars } from '../support/bars.js'
import { temporaryFolder, testCatalog } from '../support/catalog.js'

afterEach(() => vi.unstubAllEnvs())

describe('open', () => {
  test('leaves no trace: the root is made by the first write', async () => {
    const { catalog, root } = await testCatalog()
    expect(await catalog.list()).toEqual([])
    expect((await catalog.verify()).ok).toBe(true)
    expect((await catalog.consolidate()).periods).toEqual([])
    expect(existsSync(root)).toBe(false)
    await catalog.write(AAPL, [bar('2024-01-02T10:00Z')])
    expect(readdirSync(root)).toEqual(['bars'])
  })

  test('refuses a directory that holds something else, by name', async () => {
    const root = await temporaryFolder()
    mkdirSync(join(root, 'photos/2024'), { recursive: true })
    await expect(DataCatalog.open(root)).rejects.toThrow(InvalidRequestError)
    await expect(DataCatalog.open(root)).rejects.toThrow(/holds the directory 'photos'/)
  })

  test('knows a NautilusTrader catalog when it sees one', async () => {
    const root = await temporaryFolder()
    mkdirSync(join(root, 'data/bar/AAPL.NASDAQ-1-MINUTE-LAST-EXTERNAL'), { recursive: true })
    const error = await DataCatalog.open(root).catch((it: unknown) => it)
    expect(error).toBeInstanceOf(InvalidRequestError)
    expect((error as InvalidRequestError).hint).toContain('NautilusTrader')
  })

  test('does not mind a README, dotfiles, names with _, stray files and empty directories', async () => {
    const root = await temporaryFolder()
    for (const name of ['.git/x', '_notes/x', 'empty', 'README.d/x']) mkdirSync(join(root, name), { recursive: true })
    for (const name of ['README.md', 'notes.txt', '.DS_Store']) writeFileSync(join(root, name), '')
    const catalog = await DataCatalog.open(root)
    await catalog.write(AAPL, [bar('2024-01-02T10:00Z')])
    expect((await DataCatalog.open(root)).root).toBe(root)
  })

  test('from the environment: NTRADER_CATALOG, else $NAUTILUS_PATH/catalog, else an error', async () => {
    const root = await temporaryFolder()
    vi.stubEnv('NTRADER_CATALOG', undefined)
    vi.stubEnv('NAUTILUS_PATH', undefined)
    await expect(DataCatalog.fromEnv()).rejects.toThrow(InvalidRequestError)
    vi.stubEnv('NAUTILUS_PATH', root)
    expect((await DataCatalog.fromEnv()).root).toBe(join(root, 'catalog'))
    vi.stubEnv('NTRADER_CATALOG', join(root, 'own'))
    expect((await DataCatalog.fromEnv()).root).toBe(join(root, 'own'))
  })
})

describe('close', () => {
  test('waits for what is running, then refuses everything; twice is fine', async () => {
    const { catalog, another } = await testCatalog()
    let isWritten = false
    const writing = catalog.write(AAPL, minuteBars('2024-01-02T10:00Z', 50)).then(() => {
      isWritten = true
    })
    await catalog.close()
    expect(isWritten).toBe(true)
    await writing
    await catalog.close()
    await expect(catalog.query(AAPL)).rejects.toThrow(ClosedError)
    await expect(catalog.write(MSFT, [bar('2024-01-02T10:00Z')])).rejects.toThrow(ClosedError)
    await expect(catalog.list()).rejects.toThrow(ClosedError)
    expect((await (await another()).query(AAPL)).numRows).toBe(50)
  })
})

describe('list', () => {
  test('is what the catalog holds of each series, in order, from the log alone', async () => {
    const { catalog } = await testCatalog()
    await catalog.write(MSFT, minuteBars('2024-01-03T10:00Z', 2))
    await catalog.write(AAPL, [...minuteBars('2024-01-02T10:00Z', 3), ...minuteBars('2024-01-04T10:00Z', 1)])
    const files = await catalog.files(AAPL)
    const [first, second] = await catalog.list()
    expect(first).toEqual({
      series: {
        type: 'bars',
        instrument: 'AAPL.NASDAQ',
        barType: { step: 1, unit: 'MINUTE', priceType: 'LAST', origin: 'EXTERNAL' },
      },
      rows: 4,
      files: 2,
      sizeBytes: files.reduce((sum, it) => sum + it.add.sizeBytes, 0),
      firstNs: bar('2024-01-02T10:00Z').ts_event,
      lastNs: bar('2024-01-04T10:00Z').ts_event,
    })
    expect(second?.series.instrument).toBe('MSFT.NASDAQ')
  })
})
