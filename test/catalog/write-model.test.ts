import fc from 'fast-check'
import { dir } from 'tmp-promise'
import { expect, test } from 'vitest'
import { DataCatalog } from '../../src/catalog/catalog.js'
import { WriteConflictError } from '../../src/model/errors.js'
import { concatFrames } from '../../src/model/frame-edit.js'
import { AAPL, bar } from '../support/bars.js'
import { testClock } from '../support/catalog.js'
import {
  anySteps,
  apply,
  barsOf,
  hourNs,
  lettersOf,
  lettersOfCoverage,
  type Model,
  NOTHING,
  type Step,
  same,
} from './write-model.js'

/**
 * Always the same sequences, unless NTRADER_SEED asks for others (it stands in the name of the test); NTRADER_SEQUENCES for
 * more than the hundred.
 */
const SEED = Number(process.env['NTRADER_SEED'] ?? 20_240_601)
const SEQUENCES = Number(process.env['NTRADER_SEQUENCES'] ?? 100)

test(`any sequence of changes gives what the plain model says, and each one repeated commits nothing (seed ${SEED})`, async () => {
  const property = fc.asyncProperty(anySteps, play)
  await fc.assert(property, { numRuns: SEQUENCES, seed: SEED, endOnFailure: true })
})

async function play(steps: readonly Step[]): Promise<void> {
  const { path, cleanup } = await dir({ unsafeCleanup: true })
  const catalog = await DataCatalog.open(path, { clock: testClock('2024-06-01') })
  try {
    let model: Model = NOTHING
    const states: State[] = []
    for (const step of steps) {
      const then = step.kind === 'restore' ? states[Math.floor(step.share * states.length)] : undefined
      if (step.kind === 'restore' && then === undefined) continue
      const next = apply(model, step, then?.model ?? NOTHING)
      const committed = await run(catalog, step, then?.asOf)
      if (next === 'conflict') {
        expect(committed).toBe('conflict')
      } else {
        // Files may become what they were, or be brought together, without a change to what they hold.
        if (step.kind !== 'consolidate' && step.kind !== 'restore') expect(committed).toBe(!same(model, next))
        model = next
        expect(await run(catalog, step, then?.asOf)).toBe(false)
      }
      await expectHolds(catalog, model)
      if ((await catalog.files(AAPL)).length > 0) states.push({ model, asOf: catalog.version() })
    }
    const later = await DataCatalog.open(path)
    await expectHolds(later, model)
    expect((await later.verify()).problems).toEqual([])
  } finally {
    await catalog.close()
    await cleanup()
  }
}

/** A state in which there was the series. */
interface State {
  readonly model: Model
  readonly asOf: string
}

async function run(catalog: DataCatalog, step: Step, asOf = 'empty'): Promise<boolean | 'conflict'> {
  const range = (from: number, hours: number) => ({ startNs: hourNs(from), endNs: hourNs(from + hours) })
  switch (step.kind) {
    case 'consolidate':
      return (await catalog.consolidate()).filesAdded > 0
    case 'restore': {
      const { startNs, endNs } = range(step.from, step.hours)
      return (await catalog.restore(AAPL, { asOf, start: startNs, end: endNs })).committed
    }
    case 'delete': {
      const { startNs, endNs } = range(step.from, step.hours)
      return (await catalog.deleteRange(AAPL, { start: startNs, end: endNs })).committed
    }
    case 'empty': {
      const claims = [{ source: 'sim', recordedAtNs: 0n }]
      const entry = { ...range(step.from, step.hours), state: 'empty', claims } as const
      return (await catalog.write(AAPL, [], { coverage: [entry] })).committed
    }
    case 'write': {
      const { startNs, endNs } = range(step.from, step.prices.length)
      const rows = step.prices.flatMap((price, i) => (price === null ? [] : [bar(hourNs(step.from + i), price)]))
      const options = { mode: step.mode, coverage: { start: startNs, end: endNs } }
      return catalog.write(AAPL, rows, options).then(
        (it) => it.committed,
        (error: unknown) => {
          if (error instanceof WriteConflictError) return 'conflict'
          throw error
        },
      )
    }
  }
}

async function expectHolds(catalog: DataCatalog, model: Model): Promise<void> {
  expect(lettersOfCoverage(await catalog.coverage(AAPL))).toBe(lettersOf(model))
  if ((await catalog.files(AAPL)).length === 0) {
    expect(barsOf(model)).toEqual([])
    return
  }
  const frame = await catalog.query(AAPL, { start: hourNs(0), end: hourNs(72) })
  expect([...frame]).toEqual(barsOf(model))
  const parts = []
  for await (const part of catalog.stream(AAPL, { start: hourNs(0), end: hourNs(72) })) parts.push(part)
  expect([...concatFrames('bars', parts)]).toEqual([...frame])
}
