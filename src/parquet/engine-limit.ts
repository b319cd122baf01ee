/**
 * Gives every WebAssembly module that this thread loads from now on a ceiling of memory: what would grow beyond it traps.
 * The engine's own module has none (4 GiB then), and neither Node's `resourceLimits` nor an option of parquet-wasm sets
 * one; V8's flag holds for the whole process. So the ceiling is written into the module before it is compiled.
 *
 * For a thread of its own, before the engine is loaded.
 */
export function limitEngineMemory(maxBytes: number): void {
  // Node has it, and its types do not.
  const machine: { readonly Module: new (bytes: Uint8Array) => object } = Reflect.get(globalThis, 'WebAssembly')
  class LimitedModule extends machine.Module {
    constructor(bytes: Uint8Array) {
      super(withCeiling(bytes, Math.floor(maxBytes / PAGE_BYTES)))
    }
  }
  Object.defineProperty(machine, 'Module', { value: LimitedModule })
}

const PAGE_BYTES = 65_536
/** Magic and version. */
const HEADER_BYTES = 8
const MEMORY_SECTION = 5
/** One memory, without a maximum; and with one. */
const UNBOUNDED = [1, 0] as const
const BOUNDED = [1, 1] as const

/** The same module with a maximum for its memory; unchanged when it has one, or imports its memory. */
export function withCeiling(module: Uint8Array, maxPages: number): Uint8Array {
  for (let at = HEADER_BYTES; at < module.length; ) {
    const size = readVarint(module, at + 1)
    const end = size.next + size.value
    const isUnbounded = module[size.next] === UNBOUNDED[0] && module[size.next + 1] === UNBOUNDED[1]
    if (module[at] === MEMORY_SECTION && isUnbounded) {
      const pages = readVarint(module, size.next + 2).value
      const body = [...BOUNDED, ...varint(pages), ...varint(Math.max(pages, maxPages))]
      const section = [MEMORY_SECTION, ...varint(body.length), ...body]
      return Uint8Array.from(Buffer.concat([module.subarray(0, at), Buffer.from(section), module.subarray(end)]))
    }
    at = end
  }
  return module
}

function readVarint(bytes: Uint8Array, at: number): { readonly value: number; readonly next: number } {
  let value = 0
  for (let scale = 1, next = at; ; scale *= 128) {
    const byte = bytes[next++] ?? 0
    value += (byte & 0x7f) * scale
    if (byte < 0x80) return { value, next }
  }
}

function varint(value: number): readonly number[] {
  const bytes: number[] = []
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest]
    bytes.push((rest % 128) | 0x80)
  }
}
