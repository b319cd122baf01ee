import { readdirSync, statSync } from 'node:fs'
import { join, sep } from 'node:path'
import { describe, expect, test } from 'vitest'
import { InvalidRequestError } from '../../src/model/errors.js'
import { AAPL, bar } from '../support/bars.js'
import { testCatalog } from '../support/catalog.js'

const IDS = [
  'AAPL.NASDAQ',
  'EUR/USD.IDEALPRO',
  'BRK.B.NYSE',
  'AAP.NYSE',
  'AAp.NYSE',
  'aap.NYSE',
  'ES=F.CME',
  'ES Z4.CME',
  'CON.XETRA',
  'con.XETRA',
  'NUL.XETRA',
  '^SPX.CBOE',
  '../../etc/passwd.X',
  '..\\..\\windows.X',
  '/etc/passwd.X',
  '~.X',
  '$HOME.X',
  '...X',
  'A/B.X',
  'A%2FB.X',
  'A%252FB.X',
  'A\\B.X',
  'A:B.X',
  'A*B?.X',
  'A"B<C>|.X',
  "O'NEIL.X",
  'A&B.X',
  'A+B.X',
  'A,B.X',
  'A#B.X',
  'A;B.X',
  'ÄÖÜ.XETRA',
  'A\u0308.XETRA',
  'Ä.XETRA',
  '茅台.SSE',
  '🚀.MOON',
  'É.X',
  'A-B_C.X',
  'instrument_id=X.Y',
]

/** Every file below a folder, relative to it. */
function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((it) => statSync(join(folder, it)).isFile())
}

describe('instrument ids', () => {
  test('of any characters come back from write, list and query as they were', async () => {
    const { catalog, another } = await testCatalog()
    for (const [index, instrument] of IDS.entries()) {
      await catalog.write({ ...AAPL, instrument }, [bar('2024-01-02T10:00Z', 100 + index)])
    }
    const later = await another()
    expect((await later.list()).map((it) => it.series.instrument).sort()).toEqual([...IDS].sort())
    for (const [index, instrument] of IDS.entries()) {
      expect([...(await later.query({ ...AAPL, instrument }))].map((row) => row.open)).toEqual([100 + index])
    }
    expect((await later.verify()).ok).toBe(true)
  })

  test('stay below the root, in plain characters, each in a directory of its own where case does not count', async () => {
    const { catalog, root } = await testCatalog()
    for (const instrument of IDS) await catalog.write({ ...AAPL, instrument }, [bar('2024-01-02T10:00Z')])
    const outside = filesBelow(join(root, '..')).filter((it) => !it.startsWith(`catalog${sep}`))
    expect(outside).toEqual([])
    const data = filesBelow(root).filter((it) => it.endsWith('.parquet'))
    expect(data).toHaveLength(IDS.length)
    const directories = data.map((it) => it.split(sep)[1] ?? '')
    expect(new Set(directories.map((it) => it.toLowerCase())).size).toBe(IDS.length)
    expect(directories.filter((it) => !/^instrument_id=[A-Z0-9._%-]+$/.test(it))).toEqual([])
  })

  test('are the same for ticks', async () => {
    const { catalog, root } = await testCatalog()
    for (const instrument of IDS)
      await catalog.write({ type: 'trades', instrument }, [{ ts_event: 1n, price: 1, size: 1 }])
    expect((await catalog.list()).map((it) => it.series.instrument).sort()).toEqual([...IDS].sort())
    expect(filesBelow(join(root, '..')).filter((it) => !it.startsWith(`catalog${sep}trades${sep}`))).toEqual([])
  })

  test('differ in case and still are two on a disk that keeps no case', async () => {
    const { catalog } = await testCatalog()
    await catalog.write({ ...AAPL, instrument: 'AAp.NYSE' }, [bar('2024-01-02T10:00Z', 1)])
    await catalog.write({ ...AAPL, instrument: 'AAP.NYSE' }, [bar('2024-01-02T10:00Z', 2)])
    const paths = await Promise.all(
      ['AAp.NYSE', 'AAP.NYSE'].map(async (instrument) => (await catalog.files({ ...AAPL, instrument }))[0]?.path),
    )
    expect(paths.map((it) => it?.split('/')[1])).toEqual(['instrument_id=AA%70.NYSE', 'instrument_id=AAP.NYSE'])
  })

  test.each([
    ['200 bytes', `${'A'.repeat(198)}.X`, true],
    ['201 bytes', `${'A'.repeat(199)}.X`, false],
    ['66 encoded letters', `${'a'.repeat(66)}.X`, true],
    ['67 encoded letters', `${'a'.repeat(67)}.X`, false],
    ['16 encoded emoji', `${'🚀'.repeat(16)}.X`, true],
    ['17 encoded emoji', `${'🚀'.repeat(17)}.X`, false],
  ])('of %s in a path', async (_what, instrument, isAllowed) => {
    const { catalog } = await testCatalog()
    const writing = catalog.write({ ...AAPL, instrument }, [bar('2024-01-02T10:00Z')])
    if (isAllowed) expect((await writing).committed).toBe(true)
    else await expect(writing).rejects.toThrow(/bytes in a path, 200 is the most/)
  })

  test.each(['AAPL', '.NASDAQ', 'AAPL.', '', ' AAPL.X', 'AAPL.X ', 'AA\nPL.X', 'AA\u0000.X', '\ud83d.X'])(
    '%j is no id',
    async (instrument) => {
      const { catalog } = await testCatalog()
      await expect(catalog.write({ ...AAPL, instrument }, [])).rejects.toThrow(InvalidRequestError)
      await expect(catalog.query({ ...AAPL, instrument })).rejects.toThrow(InvalidRequestError)
    },
  )
})
