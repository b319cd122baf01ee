import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'

/** One way to spoil a file. `key` is the same for all flips, all cuts: healing is tried for some of each. */
export interface Damage {
  readonly key: string
  readonly name: string
  apply(path: string): void
}

const CUT_BYTES = 512

/**
 * Every damage of a file: bits flipped at the sampled positions of each region, cut at every 512 bytes, its end zeroed,
 * empty, a directory, and others in its place.
 *
 * @param regions bounds that a sample must not leave out, ascending, from 0 to the length
 * @param stride between the sampled positions of a region
 */
export function damagesOf(
  sound: Uint8Array,
  regions: readonly number[],
  stride: number,
  others: Readonly<Record<string, Uint8Array>>,
): readonly Damage[] {
  return [
    ...positionsIn(regions, stride, sound.length).map((at) =>
      bytes('flip', `bit flipped in byte ${at}`, flipped(sound, at)),
    ),
    ...cuts(sound.length).map((size) => bytes('cut', `cut to ${size} bytes`, sound.subarray(0, size))),
    bytes('zeroed', 'last half zeroed', zeroed(sound, sound.length >> 1)),
    bytes('zeroed', 'last 8 bytes zeroed', zeroed(sound, sound.length - 8)),
    bytes('zeroed', 'all zeroed', new Uint8Array(sound.length)),
    bytes('longer', 'a byte longer', Buffer.concat([sound, Buffer.of(0)])),
    bytes('empty', 'empty', new Uint8Array(0)),
    {
      key: 'directory',
      name: 'a directory',
      apply(path) {
        rmSync(path)
        mkdirSync(path)
      },
    },
    ...Object.entries(others).map(([name, content]) => bytes(name, name, content)),
  ]
}

/** Puts the sound bytes back, whatever is there now. */
export function putBack(path: string, sound: Uint8Array): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) rmSync(path, { recursive: true })
  writeFileSync(path, sound)
}

export function isSpoiled(path: string, sound: Uint8Array): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() !== true || !readFileSync(path).equals(sound)
}

function bytes(key: string, name: string, content: Uint8Array): Damage {
  return { key, name, apply: (path) => writeFileSync(path, content) }
}

function positionsIn(regions: readonly number[], stride: number, length: number): readonly number[] {
  const positions = new Set<number>()
  const bounds = [...new Set([0, ...regions.filter((it) => it > 0 && it < length), length])].sort((a, b) => a - b)
  for (const [i, from] of bounds.entries()) {
    const to = bounds[i + 1] ?? from
    for (let at = from; at < to; at += stride) positions.add(at)
    if (to > from) positions.add(to - 1)
  }
  return [...positions]
}

function cuts(length: number): readonly number[] {
  const sizes = Array.from({ length: Math.floor((length - 1) / CUT_BYTES) }, (_, i) => (i + 1) * CUT_BYTES)
  return [...sizes, 1, length - 1]
}

function flipped(sound: Uint8Array, at: number): Uint8Array {
  const hurt = Uint8Array.from(sound)
  hurt[at] = (hurt[at] as number) ^ (1 << (at % 8))
  return hurt
}

function zeroed(sound: Uint8Array, from: number): Uint8Array {
  return Uint8Array.from(sound).fill(0, Math.max(0, from))
}
