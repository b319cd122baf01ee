import type { DataCatalog } from '../../catalog/catalog.js'
import type { Row } from '../../model/frame.js'
import type { Interval } from '../../model/interval.js'
import { floorTo, HOUR_NS, SECOND_NS } from '../../model/time.js'
import type { GatewayContract } from '../contract.js'
import type { TicksWanted } from '../market.js'

type TickType = 'trades' | 'quotes'

/** Stored ticks from one end of an interval, in whole seconds, until there are enough; ascending. */
export async function takeTicks<T extends TickType>(
  catalog: DataCatalog,
  type: T,
  { instrument, calendar }: GatewayContract,
  { interval, kind, limit, from }: TicksWanted,
): Promise<readonly Row<T>[]> {
  const input = { type, instrument }
  if ((await catalog.files(input)).length === 0) return []
  const session = kind === 'regular' ? 'regular' : 'all'
  let taken: readonly Row<T>[] = []
  for (const { startNs, endNs } of windows(interval, from)) {
    const frame = await catalog.query(input, { start: startNs, end: endNs, session, calendar })
    const rows: readonly Row<T>[] = [...frame]
    taken = from === 'start' ? [...taken, ...rows] : [...rows, ...taken]
    if (taken.length >= limit) break
  }
  return wholeSeconds(taken, limit, from)
}

/** An hour first, and ever more: ticks may be dense or years away. */
function* windows({ startNs, endNs }: Interval, from: TicksWanted['from']): Generator<Interval> {
  let lengthNs = HOUR_NS
  if (from === 'start') {
    for (let atNs = startNs; atNs < endNs; lengthNs *= 2n) {
      const toNs = atNs + lengthNs < endNs ? atNs + lengthNs : endNs
      yield { startNs: atNs, endNs: toNs }
      atNs = toNs
    }
    return
  }
  for (let atNs = endNs; atNs > startNs; lengthNs *= 2n) {
    const fromNs = atNs - lengthNs > startNs ? atNs - lengthNs : startNs
    yield { startNs: fromNs, endNs: atNs }
    atNs = fromNs
  }
}

/** Cut to `limit`, and on to where the second of the last one ends (or begins, counted from the end). */
function wholeSeconds<T extends TickType>(
  rows: readonly Row<T>[],
  limit: number,
  from: TicksWanted['from'],
): readonly Row<T>[] {
  const edge = from === 'start' ? rows[limit - 1] : rows[rows.length - limit]
  if (edge === undefined) return rows
  const secondNs = floorTo(edge.ts_event, SECOND_NS)
  return rows.filter((it) => (from === 'start' ? it.ts_event < secondNs + SECOND_NS : it.ts_event >= secondNs))
}
