import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/** A user that owns nothing of the test's files: `nobody`. */
const NOBODY = 65534

/**
 * Runs `work` while this process may not read `path`. Root may read everything, so root becomes somebody else for the
 * time.
 */
export async function withoutRights<T>(path: string, work: () => Promise<T>): Promise<T> {
  return withModes([path], 0o000, 0o644, work)
}

/** Runs `work` while this process may read but not change anything below `folder`, as on a read-only medium. */
export async function readOnly<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((it) => it.isDirectory())
  return withModes([folder, ...entries.map((it) => join(it.parentPath, it.name))], 0o555, 0o755, work)
}

async function withModes<T>(
  paths: readonly string[],
  during: number,
  after: number,
  work: () => Promise<T>,
): Promise<T> {
  const isRoot = process.geteuid?.() === 0
  for (const path of paths) chmodSync(path, during)
  if (isRoot) process.seteuid?.(NOBODY)
  try {
    return await work()
  } finally {
    if (isRoot) process.seteuid?.(0)
    for (const path of paths) chmodSync(path, after)
  }
}

/** Whether {@link withoutOpenFiles} works here: Linux with util-linux. */
export const canLimitOpenFiles: boolean = spawnSync('prlimit', ['--version']).status === 0

/**
 * Runs `work` while this process may open no file at all (EMFILE). The limit is set and lifted by a shell started
 * before, because a process at its limit cannot start one.
 */
export async function withoutOpenFiles<T>(work: () => Promise<T>): Promise<T> {
  const hard = spawnSync('prlimit', ['--pid', String(process.pid), '--nofile', '--output', 'HARD,SOFT', '--noheadings'])
  const [hardLimit, softLimit] = hard.stdout.toString().trim().split(/\s+/) as [string, string]
  const shell = spawn('bash', ['-s'], { stdio: ['pipe', 'pipe', 'inherit'] })
  const limit = async (soft: string): Promise<void> => {
    shell.stdin?.write(`prlimit --pid ${process.pid} --nofile=${soft}:${hardLimit} && echo done\n`)
    await once(shell.stdout as NonNullable<ChildProcess['stdout']>, 'data')
  }
  try {
    await limit('1')
    return await work()
  } finally {
    await limit(softLimit)
    shell.stdin?.end()
    await once(shell, 'close')
  }
}
