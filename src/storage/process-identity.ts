import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import { errnoOf } from './os-error.js'

/** Enough of a process to tell later, from another process, that it has ended. */
export interface ProcessIdentity {
  readonly pid: number
  readonly host: string
  /** Whose numbers `pid` is one of: this boot of the kernel and the pid namespace. Linux only. */
  readonly machine?: string
  /** Start in clock ticks since boot: tells a process from a later one with the same number. Linux only. */
  readonly started?: string
}

/** This process. */
export function ownIdentity(): ProcessIdentity {
  const machine = machineOfThis()
  const started = procStat(process.pid)?.started
  return {
    pid: process.pid,
    host: hostname(),
    ...(machine === undefined ? {} : { machine }),
    ...(started === undefined ? {} : { started }),
  }
}

/**
 * Whether a process is known to have ended. `false` says nothing: it runs, or it ran where this process cannot look.
 *
 * The host's name alone does not make its pids ours: containers share names, and number their processes anew.
 */
export function hasEnded({ pid, host, machine, started }: ProcessIdentity): boolean {
  if (host !== hostname() || machine !== machineOfThis()) return false
  try {
    process.kill(pid, 0)
  } catch (error) {
    // EPERM: it runs, as another user.
    return errnoOf(error) === 'ESRCH'
  }
  const stat = procStat(pid)
  if (stat === undefined) return false
  return stat.isDead || (started !== undefined && stat.started !== started)
}

function machineOfThis(): string | undefined {
  try {
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${readlinkSync('/proc/self/ns/pid')}`
  } catch {
    // Not Linux, or a sandbox without these.
    return undefined
  }
}

/** proc(5): `pid (name) state …`, the start is field 22. The name may hold spaces and brackets. */
function procStat(pid: number): { readonly isDead: boolean; readonly started: string } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const [state = '', ...rest] = text.slice(text.lastIndexOf(')') + 2).split(' ')
    const started = rest[18]
    // A killed child that its parent has not reaped (containers without an init) still answers to kill(pid, 0).
    return started === undefined ? undefined : { isDead: 'ZX'.includes(state), started }
  } catch {
    return undefined
  }
}
