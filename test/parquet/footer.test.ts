import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ParquetFile } from 'parquet-wasm'
import { describe, expect, test } from 'vitest'
import { DecodeError } from '../../src/model/errors.js'
import { encodeFrame } from '../../src/parquet/encode.js'
import { readFooter, readFooterHead, readTree } from '../../src/parquet/footer.js'
import { readStruct, writeStruct } from '../../src/parquet/thrift.js'
import { dataDir } from '../support/data.js'
import { minuteBars } from './frames.js'

const metadata = new Map([['ntrader.coverage', '[]']])

describe('readFooter', () => {
  test('gives rows, row groups with the span of their times, and key-values', async () => {
    const bars = minuteBars(25)
    const footer = readFooter(await encodeFrame(bars, { codec: 'snappy', rowGroupRows: 20, metadata }))
    const times = bars.column('ts_event')
    expect(footer.numRows).toBe(25)
    expect(footer.rowGroups.map((it) => it.numRows)).toEqual([20, 5])
    expect(footer.rowGroups.map((it) => it.tsEvent)).toEqual([
      { minNs: times[0], maxNs: times[19] },
      { minNs: times[20], maxNs: times[24] },
    ])
    expect(footer.metadata).toEqual(metadata)
  })

  test('reads negative times and no rows', async () => {
    const early = minuteBars(2, -60_000_000_001n)
    const footer = readFooter(await encodeFrame(early, { codec: 'snappy', metadata }))
    expect(footer.rowGroups[0]?.tsEvent).toEqual({ minNs: -60_000_000_001n, maxNs: -1n })
    expect(readFooter(await encodeFrame(minuteBars(0), { codec: 'snappy', metadata })).rowGroups).toEqual([])
  })
})

/** Claims no rows, and six in its row groups. */
const CONTRADICTORY = 'repeated_no_annotation.parquet'
const FOLDERS = ['parquet/hyparquet', 'parquet/nautilus', 'parquet/parquet-testing']

describe.skipIf(dataDir() === undefined)("footers of other writers' files", () => {
  const files = FOLDERS.flatMap((folder) => {
    const root = dataDir()
    // Skipped or not, this body is run when the tests are collected.
    if (root === undefined) return []
    const path = join(root, folder)
    return readdirSync(path)
      .filter((it) => it.endsWith('.parquet') && it !== CONTRADICTORY)
      .map((name) => ({ name: `${folder}/${name}`, bytes: new Uint8Array(readFileSync(join(path, name))) }))
  })

  test('rows and row groups are those that the engine reads', async () => {
    let compared = 0
    for (const { name, bytes } of files) {
      const file = await ParquetFile.fromFile(new Blob([bytes])).catch(() => undefined)
      if (file === undefined) continue
      const footer = readFooter(bytes)
      const groups = file.metadata().rowGroups()
      expect(footer.numRows, name).toBe(file.metadata().fileMetadata().numRows())
      expect(
        footer.rowGroups.map((it) => it.numRows),
        name,
      ).toEqual(groups.map((it) => it.numRows()))
      compared++
    }
    expect(compared).toBeGreaterThan(80)
  })

  test('a footer that contradicts itself is a DecodeError', () => {
    const bytes = readFileSync(join(dataDir() ?? '', 'parquet/parquet-testing', CONTRADICTORY))
    expect(() => readFooter(bytes)).toThrow(DecodeError)
  })

  test('the short reading agrees with the full one', () => {
    for (const { name, bytes } of files) {
      const { columns, numRows } = readFooter(bytes)
      expect(readFooterHead(bytes), name).toEqual({ columns, numRows })
    }
  })

  test('a footer written back reads the same, field for field', () => {
    for (const { name, bytes } of files) {
      const tree = readTree(bytes)
      expect(readStruct(writeStruct(tree)), name).toEqual(tree)
    }
  })
})
