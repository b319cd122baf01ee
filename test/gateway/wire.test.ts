import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FrameReader, fieldsOf, frameOf, WireError } from '../../src/gateway/wire.js'

const GREETING = Buffer.from('API\0')

describe('a message', () => {
  test('is its length in four bytes, then each field with a NUL behind it', () => {
    expect(frameOf([71, 2, 'ü', true, undefined, 5n])).toEqual(
      Buffer.concat([Buffer.from([0, 0, 0, 13]), Buffer.from('71\x002\0ü\x001\0\x005\0')]),
    )
  })

  test('has the fields that were put in', () => {
    const fields = ['17', '', 'L’Oréal', '-1']
    expect(fieldsOf(frameOf(fields).subarray(4))).toEqual(fields)
  })
})

describe('the reader', () => {
  test('cuts messages out of packets of any size', () => {
    const messages = [['a'], ['', ''], ['b'.repeat(300), 'é']]
    const bytes = Buffer.concat([GREETING, ...messages.map(frameOf)])
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: bytes.length }), { maxLength: 20 }), (cuts) => {
        const edges = [0, ...cuts.sort((a, b) => a - b), bytes.length]
        const reader = new FrameReader()
        const read = edges.slice(1).flatMap((end, i) => [...reader.push(bytes.subarray(edges[i], end))])
        expect(read.map(fieldsOf)).toEqual(messages)
      }),
    )
  })

  test.each([
    ['another greeting', Buffer.from('GET / HTTP/1.1')],
    ['another greeting that begins alike', Buffer.from('APX')],
    ['a length beyond all messages', Buffer.concat([GREETING, Buffer.from([0x7f, 0, 0, 0])])],
    ['a negative length', Buffer.concat([GREETING, Buffer.from([0xff, 0xff, 0xff, 0xff])])],
  ])('gives up at %s', (_, bytes) => {
    expect(() => new FrameReader().push(bytes)).toThrow(WireError)
  })
})
