/** A made-up contract id: the same for the same name, in a range where IB has none yet. */
export function conIdOf(name: string): number {
  let hash = 0x811c9dc5
  for (const byte of new TextEncoder().encode(name)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0
  return FIRST_MADE_UP + (hash % MADE_UP)
}

/** Ids are positive 32-bit integers; IB's own are below a billion. */
const FIRST_MADE_UP = 1_500_000_000
const MADE_UP = 600_000_000
