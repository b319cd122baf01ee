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
    for (const step of steps) {
      const next = apply(model, step)
      const committed = await run(catalog, step)
      if (next === 'conflict') {
        expect(committed).toBe('conflict')
      } else {
        if (step.kind !== 'consolidate') expect(committed).toBe(!same(model, next))
        model = next
        expect(await run(catalog, step)).toBe(false)
      }
      await expectHolds(catalog, model)
    }
    const later = await DataCatalog.open(path)
    await expectHolds(later, model)
    expect((await later.verify()).problems).toEqual([])
  } finally {
    await catalog.close()
    await cleanup()
  }
}

async function run(catalog: DataCatalog, step: Step): Promise<boolean | 'conflict'> {
  const range = (from: number, hours: number) => ({ startNs: hourNs(from), endNs: hourNs(from + hours) })
  switch (step.kind) {
    case 'consolidate':
      return (await catalog.consolidate()).filesAdded > 0
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
