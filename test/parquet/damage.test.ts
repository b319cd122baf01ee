import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { CatalogError, DecodeError, UnsupportedFormatError } from '../../src/model/errors.js'
import { storedColumns } from '../../src/model/frame.js'
import { allocateFrame, sameRows } from '../../src/model/frame-edit.js'
import { decodeFrame, decodeInto, decodeRowGroups } from '../../src/parquet/decode.js'
import { encodeFrame } from '../../src/parquet/encode.js'
import { readFooter, readTree } from '../../src/parquet/footer.js'
import { CHUNK, COLUMN, FILE, ROW_GROUP, structIn, structsIn } from '../../src/parquet/format.js'
import { I64, LIST, STRUCT, type ThriftField, type ThriftStruct, writeStruct } from '../../src/parquet/thrift.js'
import { dataDir } from '../support/data.js'
import { minuteBars, someTrades } from './frames.js'

const metadata = new Map([['k', 'v']])

/** `undefined` when it decodes; a typed error when it does not. Anything else fails the test. */
function outcomeOf(bytes: Uint8Array): CatalogError | undefined {
  try {
    decodeFrame('trades', bytes)
  } catch (error) {
    if (error instanceof DecodeError || error instanceof UnsupportedFormatError) return error
    throw error
  }
  return undefined
}

/** The file with another footer. */
function withFooter(bytes: Uint8Array, edit: (tree: ThriftStruct) => ThriftStruct): Uint8Array {
  const length = new DataView(bytes.buffer).getUint32(bytes.length - 8, true)
  const footer = writeStruct(edit(readTree(bytes)))
  const size = Buffer.alloc(4)
  size.writeUInt32LE(footer.length)
  return new Uint8Array(
    Buffer.concat([bytes.subarray(0, bytes.length - 8 - length), footer, size, Buffer.from('PAR1')]),
  )
}

function withInt(struct: ThriftStruct, id: number, value: number): ThriftStruct {
  return new Map([...struct].map(([key, field]) => [key, key === id ? { type: I64, value } : field]))
}

function withRowGroup(tree: ThriftStruct, edit: (group: ThriftStruct) => ThriftStruct): ThriftStruct {
  const items = structsIn(tree, FILE.rowGroups).map(edit)
  const groups: ThriftField = { type: LIST, value: { elementType: STRUCT, items } }
  return new Map([...tree].map(([key, field]) => [key, key === FILE.rowGroups ? groups : field]))
}

/** A row group, and all its columns, that claim eight rows. */
function claimEight(group: ThriftStruct): ThriftStruct {
  const items = structsIn(group, ROW_GROUP.columns).map((chunk): ThriftStruct => {
    const column = withInt(structIn(chunk, CHUNK.metaData) as ThriftStruct, COLUMN.numValues, 8)
    return new Map([...chunk, [CHUNK.metaData, { type: STRUCT, value: column }]])
  })
  const claimed = withInt(group, ROW_GROUP.numRows, 8)
  return new Map([...claimed, [ROW_GROUP.columns, { type: LIST, value: { elementType: STRUCT, items } }]])
}

