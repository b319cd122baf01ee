import { join } from 'node:path'
import type { Call, Verdict } from './disk.mjs'
import { goesOn, stateOf, tidiesUp } from './state.js'
import { attempt, type Prepared, type Workbench } from './workbench.js'

/** A place in a mutation where its process ends. */
export interface Kill {
  readonly call: Call
  readonly verdict: Verdict
}

/** Before and after each change; a change that writes bytes also half-way. */
export function killsOf({ calls }: Pick<Prepared, 'calls'>): readonly Kill[] {
  return calls
    .filter((it) => it.isChange)
    .flatMap((call): readonly Kill[] => [
      { call, verdict: 'crash before' },
      ...(call.name === 'writeFile' ? [{ call, verdict: 'crash torn' } as const] : []),
      { call, verdict: 'crash after' },
    ])
}

/** A folder as the next process meets it. */
export interface Aftermath {
  readonly folder: string
  /** Several files are written at once, so the order of changes can vary, and the last one may not come. */
  readonly isCrashed: boolean
  readonly isAcknowledged: boolean
}

/** Does the mutation on a copy, and ends it. */
export async function kill(bench: Workbench, prepared: Prepared, { call, verdict }: Kill): Promise<Aftermath> {
  const folder = bench.folder(prepared.folder)
  const { isCrashed, acknowledgedAt } = await attempt([prepared.mutation.run], folder, (it) =>
    it.isChange && it.change === call.change ? verdict : undefined,
  )
  return { folder: bench.renamed(folder), isCrashed, isAcknowledged: acknowledgedAt.length > 0 }
}

/**
 * What is wrong with a folder that a crash left: `undefined` when it shows the state before the mutation or the one
 * after it (an acknowledged one: only the latter), the mutation can be done again, the next write is taken, and what
 * the crash left lying about goes away.
 */
export async function faultIn(
  { folder, isAcknowledged }: Aftermath,
  { mutation, before, after }: Prepared,
): Promise<string | undefined> {
  const root = join(folder, 'catalog')
  try {
    const state = await stateOf(root)
    if (state !== after && (isAcknowledged || state !== before)) return `neither before nor after: ${state}`
    await goesOn(root, mutation, after)
    await tidiesUp(root)
    return undefined
  } catch (error) {
    return String(error)
  }
}

export function nameOf({ call, verdict }: Kill): string {
  return `${verdict} ${call.change}: ${call.name} ${call.to ?? call.path}`
}
