import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { DecodeError, InvalidDataError } from '../../src/model/errors.js'
import { sameRows } from '../../src/model/frame-edit.js'
import { decodeFrame } from '../../src/parquet/decode.js'
import { encodeFrame } from '../../src/parquet/encode.js'
import { encodeIpc, engineMemoryBytes, preferFastStart, withDecoded } from '../../src/parquet/engine.js'
import { minuteBars } from './frames.js'

/** Footer length 2^32 - 1 (fuzz case 5662105355419648): arrow-rs panics instead of returning an error. */
const TRAP = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x50, 0x41, 0x52, 0x31)
const metadata = new Map<string, string>()

function failureOf(run: () => unknown): unknown {
  try {
    run()
  } catch (error) {
    return error
  }
  return undefined
}

describe('memory of the engine', () => {
  test('2,000 decodes leave it as large as 20 do', async () => {
    const bytes = await encodeFrame(minuteBars(390), { codec: 'snappy', metadata })
    for (let i = 0; i < 20; i++) decodeFrame('bars', bytes)
    const before = engineMemoryBytes()
    for (let i = 0; i < 2000; i++) decodeFrame('bars', bytes)
    expect(before).toBeGreaterThan(0)
    expect(engineMemoryBytes()).toBe(before)
  })

  test('a decode that fails in the visit frees what it had decoded', async () => {
    const bytes = await encodeFrame(minuteBars(20_000), { codec: 'snappy', metadata })
    const fail = (): never => {
      throw new Error('visit')
    }
    expect(() => withDecoded(bytes, fail)).toThrow('visit')
    const before = engineMemoryBytes()
    for (let i = 0; i < 100; i++) expect(() => withDecoded(bytes, fail)).toThrow('visit')
    expect(engineMemoryBytes()).toBe(before)
  })

  test('encoding and decoding half a million rows take the memory of one row group', async () => {
    const bars = minuteBars(500_000)
    const bytes = await encodeFrame(bars, { codec: 'snappy', metadata })
    expect(sameRows(decodeFrame('bars', bytes).frame, bars)).toBe(true)
    expect(engineMemoryBytes()).toBeLessThan(48 * 1024 * 1024)
  })
})

describe('a trap in the engine', () => {
  test('is a DecodeError whose cause is the trap', () => {
    const error = failureOf(() => withDecoded(TRAP, () => undefined))
    expect(error).toBeInstanceOf(DecodeError)
    expect((error as DecodeError).cause).toBeInstanceOf(Error)
    expect(((error as DecodeError).cause as Error).name).toBe('RuntimeError')
  })

  test('throws the instance away, and the next calls work on a fresh one', async () => {
    const bars = minuteBars(100)
    const bytes = await encodeFrame(bars, { codec: 'snappy', metadata })
    decodeFrame('bars', bytes)
    expect(engineMemoryBytes()).toBeGreaterThan(0)
    expect(() => withDecoded(TRAP, () => undefined)).toThrow(DecodeError)
    expect(engineMemoryBytes()).toBe(0)
    expect(sameRows(decodeFrame('bars', bytes).frame, bars)).toBe(true)
    expect(await encodeFrame(bars, { codec: 'snappy', metadata })).toEqual(bytes)
  })

  test('an error that arrow-rs reports itself keeps the instance', async () => {
    decodeFrame('bars', await encodeFrame(minuteBars(1), { codec: 'snappy', metadata }))
    const before = engineMemoryBytes()
    expect(() => withDecoded(new Uint8Array(100), () => undefined)).toThrow(DecodeError)
    expect(engineMemoryBytes()).toBe(before)
  })

  test('bytes that are no Arrow stream do not encode', () => {
    const error = failureOf(() => encodeIpc(new Uint8Array(3), 'snappy', []))
    expect(error).toBeInstanceOf(InvalidDataError)
    expect((error as InvalidDataError).cause).toBeInstanceOf(Error)
  })
})

describe('preferFastStart', () => {
  test('is safe to call before, after and twice', async () => {
    const bytes = await encodeFrame(minuteBars(10), { codec: 'snappy', metadata })
    preferFastStart()
    preferFastStart()
    expect(decodeFrame('bars', bytes).frame.numRows).toBe(10)
  })

  test('V8 ignores a flag it does not know', () => {
    const script = "require('node:v8').setFlagsFromString('--no-such-flag-at-all'); console.log('alive')"
    expect(execFileSync(process.execPath, ['-e', script], { encoding: 'utf8', stdio: 'pipe' }).trim()).toBe('alive')
  })
})
