import { describe, expect, test } from 'vitest'
import { storedColumns } from '../../src/model/frame.js'
import { allocateFrame } from '../../src/model/frame-edit.js'
import { decodeFrame } from '../../src/parquet/decode.js'
import { encodeFrame } from '../../src/parquet/encode.js'
import { RecentTexts } from '../../src/parquet/recent-texts.js'

/** What a column of `texts` reads as, and how many of them had to be decoded. */
function readAll(texts: readonly string[]): { readonly read: readonly string[]; readonly decoded: number } {
  const bytes = Buffer.from(texts.join(''))
  const recent = new RecentTexts(bytes)
  let [from, decoded] = [0, 0]
  const read = texts.map((text) => {
    const to = from + Buffer.byteLength(text)
    let value = recent.find(from, to)
    if (value === undefined) {
      decoded++
      value = bytes.toString('utf8', from, to)
      recent.keep(value)
    }
    from = to
    return value
  })
  return { read, decoded }
}

describe('the texts of a column met lately', () => {
  test('are decoded once each, whatever they are', () => {
    const some = ['Q', '', 'N', '@,T', 'é', '€', 'e\u0301', '日本', '\u0000', 'Q\u0000', 'x'.repeat(32), '@,T,I']
    const texts = Array.from({ length: 5_000 }, (_, i) => some[(i * 7) % some.length] as string)
    expect(readAll(texts)).toEqual({ read: texts, decoded: some.length - 1 })
  })

  test('a text that begins with the bytes of another is not taken for it', () => {
    const texts = ['é', 'éa', 'é', 'a', 'éa', 'ab', 'b', 'ba', 'aé', 'éaé'].flatMap((it) => [it, it])
    expect(readAll(texts).read).toEqual(texts)
  })

  test('a column of ids, all different, comes out right too, and long texts', () => {
    const texts = Array.from({ length: 20_000 }, (_, i) => (i % 3 === 0 ? 'y'.repeat(33) : `id-${i}`))
    expect(readAll(texts).read).toEqual(texts)
  })

  test('any mixture of short texts of an alphabet that collides', () => {
    let seed = 1
    const next = (below: number): number => {
      seed = (seed * 48_271) % 2_147_483_647
      return seed % below
    }
    const texts = Array.from({ length: 50_000 }, () =>
      Array.from({ length: next(5) }, () => 'aAbBé€'[next(6)] as string).join(''),
    )
    expect(readAll(texts).read).toEqual(texts)
  })
})

test('nulls stay null beside empty texts, through a file', async () => {
  const { rooms, frame } = allocateFrame('trades', 6, storedColumns('trades'))
  const exchange = rooms.find((it) => it.spec.name === 'exchange')
  const values = ['Q', null, '', 'Q', 'é', null]
  if (exchange === undefined || !Array.isArray(exchange.values)) throw new Error('no column of text')
  for (const [row, value] of values.entries()) exchange.values[row] = value
  exchange.nulls = Uint8Array.from(values, (it) => (it === null ? 1 : 0))
  const bytes = await encodeFrame(frame, { codec: 'snappy', metadata: new Map() })
  const read = decodeFrame('trades', bytes).frame
  expect(values.map((_, row) => read.cell('exchange', row))).toEqual(values)
})
