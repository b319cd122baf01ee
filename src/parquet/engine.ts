import { createRequire } from 'node:module'
import { setFlagsFromString } from 'node:v8'
import type * as ParquetWasm from 'parquet-wasm'
import { DecodeError, InvalidDataError } from '../model/errors.js'

/**
 * The one door to parquet-wasm (arrow-rs compiled to WebAssembly).
 *
 * A trap (`unreachable`, out of memory, stack overflow) leaves a WebAssembly instance in an undefined state: its
 * allocator may be half-way through a change. So after a trap the instance is thrown away, and the next call loads a
 * fresh one (about 30 ms).
 */
type Engine = typeof ParquetWasm

const require = createRequire(import.meta.url)
const ENGINE_MODULE = 'parquet-wasm'

let engine: Engine | undefined

function load(): Engine {
  engine ??= require(ENGINE_MODULE) as Engine
  return engine
}

function discard(): void {
  delete require.cache[require.resolve(ENGINE_MODULE)]
  engine = undefined
}

/** Decoded Arrow data in the engine's memory: addresses of C Data Interface structs. Valid only during the visit. */
export interface ArrowStructs {
  readonly memory: ArrayBuffer
  readonly schemaAddress: number
  readonly arrayAddresses: Uint32Array
}

/**
 * Rows of a decoded batch, above any row group: the default of 1,024 costs a fifth of the decoding time.
 * `columns` is not set, because `readParquet` ignores it.
 */
const READER_OPTIONS = { batchSize: 1 << 20 }

/**
 * Decodes a Parquet file and shows the result to `visit`, which must copy what it keeps.
 *
 * @throws DecodeError for whatever goes wrong in the engine, with its own error as `cause`
 */
export function withDecoded<R>(bytes: Uint8Array, visit: (arrow: ArrowStructs) => R): R {
  const loaded = load()
  let stream: ParquetWasm.FFIStream
  let arrow: ArrowStructs
  try {
    stream = loaded.readParquet(bytes, READER_OPTIONS).intoFFI()
    const schemaAddress = stream.schemaAddr()
    const arrayAddresses = stream.arrayAddrs()
    // Last: a call above may have grown the memory, which replaces its buffer.
    arrow = { schemaAddress, arrayAddresses, memory: memoryOf(loaded) }
  } catch (cause) {
    discardIfTrapped(cause)
    throw new DecodeError(`the Parquet file does not decode: ${messageOf(cause)}`, { cause })
  }
  try {
    return visit(arrow)
  } finally {
    // The engine's memory is invisible to the garbage collector: left to finalizers, 10,000 files hold 80 MB more.
    stream.free()
  }
}

export type Codec = 'snappy' | 'zstd' | 'lz4_raw' | 'none'

/** How one column is stored. A dictionary pays for text only: of numbers it makes larger, slower files. */
export interface ColumnLayout {
  readonly name: string
  readonly encoding: 'plain' | 'delta' | 'dictionary'
}

/**
 * Encodes an Arrow IPC stream as one Parquet file with one row group (none for no rows).
 *
 * @throws InvalidDataError for whatever goes wrong in the engine, with its own error as `cause`
 */
export function encodeIpc(ipc: Uint8Array, codec: Codec, columns: readonly ColumnLayout[]): Uint8Array {
  const loaded = load()
  try {
    return loaded.writeParquet(loaded.Table.fromIPCStream(ipc), buildProperties(loaded, codec, columns))
  } catch (cause) {
    discardIfTrapped(cause)
    throw new InvalidDataError(`the Parquet engine does not encode these rows: ${messageOf(cause)}`, { cause })
  }
}

/**
 * New for every file: `writeParquet` consumes them, and used twice they silently mean uncompressed, with dictionaries.
 */
function buildProperties(
  { WriterPropertiesBuilder, Compression, Encoding, EnabledStatistics }: Engine,
  codec: Codec,
  columns: readonly ColumnLayout[],
): ParquetWasm.WriterProperties {
  const compression = {
    snappy: Compression.SNAPPY,
    zstd: Compression.ZSTD,
    lz4_raw: Compression.LZ4_RAW,
    none: Compression.UNCOMPRESSED,
  }[codec]
  let builder = new WriterPropertiesBuilder()
    .setCompression(compression)
    .setDictionaryEnabled(false)
    .setStatisticsEnabled(EnabledStatistics.Chunk)
  for (const { name, encoding } of columns) {
    if (encoding === 'dictionary') builder = builder.setColumnDictionaryEnabled(name, true)
    else builder = builder.setColumnEncoding(name, encoding === 'delta' ? Encoding.DELTA_BINARY_PACKED : Encoding.PLAIN)
  }
  return builder.build()
}

/**
 * Makes a one-shot process start faster: WebAssembly stays at V8's baseline compiler, which more than halves the
 * processor time and the memory of a cold start, and costs 30 to 40 % in long scans. Call it before the first decode.
 *
 * It sets unsupported V8 flags for the whole process, so only a program's own entry point may call it, never a
 * library or a server. Once the engine is loaded it has little effect; a V8 that does not know a flag ignores it.
 */
export function preferFastStart(): void {
  setFlagsFromString('--liftoff-only')
  // A function is validated when it is first called, not all 5 MB of them at once: 7 ms.
  setFlagsFromString('--wasm-lazy-validation')
}

/** Size of the engine's memory, which grows and never shrinks; 0 before it is loaded. */
export function engineMemoryBytes(): number {
  return engine === undefined ? 0 : memoryOf(engine).byteLength
}

function memoryOf(loaded: Engine): ArrayBuffer {
  const memory: { readonly buffer: ArrayBuffer } = loaded.wasmMemory()
  return memory.buffer
}

/** Names of what a WebAssembly machine throws: traps, and a call stack or memory exhausted. arrow-rs throws plain Error. */
const TRAPS: readonly string[] = ['RuntimeError', 'RangeError']

function discardIfTrapped(cause: unknown): void {
  if (cause instanceof Error && TRAPS.includes(cause.name)) discard()
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}
