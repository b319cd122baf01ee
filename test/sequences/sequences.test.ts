import fc from 'fast-check'
import { dir } from 'tmp-promise'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { reportFigures } from '../support/figures.js'
import { broken, MUTANTS } from './faulty-storage.js'
import { Past } from './past.js'
import { ANY_STEP, type Step } from './steps.js'
import { type Figures, World } from './world.js'

vi.mock('../../src/storage/local.js', async (importActual) => {
  const actual = await importActual<typeof import('../../src/storage/local.js')>()
  const { faulty } = await import('./faulty-storage.js')
  return { ...actual, LocalStorage: faulty(actual.LocalStorage) }
})

/**
 * Always the same sequences, unless NTRADER_SEED asks for others; NTRADER_SEQUENCES for more of them. A failure names its
 * seed and path, which NTRADER_SEED and NTRADER_PATH run again.
 */
const SEED = Number(process.env['NTRADER_SEED'] ?? 20_240_601)
const SEQUENCES = Number(process.env['NTRADER_SEQUENCES'] ?? 300)
const PATH = process.env['NTRADER_PATH']
const COMMANDS_MAX = 24

class Command implements fc.AsyncCommand<Past, World> {
  readonly #step: Step

  constructor(step: Step) {
    this.#step = step
  }

  check(): boolean {
    return true
  }

  run(_past: Past, world: World): Promise<void> {
    return world.run(this.#step)
  }

  toString(): string {
    return JSON.stringify(this.#step, (_key, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value))
  }
}

const anyCommands = fc.commands(
  ANY_STEP.map((it) => it.map((step) => new Command(step))),
  { maxCommands: COMMANDS_MAX, size: 'max' },
)

const NO_FIGURES: Figures = {
  commands: 0,
  commits: 0,
  statesCompared: 0,
  versionsCompared: 0,
  crashes: 0,
  crashesAfterTheCommit: 0,
  writersOvertaken: 0,
  filesDamaged: 0,
  refusals: 0,
}

function sequences(figures: Figures) {
  return fc.asyncProperty(anyCommands, async (commands) => {
    const { path, cleanup } = await dir({ unsafeCleanup: true })
    try {
      const past = new Past()
      const world = await World.at(path, past, figures)
      await fc.asyncModelRun(() => ({ model: past, real: world }), commands)
      await world.finish()
    } finally {
      await cleanup()
    }
  })
}

/** A crash in the first commit of a table leaves files without a log, and everybody who opens it is told. */
beforeAll(() => {
  vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
})

describe('a catalog', () => {
  test(`shows after each command of any sequence what the plain model says (seed ${SEED})`, {
    timeout: 0,
  }, async () => {
    const figures = { ...NO_FIGURES }
    const startMs = performance.now()
    await fc.assert(sequences(figures), {
      seed: SEED,
      // What was shrunk is shrunk again: only the first number of a path leads to the sequence itself.
      ...(PATH === undefined ? { numRuns: SEQUENCES } : { numRuns: 1, path: PATH.split(':', 1)[0] ?? '' }),
    })
    // What never happened was not tested.
    if (PATH === undefined) for (const [what, count] of Object.entries(figures)) expect(count, what).toBeGreaterThan(0)
    reportFigures('random sequences', {
      seed: String(SEED),
      sequences: SEQUENCES,
      ...figures,
      statesThatDiffer: 0,
      processSeconds: Math.round((performance.now() - startMs) / 1000),
    })
  })

  test.each(MUTANTS)('on a storage with the fault %s is found out', async (mutant) => {
    const options = { numRuns: 100, seed: SEED, endOnFailure: true }
    const { failed } = await broken(mutant, () => fc.check(sequences({ ...NO_FIGURES }), options))
    expect(failed).toBe(true)
  })
})
