import { describe, expect, test } from 'vitest'
import { Frames } from '../../../src/sources/ibkr/transport/tws/frames.js'
import { frameOf } from '../../support/scripted-gateway.js'

describe('cutting the stream of bytes into messages', () => {
  const messages = [[4, 'one'], [''], [17, 'x'.repeat(300)], [9, 1]]
  const stream = Buffer.concat(messages.map(frameOf))

  test.each([1, 2, 3, 4, 5, 7, 100, 10_000])('packets of %i bytes give the same messages', (packetBytes) => {
    const frames = new Frames()
    const got: string[] = []
    for (let at = 0; at < stream.length; at += packetBytes) {
      for (const it of frames.push(stream.subarray(at, at + packetBytes))) got.push(it.toString())
    }
    expect(got).toEqual(messages.map((fields) => `${fields.join('\0')}\0`))
  })

  test('a length that no message has is an error: another kind of server answers', () => {
    expect(() => new Frames().push(Buffer.from('HTTP/1.1 400 Bad Request\r\n'))).toThrow(RangeError)
  })

  test('a large message in many packets is joined once, not once a packet', () => {
    const large = frameOf([17, 'x'.repeat(8_000_000)])
    const frames = new Frames()
    const packets: Buffer[] = []
    for (let at = 0; at < large.length; at += 1_000) packets.push(large.subarray(at, at + 1_000))
    const startedMs = performance.now()
    const got = packets.flatMap((it) => frames.push(it))
    // Joined at each of the 8,000 packets it would copy 32 GB, which takes many seconds.
    expect(performance.now() - startedMs).toBeLessThan(2_000)
    expect(got[0]?.length).toBe(large.length - 4)
  })
})
