import fc from 'fast-check'
import type { WriteMode } from '../../src/catalog/write/operations.js'
import { DAY_NS, HOUR_NS } from '../../src/model/time.js'
import { CELLS, type SeriesName, SOURCES, type Source } from './model.js'

/** Neighbouring cells of a series. */
export interface Span {
  readonly from: number
  readonly cells: number
}

/** A change to one series that can be a part of a transaction. */
export type SeriesStep = { readonly series: SeriesName; readonly span: Span } & (
  | {
      readonly kind: 'write'
      readonly mode: WriteMode
      /** A row for each cell of the span that is not null. */
      readonly prices: readonly (number | null)[]
      /** Gives each row twice. */
      readonly isDoubled: boolean
    }
  | {
      /** A source's word that there is nothing, or that what it sent was refused. */
      readonly kind: 'claim'
      readonly state: 'empty' | 'rejected'
      readonly source: Source
      readonly expiresAfterNs: bigint
      readonly isReplacing: boolean
    }
  | { readonly kind: 'delete' }
)

/** What a writer does in one commit, or in one for each month. `share` chooses a state of the past. */
export type Change =
  | SeriesStep
  | { readonly kind: 'transaction'; readonly steps: readonly SeriesStep[] }
  | { readonly kind: 'consolidate' }
  | { readonly kind: 'restore'; readonly series: SeriesName; readonly span: Span; readonly share: number }
  | { readonly kind: 'restoreAll'; readonly share: number }

export type Damage = 'flip' | 'truncate' | 'unlink' | 'reverse'

export type Step =
  | Change
  /** A writer without the lock is overtaken, in the last moment before its commit, by all that another does. */
  | { readonly kind: 'overtaken'; readonly change: Change; readonly by: Change | Upkeep }
  /** A writer ends before or after its n-th operation on the disk. */
  | { readonly kind: 'crash'; readonly change: Change | Upkeep; readonly operation: number; readonly isAfter: boolean }
  | { readonly kind: 'damage'; readonly series: SeriesName; readonly share: number; readonly damage: Damage }
  | Upkeep
  | { readonly kind: 'pin'; readonly share: number }
  | { readonly kind: 'read'; readonly series: SeriesName; readonly span: Span; readonly share: number }
  | { readonly kind: 'staleLock' }
  | { readonly kind: 'reopen' }
  | { readonly kind: 'wait'; readonly hours: number }

/** What changes no row and no coverage. */
export type Upkeep =
  | { readonly kind: 'vacuum'; readonly retain: string }
  | { readonly kind: 'name'; readonly name: string; readonly share: number }
  | { readonly kind: 'dropName'; readonly name: string }
  | { readonly kind: 'checkpoint' }

/** Long stretches meet often; short ones leave holes. */
function spanOf(maxCells: number): fc.Arbitrary<Span> {
  return fc
    .tuple(fc.nat({ max: CELLS - 1 }), fc.integer({ min: 1, max: maxCells }))
    .map(([from, cells]) => ({ from, cells: Math.min(cells, CELLS - from) }))
}
const span = spanOf(20)
const share = fc.double({ min: 0, max: 0.999, noNaN: true })
const anySeries = fc.constantFrom<SeriesName>('minutes', 'minutes', 'dates', 'ticks')
const name = fc.constantFrom('a', 'b')

function seriesStep(series: fc.Arbitrary<SeriesName>): fc.Arbitrary<SeriesStep> {
  const write = fc.tuple(series, span).chain(([of, at]) =>
    fc.record({
      kind: fc.constant('write' as const),
      series: fc.constant(of),
      span: fc.constant(at),
      mode: fc.constantFrom<WriteMode>('merge', 'merge', 'keep-old', 'error', 'replace', 'fill'),
      prices: fc.array(fc.constantFrom(null, 10, 20, 30), { minLength: at.cells, maxLength: at.cells }),
      // Two equal ticks are two ticks.
      isDoubled: of === 'ticks' ? fc.constant(false) : fc.boolean(),
    }),
  )
  const claim = fc.record({
    kind: fc.constant('claim' as const),
    series,
    span,
    state: fc.constantFrom('empty', 'empty', 'rejected'),
    source: fc.constantFrom(...SOURCES),
    expiresAfterNs: fc.constantFrom(2n * HOUR_NS, 1000n * DAY_NS),
    isReplacing: fc.boolean(),
  })
  const remove = fc.record({ kind: fc.constant('delete' as const), series, span })
  return fc.oneof({ weight: 6, arbitrary: write }, { weight: 2, arbitrary: claim }, { weight: 2, arbitrary: remove })
}

const restore = fc.record({ kind: fc.constant('restore' as const), series: anySeries, span: spanOf(CELLS), share })

const change: fc.Arbitrary<Change> = fc.oneof(
  { weight: 10, arbitrary: seriesStep(anySeries) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('transaction' as const),
      steps: fc.array(seriesStep(fc.constantFrom<SeriesName>('minutes', 'dates')), { minLength: 2, maxLength: 3 }),
    }),
  },
  { weight: 2, arbitrary: fc.constant<Change>({ kind: 'consolidate' }) },
  { weight: 2, arbitrary: restore },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restoreAll' as const), share }) },
)

const upkeep: fc.Arbitrary<Upkeep> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('vacuum' as const), retain: fc.constantFrom('0s', '3h', '7d') }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('name' as const), name, share }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('dropName' as const), name }) },
  { weight: 1, arbitrary: fc.constant<Upkeep>({ kind: 'checkpoint' }) },
)
const changeOrUpkeep: fc.Arbitrary<Change | Upkeep> = fc.oneof(
  { weight: 4, arbitrary: change },
  { weight: 1, arbitrary: upkeep },
)

const damage = fc.record({
  kind: fc.constant('damage' as const),
  series: anySeries,
  share,
  damage: fc.constantFrom<Damage>('flip', 'truncate', 'unlink', 'reverse'),
})

/** One arbitrary for each kind of command, those that matter most several times. */
export const ANY_STEP: readonly fc.Arbitrary<Step>[] = [
  change,
  change,
  change,
  fc.record({ kind: fc.constant('overtaken' as const), change, by: changeOrUpkeep }),
  fc.record({
    kind: fc.constant('crash' as const),
    change: changeOrUpkeep,
    operation: fc.nat({ max: 7 }),
    isAfter: fc.boolean(),
  }),
  damage,
  upkeep,
  fc.record({ kind: fc.constant('pin' as const), share }),
  fc.record({ kind: fc.constant('read' as const), series: anySeries, span: spanOf(CELLS), share }),
  fc.oneof(
    fc.constant<Step>({ kind: 'staleLock' }),
    fc.constant<Step>({ kind: 'reopen' }),
    fc.record({ kind: fc.constant('wait' as const), hours: fc.constantFrom(1, 5, 100) }),
  ),
]
