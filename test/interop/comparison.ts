import type { DataCatalog } from '../../src/catalog/catalog.js'
import type { AsOfOption } from '../../src/catalog/catalog-types.js'
import { frameOfRecord } from '../../src/catalog/instruments/instrument-rows.js'
import type { RangeInput } from '../../src/catalog/range.js'
import { DataNotFoundError } from '../../src/model/errors.js'
import type { Frame } from '../../src/model/frame.js'
import { SCHEMAS, type TableType } from '../../src/model/schema.js'
import { parseSeries, partitionColumns, partitionValuesOf, type StoredSeries } from '../../src/model/series.js'
import { ALL } from './random-history.js'
import type { Answer, Row } from './witnesses.js'

/** What every reader is to take each kind of column for. */
const KINDS = {
  time: 'int64',
  count: 'int64',
  number: 'double',
  text: 'text',
  micros: 'timestamp[us, tz=UTC]',
} as const

/** Every row of a table that the catalog's own API returns, as text, with its partition values first. */
export async function expectedRows(
  catalog: DataCatalog,
  type: TableType,
  at: AsOfOption & Partial<RangeInput> = {},
): Promise<readonly string[]> {
  if (type === 'instruments') {
    const records = await catalog.instruments(at)
    return records.flatMap((it) => textsOf({ type, instrument: it.instrument }, frameOfRecord(it)))
  }
  const texts: string[] = []
  for (const series of ALL.filter((it) => it.type === type)) {
    try {
      texts.push(...textsOf(parseSeries(series), await catalog.query(series, at)))
    } catch (error) {
      // There was no such series then.
      if (!(error instanceof DataNotFoundError)) throw error
    }
  }
  return texts
}

/** Where an answer is not what was expected: its error, a column of another type, rows that only one side has. */
export function differences(type: TableType, expected: readonly string[], answer: Answer): readonly string[] {
  if ('error' in answer) return [answer.error]
  const names = [...partitionColumns(type), ...SCHEMAS[type].map((it) => it.name)]
  const kinds = names.map((it) => `${it} ${answer.kinds[it]}`)
  const right = [
    ...partitionColumns(type).map((it) => `${it} text`),
    ...SCHEMAS[type].map((it) => `${it.name} ${KINDS[it.kind]}`),
  ]
  const rows = (type === 'instruments' ? newestOfEach(answer.rows) : answer.rows).map((row) =>
    names.map((it) => textOf(row.get(it))).join(' '),
  )
  return [...onlyIn(right, kinds), ...onlyIn(expected, rows), ...onlyIn(rows, expected)]
}

/** The API shows the newest record of an instrument; the table keeps those before it. */
function newestOfEach(rows: readonly Row[]): readonly Row[] {
  const newest = new Map<unknown, Row>()
  for (const row of rows) {
    const before = newest.get(row.get('instrument_id'))?.get('ts_event')
    if (typeof before !== 'bigint' || before < BigInt(String(row.get('ts_event'))))
      newest.set(row.get('instrument_id'), row)
  }
  return [...newest.values()]
}

function textsOf(series: StoredSeries, frame: Frame): readonly string[] {
  const partition = Object.values(partitionValuesOf(series)).map(textOf)
  const names = SCHEMAS[frame.type].map((it) => it.name)
  return Array.from({ length: frame.numRows }, (_, row) =>
    [...partition, ...names.map((it) => textOf(frame.cell(it, row)))].join(' '),
  )
}

/** To the last bit, and kinds apart: 1 is not 1n is not "1", and 0 is not -0. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'bigint') return `${value}n`
  return Object.is(value, -0) ? '-0' : String(value ?? null)
}

/** As often as they are there more often: equal ticks are real. */
function onlyIn(these: readonly string[], those: readonly string[]): readonly string[] {
  const counts = new Map<string, number>()
  for (const it of those) counts.set(it, (counts.get(it) ?? 0) + 1)
  return these.filter((it) => {
    const count = counts.get(it) ?? 0
    counts.set(it, count - 1)
    return count <= 0
  })
}
