import { DataCatalog } from '../../src/index.js'
import { type PlainBar, rowsText, type SERIES } from './bars.js'
import { readLog, statesByVersion } from './log.js'
import type { Message } from './processes.js'

/** What the processes of a race said. */
export interface Heard {
  /** Each batch of each writer. Its bars have a price of its own; a bar's stamp may be another batch's, too. */
  readonly batches: readonly (readonly PlainBar[])[]
  /** The batches that were acknowledged, by their place in `batches`. */
  readonly acknowledged: readonly number[]
  readonly reads: readonly Message[]
}

export interface Judgement {
  /** What must not be, in words; empty for a sound race. */
  readonly violations: readonly string[]
  readonly commits: number
  readonly versionsRead: number
  readonly rowsLost: number
}

/**
 * Whether what is on the disk, and all that was read meanwhile, is one history: versions without a hole, each of them
 * the one before with one batch laid over it, every acknowledged batch among them once, and every read one of them.
 */
export async function judge(root: string, series: typeof SERIES, heard: Heard): Promise<Judgement> {
  await using catalog = await DataCatalog.open(root)
  const violations: string[] = []
  const log = readLog(root)
  if (log.some((it, i) => it.version !== i)) violations.push('the versions have a hole')
  if (new Set(log.map((it) => it.txnId)).size !== log.length) violations.push('one commit has two versions')
  const states = await statesByVersion(catalog, series)
  const found = batchesInOrder(states, heard.batches, violations)
  const counts = new Map<number, number>()
  for (const it of found) counts.set(it, (counts.get(it) ?? 0) + 1)
  for (const [batch, count] of counts) if (count > 1) violations.push(`batch ${batch} was committed ${count} times`)
  const lost = heard.acknowledged.filter((it) => !counts.has(it))
  for (const it of lost) violations.push(`batch ${it} was acknowledged and is nowhere`)
  for (const { version, rows } of heard.reads) {
    if (rows !== states.get(String(version))) violations.push(`${version} was not what was read of it`)
  }
  const { ok, problems } = await catalog.verify()
  if (!ok) violations.push(`verify: ${JSON.stringify(problems)}`)
  return {
    violations,
    commits: log.length,
    versionsRead: new Set(heard.reads.map((it) => it['version'])).size,
    rowsLost: lost.reduce((sum, it) => sum + (heard.batches[it]?.length ?? 0), 0),
  }
}

/** Which batch made each version from the one before. */
function batchesInOrder(
  states: ReadonlyMap<string, string>,
  batches: readonly (readonly PlainBar[])[],
  violations: string[],
): readonly number[] {
  const byPrice = new Map(batches.flatMap((bars, i) => bars.map((it) => [it.close, i])))
  const inOrder = [...states].sort(([a], [b]) => versionOf(a) - versionOf(b)).map(([, rows]) => rows)
  const bars = new Map<string, PlainBar>()
  const found: number[] = []
  for (const [index, rows] of inOrder.entries()) {
    if (index === 0) continue
    const before = new Set(inOrder[index - 1]?.split(' '))
    const [added] = rows.split(' ').filter((it) => !before.has(it))
    const batch = byPrice.get(Number(added?.split(':')[1]))
    for (const it of batches[batch ?? -1] ?? []) bars.set(it.ts_event, it)
    if (batch === undefined || rowsText([...bars.values()]) !== rows)
      violations.push(`version ${index - 1} is not the one before with one batch`)
    else found.push(batch)
  }
  return found
}

function versionOf(token: string): number {
  return Number(/@(\d+)-/.exec(token)?.[1] ?? -1)
}
