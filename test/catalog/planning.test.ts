import { describe, expect, test } from 'vitest'
import {
  type Coverage,
  type CoverageEntry,
  clipCoverage,
  partitionCoverage,
} from '../../src/catalog/coverage/coverage.js'
import { coverageToText } from '../../src/catalog/coverage/coverage-text.js'
import { finderOf, type LiveFile, liveFile, liveFilesOf, seriesKey } from '../../src/catalog/files/live-file.js'
import { applyOperation } from '../../src/catalog/write/apply.js'
import { conflicts } from '../../src/catalog/write/conflict.js'
import type { WriteOperation } from '../../src/catalog/write/operations.js'
import { SeriesEdit } from '../../src/catalog/write/series-edit.js'
import type { Action, AddFile } from '../../src/delta/actions.js'
import { replay } from '../../src/delta/snapshot.js'
import { storedColumns } from '../../src/model/frame.js'
import { allocateFrame } from '../../src/model/frame-edit.js'
import { type Interval, overlaps } from '../../src/model/interval.js'
import { parseSeries, partitionValuesOf } from '../../src/model/series.js'
import { DAY_NS, parseInstant } from '../../src/model/time.js'
import { AAPL, spans } from '../support/bars.js'

const SERIES = parseSeries(AAPL)

function data(startNs: bigint, endNs: bigint): CoverageEntry {
  return { startNs, endNs, state: 'data', provenance: {} }
}

/** A file of one row at the first instant of each of `days`, or one without rows that covers them. */
function fileOf(name: string, days: readonly bigint[], hasRows = true): AddFile {
  const spans = days.map((day) => data(day * DAY_NS, (day + 1n) * DAY_NS))
  const times = { minNs: spans[0]?.startNs ?? 0n, maxNs: spans.at(-1)?.startNs ?? 0n }
  const stats = hasRows
    ? { numRecords: days.length, tsEvent: times, tsInit: undefined }
    : { numRecords: 0, tsEvent: undefined, tsInit: undefined }
  const tags = { coverage: coverageToText(spans) }
  const partitionValues = partitionValuesOf(SERIES)
  return { path: name, partitionValues, sizeBytes: 1, modificationTimeMs: 0, dataChange: true, stats, tags }
}

function editOf(files: readonly LiveFile[]): SeriesEdit {
  return new SeriesEdit(SERIES, files, () => Promise.reject(new Error('no file has to be read for this')))
}

/** A write of one row at each of `stamps`; what else is in the rows does not matter to a plan. */
function writeOf(claims: Coverage, stamps: readonly bigint[] = []): WriteOperation {
  const { rooms, frame } = allocateFrame('bars', stamps.length, storedColumns('bars'))
  const times = rooms.find((it) => it.spec.name === 'ts_event')?.values
  for (const [i, ns] of stamps.entries()) if (times !== undefined) times[i] = ns
  return { kind: 'write', series: SERIES, frame, claims, mode: 'merge', asker: { nowNs: 0n } }
}

describe('what an edit touches', () => {
  test('a deletion counts what it saw as empty: rows that come there meanwhile are a conflict', async () => {
    const edit = editOf([liveFile('bars', fileOf('2020', [18_300n]))])
    const interval = { startNs: parseInstant('2019-01-01'), endNs: parseInstant('2025-01-01') }
    await applyOperation(edit, { kind: 'delete', series: SERIES, interval })
    const newer = [{ version: 1, actions: [{ kind: 'add', add: fileOf('2022', [19_000n]) } as const] }]
    const footprints = new Map([[seriesKey(SERIES), { touched: edit.touched(), settings: [] }]])
    expect(conflicts('bars', undefined, newer, footprints)).toBe(true)
  })

  test('a write touches the days it claims, not those between them', async () => {
    const edit = editOf([])
    const [first, last] = [parseInstant('2000-01-03T10:00Z'), parseInstant('2024-01-03T10:00Z')]
    await applyOperation(edit, writeOf([data(first, first + 1n), data(last, last + 1n)], [first, last]))
    expect(spans(edit.touched())).toEqual([
      '2000-01-03T00:00:00Z..2000-01-04T00:00:00Z',
      '2024-01-03T00:00:00Z..2024-01-04T00:00:00Z',
    ])
  })
})

describe('work grows with what is changed, not with what is stored', () => {
  test('claims are handed out to periods as if each were clipped by itself, in the order given', () => {
    const parts = [0n, 10n, 20n, 40n].map((startNs): Interval => ({ startNs, endNs: startNs + 10n }))
    const claims = [data(35n, 60n), data(5n, 25n), data(8n, 12n), data(30n, 40n)]
    expect(partitionCoverage(claims, parts)).toEqual(parts.map((it) => clipCoverage(claims, [it])))
  })

  test('files are found by their time, in the order given', () => {
    const files = [[50n, 51n], [1n], [1n, 90n], [3n], [60n], [2n, 3n]].map((days, i) =>
      liveFile('bars', fileOf(`f${i}`, days, i !== 0)),
    )
    const find = finderOf(files)
    for (let day = 0n; day < 95n; day++) {
      const interval = { startNs: day * DAY_NS, endNs: (day + 2n) * DAY_NS }
      expect(find(interval)).toEqual(files.filter((file) => file.extent.some((it) => overlaps(it, interval))))
    }
  })

  test('a blank day looks for blanks in its month only', async () => {
    const count = 600
    let looks = 0
    const files = Array.from({ length: count }, (_, i): LiveFile => {
      const file = liveFile('bars', fileOf(`f${i}`, [BigInt(i)]))
      return {
        ...file,
        get numRows() {
          looks++
          return file.numRows
        },
      }
    })
    const edit = editOf(files)
    const blank = Array.from({ length: count }, (_, i) =>
      data(BigInt(count + i) * DAY_NS, BigInt(count + i + 1) * DAY_NS),
    )
    await applyOperation(edit, writeOf(blank))
    await edit.finish()
    expect(looks).toBeLessThan(10 * count)
  })

  test('a commit leaves what was read out of the other files', () => {
    const added = (name: string, day: bigint): Action => ({ kind: 'add', add: fileOf(name, [day]) })
    const table: readonly Action[] = [
      { kind: 'protocol', protocol: { minReaderVersion: 1, minWriterVersion: 2 } },
      {
        kind: 'metaData',
        metaData: { id: 'x', schemaString: '{}', partitionColumns: [], configuration: {}, createdTimeMs: 0 },
      },
    ]
    const before = replay(undefined, [{ version: 0, actions: [...table, added('a', 1n)] }], 'bars')
    const after = replay(before, [{ version: 1, actions: [added('b', 2n)] }], 'bars')
    const [first] = liveFilesOf(before, SERIES)
    expect(liveFilesOf(after, SERIES)).toHaveLength(2)
    expect(liveFilesOf(after, SERIES)[0]).toBe(first)
  })
})
