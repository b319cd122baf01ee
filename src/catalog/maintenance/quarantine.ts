import { randomUUID } from 'node:crypto'
import type { RemoveFile } from '../../delta/actions.js'
import type { Snapshot } from '../../delta/snapshot.js'
import { StorageError } from '../../model/errors.js'
import { hull, toIso } from '../../model/interval.js'
import type { TableType } from '../../model/schema.js'
import { formatInstant, MS_NS } from '../../model/time.js'
import { NOT_WRITABLE } from '../../storage/os-error.js'
import type { Storage } from '../../storage/storage.js'
import { coverageSet } from '../coverage/coverage.js'
import { coverageFromText } from '../coverage/coverage-text.js'
import { readBytes } from '../files/integrity.js'

/**
 * Moves every file that a commit took out as damaged to `_quarantine/`, beside a JSON that says why, when, and which
 * interval was lost. The log is the truth, so this can be done at any time after the commit, by anyone, again and
 * again: a move that a crash interrupted is simply finished, and one that is done costs two looks.
 *
 * @returns the paths moved, below the catalog's root
 */
export async function moveToQuarantine(
  storage: Storage,
  type: TableType,
  snapshot: Snapshot,
): Promise<readonly string[]> {
  const moved: string[] = []
  for (const remove of await unmoved(storage, type, snapshot)) {
    if (await quarantineFile(storage, type, remove)) moved.push(`${type}/${remove.path}`)
  }
  return moved
}

/**
 * Moves one file to `_quarantine/`, beside what is to be said of it.
 *
 * @param remove its tags name the reason, and the coverage that went with it
 * @returns whether it was still where it was
 */
export async function quarantineFile(
  storage: Storage,
  type: TableType,
  remove: Pick<RemoveFile, 'path' | 'deletionTimestampMs' | 'tags'>,
): Promise<boolean> {
  const path = `${type}/${remove.path}`
  const target = await freePath(storage, path, quarantinePath(type, remove))
  await storage.putIfAbsent(`${target}.json`, new TextEncoder().encode(`${noteOf(remove, path)}\n`))
  return storage.move(path, target)
}

/** The damaged files that are still where they were, below the catalog's root. */
export async function interruptedMoves(
  storage: Storage,
  type: TableType,
  snapshot: Snapshot,
): Promise<readonly string[]> {
  const paths = (await unmoved(storage, type, snapshot)).map((it) => `${type}/${it.path}`)
  const found = await Promise.all(paths.map((it) => storage.exists(it)))
  return paths.filter((_, i) => found[i])
}

async function unmoved(storage: Storage, type: TableType, snapshot: Snapshot): Promise<readonly RemoveFile[]> {
  const waiting: RemoveFile[] = []
  for (const remove of snapshot.removed.values()) {
    if (remove.tags['reason'] === undefined) continue
    const isDone =
      !(await storage.exists(`${type}/${remove.path}`)) &&
      (await storage.exists(`${quarantinePath(type, remove)}.json`))
    if (!isDone) waiting.push(remove)
  }
  return waiting
}

function quarantinePath(type: TableType, remove: Pick<RemoveFile, 'path'>): string {
  return `${type}/_quarantine/${remove.path.slice(remove.path.lastIndexOf('/') + 1)}`
}

/**
 * Nothing in quarantine is overwritten: a copy in another directory may have the same name, and be the good one. What a
 * power cut has left at both ends of a move is one file, and so is what was moved before.
 */
async function freePath(storage: Storage, from: string, to: string): Promise<string> {
  const isTaken = (await storage.exists(to)) && (await storage.exists(from)) && !(await areSame(storage, from, to))
  return isTaken ? `${to}.${randomUUID()}` : to
}

async function areSame(storage: Storage, path: string, otherPath: string): Promise<boolean> {
  const [one, other] = [await readBytes(storage, path), await readBytes(storage, otherPath)]
  return one !== undefined && other !== undefined && Buffer.compare(one, other) === 0
}

/** {@link moveToQuarantine} for callers that only came to look: read-only media are no error. */
export async function finishInterruptedMoves(storage: Storage, type: TableType, snapshot: Snapshot): Promise<void> {
  try {
    await moveToQuarantine(storage, type, snapshot)
  } catch (error) {
    if (!(error instanceof StorageError) || !NOT_WRITABLE.has(error.errno)) throw error
  }
}

function noteOf(remove: Pick<RemoveFile, 'deletionTimestampMs' | 'tags'>, path: string): string {
  const coverage = coverageFromText(remove.tags['coverage'] ?? '[]', path)
  const span = hull(coverageSet(coverage))
  const note = {
    file: path,
    reason: remove.tags['reason'],
    quarantinedAt: formatInstant(BigInt(remove.deletionTimestampMs) * MS_NS),
    interval: span === undefined ? null : toIso(span),
    lost: coverageSet(coverage).map(toIso),
  }
  return JSON.stringify(note, undefined, 2)
}
