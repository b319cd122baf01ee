import { parseDuration } from '../../model/duration.js'
import { InvalidRequestError } from '../../model/errors.js'
import { given } from '../../model/given.js'
import { zoneOf } from '../../model/zone.js'
import type { CommandModule, Flags } from '../command.js'
import type { Context } from '../context.js'
import { text } from '../flags.js'
import { exitCodeOf } from '../render/errors.js'
import { formatDuration } from '../render/units.js'
import { runOnSchedule, type Schedule } from '../schedule.js'
import { showError } from '../show-error.js'
import { sourceOf } from '../sources.js'
import { EXIT_DAMAGED } from './verify.js'

interface Step {
  readonly name: 'update' | 'verify' | 'consolidate' | 'vacuum'
  readonly load: () => Promise<CommandModule>
}

const STEPS: readonly Step[] = [
  { name: 'update', load: () => import('./update.js') },
  { name: 'verify', load: () => import('./verify.js') },
  { name: 'consolidate', load: () => import('./consolidate.js') },
  { name: 'vacuum', load: () => import('./vacuum.js') },
]

/** Everything that keeps a catalog in order, once or, with `--schedule`, again and again until it is interrupted. */
export async function run(context: Context, _ids: readonly string[], flags: Flags): Promise<number> {
  const schedule = scheduleOf(context, flags)
  await checkBefore(context, flags)
  // One catalog for all steps and runs: a task that lives for months must not open one a step.
  const catalog = await context.openCatalog()
  const own: Context = { ...context, globals: { ...context.globals, yes: true }, openCatalog: async () => catalog }
  if (schedule === undefined) return runSteps(own, flags)
  return runOnSchedule(schedule, context, () => runSteps(own, flags))
}

/** `--schedule CRON`, or the configured one for `--schedule` alone; `undefined` to run once. */
function scheduleOf({ settings }: Context, flags: Flags): Schedule | undefined {
  if (flags['schedule'] === undefined) return undefined
  const pattern = text(flags, 'schedule') ?? settings.schedule
  if (pattern !== undefined) return { pattern, ...given('timeZone', text(flags, 'tz')) }
  throw new InvalidRequestError('--schedule needs a cron expression', {
    steps: ["Write one: --schedule '30 22 * * 1-5'", 'Or set schedule in the configuration file.'],
  })
}

/** What is written wrongly is told before the first step, not after an hour of them. */
async function checkBefore(context: Context, flags: Flags): Promise<void> {
  const [retain, timeZone] = [text(flags, 'retain'), text(flags, 'tz')]
  if (retain !== undefined) parseDuration(retain, '--retain')
  if (timeZone !== undefined) zoneOf(timeZone)
  await sourceOf(context, flags)
}

/**
 * Each step in turn; one that fails does not stop the others, and the worst exit code is the run's. Only vacuum is left
 * out while files are damaged: what it would delete may be what they can be restored from.
 */
async function runSteps(context: Context, flags: Flags): Promise<number> {
  const results: Record<string, unknown> = {}
  const codes: Partial<Record<Step['name'], number>> = {}
  for (const { name, load } of STEPS) {
    const skipped = reasonToSkip(name, context, flags, codes)
    if (skipped !== undefined) {
      context.say(`${name}: skipped, ${skipped}`)
      results[name] = { skipped }
      continue
    }
    const printed: unknown[] = []
    const startedMs = performance.now()
    const code = await runStep(await load(), quietly(context, printed), flags)
    codes[name] = code
    const took = formatDuration(performance.now() - startedMs)
    context.say(`${name}: ${code === 0 ? 'done in' : `ended with ${code} after`} ${took}`)
    // update prints an object a series, the others one.
    results[name] = name === 'update' ? printed : (printed[0] ?? null)
  }
  const exitCode = Math.max(...Object.values(codes))
  if (context.globals.json) await context.print({ ...results, exitCode }, () => [])
  return exitCode
}

function reasonToSkip(
  name: Step['name'],
  { settings }: Context,
  flags: Flags,
  codes: Partial<Record<Step['name'], number>>,
): string | undefined {
  if (name === 'update' && (text(flags, 'source') ?? settings.source) === undefined) return 'no source is configured'
  if (name === 'vacuum' && codes.verify === EXIT_DAMAGED) return 'there are damaged files that older versions may help'
  return undefined
}

async function runStep(step: CommandModule, context: Context, flags: Flags): Promise<number> {
  try {
    return await step.run(context, [], flags)
  } catch (error) {
    if (context.signal.aborted) throw error
    showError(context.terminal, error, context.globals)
    return exitCodeOf(error)
  }
}

/** With `--json` a run prints one object: what its steps print is collected. */
function quietly(context: Context, printed: unknown[]): Context {
  if (!context.globals.json) return context
  return {
    ...context,
    print: async (data) => {
      printed.push(data)
    },
  }
}
