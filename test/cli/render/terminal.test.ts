import { Writable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { createTerminal, type Terminal, writeAll } from '../../../src/cli/render/terminal.js'
import { StorageError } from '../../../src/model/errors.js'

class Sink extends Writable {
  isTTY = false
  columns = 80
  text = ''
  /** Error code that the next write fails with. */
  failure: string | undefined
  delayMs = 0
  inFlight = 0
  mostInFlight = 0

  override write(chunk: unknown, ...rest: unknown[]): boolean {
    this.mostInFlight = Math.max(this.mostInFlight, ++this.inFlight)
    return super.write(chunk, ...(rest as [never]))
  }

  override _write(chunk: Buffer, _encoding: string, callback: (error?: Error) => void): void {
    setTimeout(() => {
      this.inFlight--
      if (this.failure !== undefined) return callback(Object.assign(new Error(this.failure), { code: this.failure }))
      this.text += chunk.toString()
      callback()
    }, this.delayMs)
  }
}

function open(setup: (stdout: Sink, stderr: Sink) => void = () => undefined): {
  stdout: Sink
  stderr: Sink
  terminal: Terminal
  pipesBroken: () => number
} {
  const [stdout, stderr] = [new Sink(), new Sink()]
  setup(stdout, stderr)
  let broken = 0
  const terminal = createTerminal({ stdout, stderr, env: {}, onBrokenPipe: () => broken++ })
  return { stdout, stderr, terminal, pipesBroken: () => broken }
}

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20))

describe('results', () => {
  it('are complete when the last write resolves, and never run ahead of a slow reader', async () => {
    const { stdout, terminal } = open((out) => {
      out.delayMs = 2
    })
    const chunks = Array.from({ length: 20 }, (_, i) => `${i}`.repeat(40_000))
    await writeAll(terminal.out, chunks)
    expect(stdout.text).toBe(chunks.join(''))
    expect(stdout.mostInFlight).toBe(1)
  })

  it('are taken from an asynchronous source too, as text or bytes', async () => {
    const { stdout, terminal } = open()
    async function* source(): AsyncGenerator<string | Uint8Array> {
      yield 'a'
      yield new TextEncoder().encode('b')
    }
    await writeAll(terminal.out, source())
    expect(stdout.text).toBe('ab')
  })

  it('end the process once, quietly, when the reader has gone', async () => {
    const { terminal, pipesBroken } = open((out) => {
      out.failure = 'EPIPE'
    })
    await writeAll(terminal.out, ['a', 'b', 'c'])
    await settled()
    expect(pipesBroken()).toBe(1)
  })

  it('that a full disk refuses are an error with its errno', async () => {
    const { terminal, pipesBroken } = open((out) => {
      out.failure = 'ENOSPC'
    })
    const failure = await terminal.out.write('a').catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(StorageError)
    expect(failure).toMatchObject({ errno: 'ENOSPC' })
    expect(pipesBroken()).toBe(0)
  })
})

describe('talk', () => {
  it('goes on when nobody listens', async () => {
    const { terminal, pipesBroken } = open((_, err) => {
      err.failure = 'EPIPE'
    })
    terminal.err.line('hello')
    await settled()
    terminal.err.line('still here')
    await settled()
    expect(pipesBroken()).toBe(0)
  })

  it('keeps a status line below the lines that are said meanwhile', async () => {
    const { stderr, terminal } = open((_, err) => {
      err.isTTY = true
    })
    terminal.err.status('10 %')
    terminal.err.status('10 %')
    terminal.err.line('3 rows refused')
    terminal.err.status('20 %')
    terminal.err.status(undefined)
    terminal.err.line('done')
    await settled()
    expect(stderr.text).toBe('\r\x1b[K10 %\r\x1b[K3 rows refused\n10 %\r\x1b[K20 %\r\x1b[Kdone\n')
  })

  it('has no status line where lines stay', async () => {
    const { stderr, terminal } = open()
    terminal.err.status('10 %')
    terminal.err.line('done')
    await settled()
    expect(stderr.text).toBe('done\n')
  })
})

it('each stream has its own width and its own say about colour', () => {
  const { terminal } = open((out, err) => {
    out.isTTY = false
    err.isTTY = true
    err.columns = 132
  })
  expect(terminal.out).toMatchObject({ isTty: false, columns: Number.POSITIVE_INFINITY })
  expect(terminal.err).toMatchObject({ isTty: true, columns: 132 })
  expect(terminal.out.paint('red', 'x')).toBe('x')
  expect(terminal.err.paint('red', 'x')).not.toBe('x')
})
