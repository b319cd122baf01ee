import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { Frame } from '../../src/model/frame.js'
import { batchesOf } from '../../src/model/frame-batches.js'

function frame(from: number, count: number): Frame<'trades'> {
  const values = BigInt64Array.from({ length: count }, (_, i) => BigInt(from + i))
  return new Frame('trades', count, new Map([['ts_event', { values }]]))
}

test.each<[string, readonly number[], number, readonly number[]]>([
  ['small frames are joined, the last batch has the rest', [3, 3, 3, 1], 4, [4, 4, 2]],
  ['a large frame is cut', [10], 4, [4, 4, 2]],
  ['a frame of exactly a batch stays one, and no empty one follows', [4, 4], 4, [4, 4]],
  ['a rest is carried over several frames', [6, 1, 6], 4, [4, 4, 4, 1]],
  ['frames without rows make no batch', [0, 0], 4, []],
  ['no frames make no batch', [], 4, []],
])('%s', async (_, sizes, numRows, expected) => {
  const frames: Frame<'trades'>[] = []
  let total = 0
  for (const size of sizes) {
    frames.push(frame(total, size))
    total += size
  }
  const batches: readonly Frame<'trades'>[] = await Readable.from(batchesOf('trades', frames, numRows)).toArray()
  expect(batches.map((it) => it.numRows)).toEqual(expected)
  const stamps = batches.flatMap((it) => [...it.column('ts_event')])
  expect(stamps).toEqual(Array.from({ length: total }, (_, i) => BigInt(i)))
})
