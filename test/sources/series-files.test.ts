import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { sliceRows } from '../../src/catalog/write/cut-rows.js'
import type { Interval } from '../../src/model/interval.js'
import { parseSeries } from '../../src/model/series.js'
import { parseInstant } from '../../src/model/time.js'
import { KeptRows } from '../../src/sources/kept-rows.js'
import { type FilesAnswer, SeriesFiles } from '../../src/sources/series-files.js'
import { listUserFolder, type UserFile } from '../../src/storage/user-folder.js'
import { spans, stamps } from '../support/bars.js'
import { temporaryFolder } from '../support/catalog.js'
import { barsAt, range } from './files-world.js'

const SERIES = parseSeries({ type: 'bars', instrument: 'AAPL.NASDAQ', barType: '1-MINUTE-LAST' })
const DAY: Interval = { startNs: parseInstant('2024-01-03'), endNs: parseInstant('2024-01-04') }

interface Asked {
  readonly folder: string
  ask(listed?: readonly UserFile[]): Promise<FilesAnswer>
  list(): Promise<readonly UserFile[]>
}

/** Three files of ten minutes each. */
async function threeFiles(rowsMax?: number): Promise<Asked> {
  const folder = await temporaryFolder()
  for (const [i, first] of [30, 40, 50].entries()) {
    await writeFile(join(folder, `${i}.csv`), barsAt(...range(first, first + 9)))
  }
  const files = new SeriesFiles(SERIES, new KeptRows(rowsMax))
  const list = async (): Promise<readonly UserFile[]> => (await listUserFolder(folder)) ?? []
  const { signal } = new AbortController()
  const ask = async (listed?: readonly UserFile[]): Promise<FilesAnswer> =>
    files.answer(listed ?? (await list()), DAY, {}, signal)
  return { folder, ask, list }
}

const HALF_HOUR = ['2024-01-03T14:30:00Z..2024-01-03T15:00:00Z']

describe('the files of a series', () => {
  test.each([0, 5, 10, 25, 30])('with room for %i of their 30 rows answer the same every time', async (rowsMax) => {
    const { ask } = await threeFiles(rowsMax)
    for (let i = 0; i < 3; i++) {
      const { rows, answered } = await ask()
      expect(stamps(rows)).toHaveLength(30)
      expect(spans(answered)).toEqual(HALF_HOUR)
    }
  })

  test('never claim what a file held when it was listed and no longer when it was read', async () => {
    const { folder, ask, list } = await threeFiles(5)
    const listed = await list()
    await ask(listed)
    await writeFile(join(folder, '2.csv'), barsAt(...range(50, 54)))
    await writeFile(join(folder, '0.csv'), barsAt(...range(35, 39)))
    const { rows, answered } = await ask(listed)
    expect(stamps(rows).at(0)).toBe('2024-01-03T14:35:00Z')
    expect(spans(answered)[0]?.slice(0, 20)).toBe('2024-01-03T14:35:00Z')
  })

  test('asked twice at once while a file changes answer each question whole', async () => {
    const { folder, ask, list } = await threeFiles(5)
    const listed = await list()
    await ask(listed)
    await writeFile(join(folder, '1.csv'), `${barsAt(...range(40, 49))}\n`)
    const both = await Promise.all([ask(listed), ask()])
    for (const { rows, answered } of both) {
      expect(stamps(rows)).toHaveLength(30)
      expect(spans(answered)).toEqual(HALF_HOUR)
    }
  })
})

describe('kept rows', () => {
  test('stay within the limit: the longest unused go first', async () => {
    const { rows } = await (await threeFiles()).ask()
    const ten = sliceRows(rows, { startNs: DAY.startNs, endNs: parseInstant('2024-01-03T14:40:00Z') })
    const kept = new KeptRows(25)
    for (const key of ['a', 'b']) kept.set(key, ten)
    expect(kept.get('a')).toBe(ten)
    kept.set('c', ten)
    expect(['a', 'b', 'c'].map((it) => kept.get(it)?.numRows)).toEqual([10, undefined, 10])
  })

  test('are always those of the file read last, whatever its size', async () => {
    const { rows } = await (await threeFiles()).ask()
    const kept = new KeptRows(25)
    kept.set('a', rows)
    expect(kept.get('a')).toBe(rows)
    kept.set('b', rows)
    expect([kept.get('a'), kept.get('b')]).toEqual([undefined, rows])
  })
})