describe('damaged bytes', () => {
  test('a file cut short anywhere is a DecodeError', async () => {
    const bytes = await encodeFrame(someTrades(200), { codec: 'snappy', metadata })
    for (let size = 0; size < bytes.length; size += 97) {
      expect(outcomeOf(bytes.subarray(0, size)), `${size} bytes`).toBeInstanceOf(DecodeError)
    }
  })

  test('a file whose end is zeroed is a DecodeError', async () => {
    const bytes = await encodeFrame(someTrades(200), { codec: 'snappy', metadata })
    bytes.fill(0, bytes.length - 8)
    expect(outcomeOf(bytes)).toBeInstanceOf(DecodeError)
  })

  test('a flipped byte anywhere gives a typed error or rows, and never spoils the next decode', async () => {
    const trades = someTrades(30)
    const bytes = await encodeFrame(trades, { codec: 'snappy', metadata })
    let traps = 0
    for (let at = 4; at < bytes.length - 8; at++) {
      const flipped = bytes.slice()
      flipped[at] = (flipped[at] as number) ^ 0x7f
      const cause = outcomeOf(flipped)?.cause
      if (!(cause instanceof Error) || cause.name !== 'RuntimeError') continue
      traps++
      expect(sameRows(decodeFrame('trades', bytes).frame, trades), `after byte ${at}`).toBe(true)
    }
    expect(traps).toBeGreaterThan(0)
  })

  test('a footer that points outside the file is a DecodeError', async () => {
    const bytes = await encodeFrame(minuteBars(20_000), { codec: 'none', rowGroupRows: 10_000, metadata })
    const length = new DataView(bytes.buffer).getUint32(bytes.length - 8, true)
    const cut = new Uint8Array([...bytes.subarray(0, 1000), ...bytes.subarray(bytes.length - 8 - length)])
    expect(() => [...decodeRowGroups('bars', cut, { rowGroups: [1] })]).toThrow('points outside the file')
  })

  test('rows are those that the footer promises, in the whole file and in a part of it', async () => {
    const bytes = await encodeFrame(someTrades(5), { codec: 'snappy', metadata })
    const lying = withFooter(bytes, (tree) => withInt(tree, FILE.numRows, 8))
    expect(() => readFooter(lying)).toThrow('claims 8 rows, its row groups 5')
    const { rooms } = allocateFrame('trades', 8, storedColumns('trades'))
    expect(() => decodeInto(rooms, 0, lying)).toThrow('decodes to 5 rows, where its footer promises 8')
    const longer = withFooter(bytes, (tree) => withInt(withRowGroup(tree, claimEight), FILE.numRows, 8))
    expect(() => [...decodeRowGroups('trades', longer)]).toThrow(DecodeError)
    expect(() => [...decodeRowGroups('trades', longer, { columns: ['ts_init'] })]).toThrow(DecodeError)
  })

  test('a row group whose rows are not its values is a DecodeError', async () => {
    const bytes = await encodeFrame(someTrades(5), { codec: 'snappy', metadata })
    const huge = withFooter(bytes, (tree) => {
      return withInt(
        withRowGroup(tree, (it) => withInt(it, ROW_GROUP.numRows, 2 ** 40)),
        FILE.numRows,
        2 ** 40,
      )
    })
    expect(() => decodeFrame('trades', huge)).toThrow('another number of values')
  })

  test('an encrypted footer is unsupported, not damaged', async () => {
    const bytes = await encodeFrame(minuteBars(1), { codec: 'none', metadata })
    bytes.set(Buffer.from('PARE'), bytes.length - 4)
    expect(outcomeOf(bytes)).toBeInstanceOf(UnsupportedFormatError)
  })
})

test('encrypted columns under a footer that reads are unsupported, not damaged', async () => {
  const bytes = await encodeFrame(someTrades(3), { codec: 'none', metadata })
  const encrypted = { type: STRUCT, value: new Map() }
  const inFooter = withFooter(bytes, (tree) => new Map(tree).set(FILE.encryption, encrypted))
  const inColumn = withFooter(bytes, (tree) =>
    withRowGroup(tree, (group) => {
      const [first = new Map(), ...rest] = structsIn(group, ROW_GROUP.columns)
      const chunks = [new Map(first).set(CHUNK.encryption, encrypted), ...rest]
      return new Map(group).set(ROW_GROUP.columns, { type: LIST, value: { elementType: STRUCT, items: chunks } })
    }),
  )
  expect(outcomeOf(inFooter)).toBeInstanceOf(UnsupportedFormatError)
  expect(outcomeOf(inColumn)).toBeInstanceOf(UnsupportedFormatError)
})

describe.skipIf(dataDir() === undefined)('real corrupt files', () => {
  // Two of these kill a process that reads them with hyparquet, by heap growth.
  test.each(['corrupt', 'corrupt/fuzz', 'corrupt/bad_data', 'corrupt/encrypted'])(
    'all of %s end in typed errors',
    (folder) => {
      const path = join(dataDir() as string, folder)
      const names = readdirSync(path, { withFileTypes: true }).filter((it) => it.isFile())
      expect(names.length).toBeGreaterThan(0)
      for (const { name } of names) {
        expect(outcomeOf(readFileSync(join(path, name))), name).toBeInstanceOf(CatalogError)
      }
    },
  )

  test('no footer of them reads as anything but a footer or a typed error', () => {
    const path = join(dataDir() as string, 'corrupt/fuzz')
    for (const name of readdirSync(path)) {
      try {
        readFooter(readFileSync(join(path, name)))
      } catch (error) {
        expect(error, name).toBeInstanceOf(CatalogError)
      }
    }
  })
})
