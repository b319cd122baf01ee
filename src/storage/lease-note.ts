import { hasEnded, type ProcessIdentity } from './process-identity.js'

/** What a lease file says. */
export interface LeaseNote extends ProcessIdentity {
  /** Random, of one acquisition: it never comes back. */
  readonly owner: string
  readonly since: string
  /** Counts the owner's signs of life. */
  readonly beats: number
}

/** As it stands in the file. `beats` comes last, so that a later text is never shorter than the one it overwrites. */
export function textOfNote({ owner, pid, host, machine, started, since, beats }: LeaseNote): string {
  return `${JSON.stringify({ owner, pid, host, machine, started, since, beats })}\n`
}

/** `undefined` for anything but a whole note: half of one, or a file put there by hand. */
export function parseNote(text: string): LeaseNote | undefined {
  try {
    const note: unknown = JSON.parse(text)
    return isNote(note) ? note : undefined
  } catch {
    return undefined
  }
}

function isNote(note: unknown): note is LeaseNote {
  if (typeof note !== 'object' || note === null) return false
  const { owner, pid, host, machine, started, since, beats } = note as Partial<Record<keyof LeaseNote, unknown>>
  // The owner becomes part of a file's name, the pid goes to kill(2), where 0 and negative numbers name groups.
  const isOwner = typeof owner === 'string' && /^[0-9a-f]{16}$/.test(owner)
  const isPid = Number.isSafeInteger(pid) && Number(pid) > 0
  const isTextOrAbsent = (it: unknown): boolean => it === undefined || typeof it === 'string'
  const isRest = typeof host === 'string' && typeof since === 'string' && typeof beats === 'number'
  return isOwner && isPid && isRest && isTextOrAbsent(machine) && isTextOrAbsent(started)
}

/**
 * Judges from what one waiter saw whether owners are alive. No clock is compared with another's: only how long, on this
 * process's own monotonic clock, a file kept saying the same.
 */
export class Watch {
  readonly #staleMs: number
  readonly #lookMaxMs: number
  readonly #sightings = new Map<string, Sighting>()

  /** @param lookMaxMs the most that one look counts, however long ago the look before was */
  constructor(staleMs: number, lookMaxMs: number) {
    this.#staleMs = staleMs
    this.#lookMaxMs = lookMaxMs
  }

  /** Whether the owner who wrote `text` at `path` has ended, or given no sign of life for too long. */
  isDead(path: string, text: string): boolean {
    const note = parseNote(text)
    if (note !== undefined && hasEnded(note)) return true
    const atMs = performance.now()
    const last = this.#sightings.get(path)
    // A waiter that was itself stopped (Ctrl-Z, a suspended machine) has not been watching meanwhile.
    const unchangedMs = last?.text === text ? last.unchangedMs + Math.min(atMs - last.atMs, this.#lookMaxMs) : 0
    this.#sightings.set(path, { text, atMs, unchangedMs })
    return unchangedMs >= this.#staleMs
  }
}

interface Sighting {
  readonly text: string
  readonly atMs: number
  readonly unchangedMs: number
}
