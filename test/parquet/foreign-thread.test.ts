import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { CatalogError, DecodeError, UnsupportedFormatError } from '../../src/model/errors.js'
import { type ColumnData, Frame, storedColumns } from '../../src/model/frame.js'
import { sameRows } from '../../src/model/frame-edit.js'
import { encodeFrame } from '../../src/parquet/encode.js'
import { engineMemoryBytes } from '../../src/parquet/engine.js'
import { withCeiling } from '../../src/parquet/engine-limit.js'
import { decodeForeign } from '../../src/parquet/foreign.js'
import { ConfinedThread, SERVING } from '../../src/threads/confined-thread.js'
import { dataDir } from '../support/data.js'
import { minuteBars, someTrades } from './frames.js'

const metadata = new Map([['k', 'v']])

describe('a foreign file', () => {
  test('decodes to the same rows and key-values as in this thread', async () => {
    for (const frame of [minuteBars(390), someTrades(100), minuteBars(0)]) {
      const decoded = await decodeForeign(frame.type, await encodeFrame(frame, { codec: 'zstd', metadata }))
      expect(sameRows(decoded.frame, frame)).toBe(true)
      expect(decoded.metadata.get('k')).toBe('v')
    }
  })

  test('many at once are decoded one after another, each to its own rows', async () => {
    const frames = [1, 2, 3, 4, 5, 6].map((count) => minuteBars(count * 10))
    const decoded = await Promise.all(
      frames.map(async (it) => decodeForeign('bars', await encodeFrame(it, { codec: 'snappy', metadata }))),
    )
    expect(decoded.map((it) => it.frame.numRows)).toEqual([10, 20, 30, 40, 50, 60])
  })

  test('that does not decode is a DecodeError, and one of another type is unsupported', async () => {
    await expect(decodeForeign('bars', new Uint8Array(100))).rejects.toThrow(DecodeError)
    const trades = await encodeFrame(someTrades(3), { codec: 'none', metadata })
    await expect(decodeForeign('bars', trades)).rejects.toThrow(UnsupportedFormatError)
    expect((await decodeForeign('trades', trades)).frame.numRows).toBe(3)
  })

  test('with rows out of order, or a price that is no number, is a DecodeError: it would give wrong answers', async () => {
    const trades = someTrades(3)
    const changed = (name: string, values: ColumnData['values']): Promise<Uint8Array> => {
      const columns = new Map(storedColumns('trades').map((it) => [it.name, trades.data(it.name)]))
      return encodeFrame(new Frame('trades', 3, columns.set(name, { values })), { codec: 'none', metadata })
    }
    const late = await changed('ts_event', trades.column('ts_event').toReversed())
    await expect(decodeForeign('trades', late)).rejects.toThrow('row 2 is before the one it follows')
    const unpriced = await changed('price', Float64Array.of(1, Number.NaN, 2))
    await expect(decodeForeign('trades', unpriced)).rejects.toThrow('price of row 2 is NaN')
    await expect(decodeForeign('trades', unpriced)).rejects.toThrow(DecodeError)
  })

  test('leaves the engine of this thread alone', async () => {
    const before = engineMemoryBytes()
    await expect(decodeForeign('bars', Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x50, 0x41, 0x52, 0x31))).rejects.toThrow(
      DecodeError,
    )
    expect(engineMemoryBytes()).toBe(before)
  })
})

describe('a thread that decodes', () => {
  const confines = { heapMb: 32, timeoutMs: 10_000 }
  const entry = (body: string): URL => new URL(`data:text/javascript,${encodeURIComponent(body)}`)
  const onJob = (body: string): URL =>
    entry(`
      import { parentPort } from 'node:worker_threads'
      parentPort.on('message', (job) => { ${body} })
      parentPort.postMessage('${SERVING}')`)

  test('and fills its heap is an error, and the next job gets another thread', async () => {
    const thread = new ConfinedThread<string, string>(
      onJob(
        `if (job === 'fill') for (const all = [];;) all.push({ all: [job] }); parentPort.postMessage({ value: job })`,
      ),
      confines,
    )
    const error: unknown = await thread.run('fill').catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(UnsupportedFormatError)
    expect(error).toMatchObject({ message: 'the file takes more than 32 MB to decode' })
    expect(await thread.run('sound')).toBe('sound')
  })

  test('and never ends is an error after its time', async () => {
    const thread = new ConfinedThread<string, string>(onJob(`for (;;);`), { ...confines, timeoutMs: 300 })
    await expect(thread.run('loop')).rejects.toThrow('the file takes more than 0.3 s to decode')
  })

  test('and exits is an error', async () => {
    const thread = new ConfinedThread<string, string>(onJob(`process.exit(7)`), confines)
    await expect(thread.run('exit')).rejects.toThrow(DecodeError)
  })

  test('and cannot start is an error, which says nothing of the bytes: it is none of decoding', async () => {
    const thread = new ConfinedThread<string, string>(entry(`throw new Error('no engine here')`), confines)
    const error: unknown = await thread.run('any').catch((reason: unknown) => reason)
    expect(error).toMatchObject({ message: 'no engine here' })
    expect(error).not.toBeInstanceOf(CatalogError)
  })

  test.each([
    ['says nothing', 'setInterval(() => undefined, 1_000)'],
    ['exits', 'process.exit(0)'],
  ])('and %s instead of starting is an error, which is no abort by the caller', async (_, body) => {
    const thread = new ConfinedThread<string, string>(entry(body), { ...confines, timeoutMs: 1_000 })
    const error: unknown = await thread.run('any').catch((reason: unknown) => reason)
    expect(error).toMatchObject({ name: 'Error', message: 'the thread that decodes did not start' })
  })

  test('and has not started in time is ended', async () => {
    const server = createServer()
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const { port } = server.address() as AddressInfo
    const held = once(server, 'connection').then(([socket]: readonly Socket[]) => socket && once(socket, 'close'))
    const thread = new ConfinedThread<string, string>(
      entry(`import { connect } from 'node:net'; connect(${port}, '127.0.0.1').on('error', () => undefined)`),
      { ...confines, timeoutMs: 1_000 },
    )
    await expect(thread.run('any')).rejects.toThrow('did not start')
    await held
    server.close()
  })

  test('sees nothing of the environment', async () => {
    const thread = new ConfinedThread<string, number>(
      onJob(`parentPort.postMessage({ value: Object.keys(process.env).length })`),
      confines,
    )
    expect(await thread.run('look')).toBe(0)
  })
})

test('a ceiling is written into a module that has none, and no other byte changes', () => {
  const module = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 5, 3, 1, 0, 34, 10, 1, 0)
  expect([...withCeiling(module, 16_384)]).toEqual([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...[5, 6, 1, 1, 34, 0x80, 0x80, 0x01],
    ...[10, 1, 0],
  ])
  const bounded = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 5, 4, 1, 1, 34, 40)
  expect(withCeiling(bounded, 16_384)).toEqual(bounded)
})

describe.skipIf(dataDir() === undefined)('real corrupt files', () => {
  test.each(['corrupt', 'corrupt/fuzz', 'corrupt/bad_data', 'corrupt/encrypted'])('all of %s', async (folder) => {
    const path = join(dataDir() as string, folder)
    for (const { name } of readdirSync(path, { withFileTypes: true }).filter((it) => it.isFile())) {
      const error = await decodeForeign('trades', readFileSync(join(path, name))).catch((reason: unknown) => reason)
      expect(error, name).toBeInstanceOf(CatalogError)
      if (folder.endsWith('encrypted')) expect(error, name).toBeInstanceOf(UnsupportedFormatError)
    }
  })
})
