import type { FileSystemLook, LockLook } from '../../storage/probe.js'
import { formatDuration } from '../render/units.js'
import { type Finding, ok, problem, warning } from './finding.js'

export interface RootFacts {
  readonly root: string
  readonly kind: 'directory' | 'file' | 'absent'
  /** Where it was tried: the root, or the nearest directory there is above it. */
  readonly triedIn: string
  readonly look: FileSystemLook
}

/** Whether the catalog is there, or can be made, and can be written. */
export function checkRoot({ root, kind, triedIn, look: { write } }: RootFacts): Finding {
  if (kind === 'file') {
    return problem('catalog', `${root} is a file, not a directory`, [
      'Name the directory of the catalog, or one that does not exist yet: --catalog PATH',
    ])
  }
  if (write.ok) {
    return ok('catalog', kind === 'absent' ? `${root} is made by the first write` : `${root} can be read and written`)
  }
  if (kind === 'absent') {
    return problem(
      'catalog',
      `${root} is not there and cannot be made: ${triedIn} cannot be written (${write.errno})`,
      [`Give this user the right to write in ${triedIn}.`, 'Or choose another place: --catalog PATH, NTRADER_CATALOG'],
    )
  }
  return warning('catalog', `${root} cannot be written (${write.errno}); reading works`, [
    'Nothing to do if the catalog is only read here.',
    'Else give this user the right to write, or make room on the disk.',
  ])
}

/** What the file system can do. Nothing where nothing can be written. */
export function checkFileSystem({ look }: RootFacts): readonly Finding[] {
  const { hardLinks, fsync, clockSkewMs } = look
  if (hardLinks === undefined || fsync === undefined || clockSkewMs === undefined) return []
  return [
    hardLinks.ok
      ? ok('hard-links', 'hard links work: any number of processes may write')
      : warning('hard-links', `the file system has no hard links (${hardLinks.errno})`, [
          'Let only one process write this catalog at a time; any number may read.',
          'Or move it to a file system with hard links: ext4, XFS, APFS, NTFS.',
        ]),
    fsync.ok
      ? ok('fsync', 'fsync works: what was committed survives a power cut')
      : problem('fsync', `fsync fails (${fsync.errno}): what was committed may be lost in a power cut`, [
          'Move the catalog to a local disk.',
        ]),
    clockFinding(clockSkewMs),
  ]
}

const SKEW_MAX_MS = 2000

function clockFinding(skewMs: number): Finding {
  if (Math.abs(skewMs) < SKEW_MAX_MS) return ok('disk-clock', 'the clocks of the disk and of this machine agree')
  const [size, direction] = [formatDuration(Math.abs(skewMs)), skewMs > 0 ? 'ahead of' : 'behind']
  return warning('disk-clock', `files are stamped ${size} ${direction} the clock of this machine`, [
    'Set both clocks by NTP: a lock whose stamp is wrong looks held, or abandoned, when it is not.',
  ])
}

/** A temporary file becomes a data file by a rename, which cannot cross file systems. */
export function checkTemporary(elsewhere: readonly string[]): Finding {
  if (elsewhere.length === 0) return ok('temporary', 'temporary files lie on the file system of the catalog')
  return problem('temporary', `on another file system than the catalog: ${elsewhere.join(', ')}`, [
    'Remove the link or the mount, so that the directory lies inside the catalog.',
  ])
}

export function checkLock(table: string, lockPath: string, { state, holder, ageMs = 0 }: LockLook): Finding {
  const check = `lock-${table}`
  if (state === 'free') return ok(check, `${table} is not locked`)
  if (ageMs < -SKEW_MAX_MS) {
    return warning(check, `${table} is locked by ${holder}, with a stamp ${formatDuration(-ageMs)} in the future`, [
      'Wait for that process to finish; the lock ends by itself once the clock has passed its stamp.',
      `If it no longer runs, delete the directory ${lockPath}.`,
    ])
  }
  if (state === 'held') return ok(check, `${table} is locked by ${holder}, which is writing`)
  return warning(check, `${table} was locked by ${holder}, which gave no sign of life for ${formatDuration(ageMs)}`, [
    'Nothing to do: the next writer takes the lock over.',
  ])
}
