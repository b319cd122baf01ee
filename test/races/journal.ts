import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Interval, type IntervalSet, intersect, normalize } from '../../src/model/interval.js'

/** What the processes of a race asked their sources for, by the name of each. */
export function readJournal(path: string): ReadonlyMap<string, readonly Interval[]> {
  const asked = new Map<string, Interval[]>()
  const text = existsSync(path) ? readFileSync(path, 'utf8').trim() : ''
  for (const line of text === '' ? [] : text.split('\n')) {
    const [name, startNs, endNs] = line.split(' ') as [string, string, string]
    const list = asked.get(name) ?? []
    list.push({ startNs: BigInt(startNs), endNs: BigInt(endNs) })
    asked.set(name, list)
  }
  return asked
}

/** What several of the intervals have in common: asked more than once. */
export function askedTwice(asked: readonly Interval[]): IntervalSet {
  return normalize(asked.flatMap((it, i) => asked.slice(i + 1).flatMap((other) => [...intersect([it], [other])])))
}

/** The lease files below a root, and what their making leaves. */
export function leaseFiles(root: string): readonly string[] {
  return ['bars/_leases', 'bars/_tmp'].flatMap((it) => readdirSync(join(root, it)).map((name) => `${it}/${name}`))
}
