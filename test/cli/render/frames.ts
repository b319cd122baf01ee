import { type Frame, storedColumns } from '../../../src/model/frame.js'
import { allocateFrame, setNull } from '../../../src/model/frame-edit.js'
import { type RecordType, SCHEMAS } from '../../../src/model/schema.js'

export type Cells = Readonly<Record<string, bigint | number | string | null>>

/** A frame from row objects; what a row leaves out is null where the schema allows it, else zero. */
export function frameOf<T extends RecordType>(type: T, rows: readonly Cells[]): Frame<T> {
  const { rooms, frame } = allocateFrame(type, rows.length, storedColumns(type))
  for (const room of rooms) {
    rows.forEach((cells, row) => {
      const value = cells[room.spec.name] ?? null
      if (value === null) {
        if (room.spec.nullable) setNull(room, row)
      } else if (room.values instanceof Float64Array) room.values[row] = Number(value)
      else if (room.values instanceof BigInt64Array) room.values[row] = BigInt(value)
      else room.values[row] = String(value)
    })
  }
  return frame
}

export const allColumns = (type: RecordType): readonly string[] => SCHEMAS[type].map((it) => it.name)

/** Minute bars from 2024-01-02T14:30Z, `price` cents apart. */
export function minuteBars(count: number): Frame<'bars'> {
  return frameOf(
    'bars',
    Array.from({ length: count }, (_, i) => {
      const ts_event = 1_704_205_800_000_000_000n + BigInt(i) * 60_000_000_000n
      const open = (18_700 + (i % 50)) / 100
      const bar = { ts_event, ts_init: ts_event + 60_000_000_000n, open, high: open + 0.5, low: open - 0.5 }
      return { ...bar, close: open, volume: 1000 + i, vwap: open + 0.001, trade_count: BigInt(i) }
    }),
  )
}
