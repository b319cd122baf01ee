import fc from 'fast-check'
import { expect, test } from 'vitest'
import { coverageSet } from '../../src/catalog/coverage/coverage.js'
import { periodOf } from '../../src/catalog/coverage/period.js'
import { coverageOf, extentOf, type LiveFile } from '../../src/catalog/files/live-file.js'
import { planConsolidation } from '../../src/catalog/maintenance/consolidation-plan.js'
import type { WriteOperation } from '../../src/catalog/write/operations.js'
import { WriteConflictError } from '../../src/model/errors.js'
import { byStart, contains, covers } from '../../src/model/interval.js'
import {
  anySteps,
  clear,
  LIMITS,
  type Model,
  NOTHING,
  type Place,
  placeNs,
  type Step,
  same,
  write,
} from './tick-model.js'
import { SERIES, TickSeries, writeOf } from './tick-series.js'

/** As in test/sequences. */
const SEED = Number(process.env['NTRADER_SEED'] ?? 20_240_601)
const SEQUENCES = Number(process.env['NTRADER_SEQUENCES'] ?? 300)
/** All days are closed. */
const NOW_NS = 2n ** 62n

test(`any sequence of changes to ticks gives what the plain model says, in parts that never overlap (seed ${SEED})`, async () => {
  const property = fc.asyncProperty(anySteps, play)
  await fc.assert(property, { numRuns: SEQUENCES, seed: SEED, endOnFailure: true })
})

async function play(steps: readonly Step[]): Promise<void> {
  const series = new TickSeries(LIMITS)
  const states: State[] = [{ model: NOTHING, files: [] }]
  for (const step of steps) {
    const { model } = states.at(-1) as State
    const next = step.kind === 'restore' ? await restore(series, states, step) : await run(series, model, step)
    expectHolds(series, next)
    states.push({ model: next, files: series.files })
  }
}

interface State {
  readonly model: Model
  readonly files: readonly LiveFile[]
}

async function restore(
  series: TickSeries,
  states: readonly State[],
  { share, from, places }: Step & { readonly kind: 'restore' },
): Promise<Model> {
  const then = states[Math.floor(share * states.length)] as State
  const interval = { startNs: placeNs(from), endNs: placeNs(from + places) }
  await series.restore(then.files, interval)
  const model = states.at(-1)?.model ?? NOTHING
  return model.map((now, place) => (place >= from && place < from + places ? (then.model[place] as Place) : now))
}

async function run(
  series: TickSeries,
  model: Model,
  step: Exclude<Step, { readonly kind: 'restore' }>,
): Promise<Model> {
  switch (step.kind) {
    case 'write': {
      const next = write(model, step)
      const operation = operationOf(step)
      if (next === 'conflict') {
        await expect(series.apply(operation)).rejects.toThrow(WriteConflictError)
        return model
      }
      expect((await series.apply(operation)).written.length > 0).toBe(!same(model, next))
      expect((await series.apply(operation)).written).toEqual([])
      return next
    }
    case 'delete': {
      const interval = { startNs: placeNs(step.from), endNs: placeNs(step.from + step.places) }
      await series.apply({ kind: 'delete', series: SERIES, interval })
      return clear(model, (place) => place >= step.from && place < step.from + step.places)
    }
    case 'drop': {
      const file = series.files[Math.floor(step.share * series.files.length)]
      if (file === undefined) return model
      const lost = coverageSet(file.coverage)
      const { removed, written } = await series.apply({
        kind: 'drop',
        series: SERIES,
        path: file.path,
        reason: 'damaged',
      })
      expect([removed, written]).toEqual([[{ file, reason: 'damaged' }], []])
      return clear(model, (place) => contains(lost, placeNs(place)))
    }
    case 'consolidate': {
      for (const { interval } of planConsolidation(SERIES, series.files, NOW_NS, LIMITS)) {
        const { removed } = await series.apply({ kind: 'consolidate', series: SERIES, interval })
        expect(removed.length).toBeGreaterThan(1)
      }
      expect(planConsolidation(SERIES, series.files, NOW_NS, LIMITS)).toEqual([])
      return model
    }
  }
}

function operationOf({ from, places, ticks, mode }: Step & { readonly kind: 'write' }): WriteOperation {
  const trades = ticks.flatMap((its, i) => its.map((it) => ({ ...it, ns: placeNs(from + 2 * i) })))
  return writeOf(trades, placeNs(from), placeNs(from + places), mode)
}

function expectHolds(series: TickSeries, model: Model): void {
  const rows = [...series.rows].map((it) => `${it.ts_event} ${'price' in it && `${it.trade_id} ${it.price}`}`)
  expect(rows).toEqual(model.flatMap(({ ticks }, i) => ticks.map((it) => `${placeNs(i)} ${it.id} ${it.price}`)))
  const covered = coverageSet(coverageOf(series.files))
  const letters = (isCovered: (place: number) => boolean): string =>
    model.map((_, i) => (isCovered(i) ? 'd' : '.')).join('')
  expect(letters((i) => covers(covered, { startNs: placeNs(i), endNs: placeNs(i + 1) }))).toBe(
    letters((i) => model[i]?.isCovered === true),
  )
  expectSoundFiles(series)
}

function expectSoundFiles(series: TickSeries): void {
  const extents = series.files.flatMap((file) => extentOf(file)).sort(byStart)
  for (const [i, it] of extents.entries()) expect(it.startNs >= (extents[i - 1]?.endNs ?? it.startNs)).toBe(true)
  for (const file of series.files.filter((it) => it.numRows > 0)) {
    const stamps = new Set(series.rowsOf(file).column('ts_event'))
    expect(file.numRows <= LIMITS.maxRows || stamps.size === 1, `${file.numRows} rows`).toBe(true)
    expect(
      extentOf(file).flatMap((it) => [periodOf('day', it.startNs).name, periodOf('day', it.endNs - 1n).name]),
    ).toEqual([file.add.path.slice(0, 10), file.add.path.slice(0, 10)])
  }
  const blankMonths = series.files.filter((it) => it.numRows === 0).map((it) => it.add.path.slice(0, 7))
  expect(new Set(blankMonths).size).toBe(blankMonths.length)
}
