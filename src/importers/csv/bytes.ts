import { pipeline, Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { InvalidDataError } from '../../model/errors.js'

/** The most bytes handed on at once, so that a caller's huge chunk does not become a huge text. */
const PIECE_BYTES = 65_536
/** What it takes to tell a kind of file by its first bytes. Every first piece has them, unless the file is shorter. */
const MAGIC_BYTES = 4

/**
 * The file's own bytes in pieces of at most 64 KiB: gzip, known by its first two bytes, is unpacked on the way.
 *
 * @throws InvalidDataError for other archives and for damaged gzip data
 */
export async function* plainBytes(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]()
  try {
    let head: Uint8Array = new Uint8Array(0)
    for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) {
      head = Buffer.concat([head, next.value])
      if (head.length >= MAGIC_BYTES) break
    }
    refuseOtherKinds(head)
    const whole = restarted(head, iterator)
    yield* pieces(head[0] === 0x1f && head[1] === 0x8b ? gunzip(whole) : whole)
  } finally {
    // Also when the magic was refused: the caller's file must not stay open.
    await iterator.return?.()
  }
}

/** The error for bytes that no option would make a CSV file of. */
export function notCsv(why: string, step: string): InvalidDataError {
  return new InvalidDataError(`this is not a CSV file: ${why}`, { steps: [step] })
}

function refuseOtherKinds(head: Uint8Array): void {
  const magic = Buffer.from(head.subarray(0, MAGIC_BYTES)).toString('latin1')
  if (magic === 'PK\x03\x04') throw notCsv('it is a zip archive', 'Unpack it, and import the CSV file inside.')
  if (magic === 'PAR1') throw notCsv('it is a Parquet file', 'Export it as CSV first.')
}

async function* restarted(head: Uint8Array, iterator: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield head
  yield* { [Symbol.asyncIterator]: () => iterator }
}

/** Market data shrinks to a tenth at best; gzip can do a thousandth. Below the first bound anything may be. */
const BOMB_MIN_BYTES = 16 * 1024 * 1024
const BOMB_RATIO = 200

async function* gunzip(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const unpacked = createGunzip()
  let unpackedBytes = 0
  // A failure of the source destroys `unpacked` with that very error, so the loop below throws it.
  pipeline(Readable.from(chunks, { objectMode: false }), unpacked, () => undefined)
  try {
    for await (const piece of unpacked) {
      const bytes = piece as Buffer
      unpackedBytes += bytes.length
      if (unpackedBytes > BOMB_MIN_BYTES && unpackedBytes > unpacked.bytesWritten * BOMB_RATIO) throw bomb()
      yield bytes
    }
  } catch (error) {
    if (!isZlibError(error)) throw error
    throw new InvalidDataError(`the gzip data is damaged: ${error.message}`, {
      steps: ['Get the file again; `gzip -t FILE` tells whether it is whole.'],
      cause: error,
    })
  }
}

function bomb(): InvalidDataError {
  return notCsv(
    `it unpacks to more than ${BOMB_RATIO} times its size`,
    'Unpack it yourself if you know where it comes from, and import what is inside.',
  )
}

function isZlibError(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('Z_')
}

async function* pieces(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let head: Uint8Array | undefined = new Uint8Array(0)
  for await (const chunk of chunks) {
    const bytes: Uint8Array = head === undefined ? chunk : Buffer.concat([head, chunk])
    if (head !== undefined && bytes.length < MAGIC_BYTES) {
      head = bytes
      continue
    }
    head = undefined
    for (let from = 0; from < bytes.length; from += PIECE_BYTES) yield bytes.subarray(from, from + PIECE_BYTES)
  }
  if (head !== undefined && head.length > 0) yield head
}
