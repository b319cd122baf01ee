import { resolve } from 'node:path'
import { IBKR_DEFAULTS } from '../../sources/ibkr/options.js'
import { type Finding, probeReport, runProbes } from '../../sources/ibkr/probe/run-probes.js'
import { productError } from '../../sources/ibkr/product-error.js'
import { isIbFailure } from '../../sources/ibkr/transport/failure.js'
import { transportFactory } from '../../sources/ibkr/transport/transports.js'
import { writeUserFile } from '../../storage/user-files.js'
import { VERSION } from '../../version.js'
import type { Flags } from '../command.js'
import type { Context } from '../context.js'
import { outputPath } from '../flags.js'
import { formatCounted } from '../render/units.js'

const REPORT = 'ibkr-probe.md'

/** Asks the open questions, one after another, and writes what came of each. */
export async function run(context: Context, _: readonly string[], flags: Flags): Promise<number> {
  const { settings, signal, host, say, print } = context
  const { client, ...address } = { ...IBKR_DEFAULTS, ...settings.ibkr }
  const path = resolve(host.cwd(), outputPath(flags, 'output') ?? REPORT)
  const findings = await runProbes({
    ...address,
    factory: transportFactory(client),
    isHard: flags['hard'] === true,
    signal,
    onProgress: ({ name, question }) => say(`${name}: ${question}`),
  }).catch((error: unknown) => {
    throw isIbFailure(error) ? productError(error, address) : error
  })
  const about = `ntrader ${VERSION}, client ${client}, ${new Date().toISOString().slice(0, 10)}`
  await writeUserFile(path, [probeReport(findings, about)])
  await print(findings.map(findingJson), () => [
    ...findings.map((it) => `${it.outcome.padEnd('answered'.length)}  ${it.probe.name}: ${it.text}`),
    `${formatCounted(findings.length, 'probe')}, written to ${path}`,
  ])
  return findings.some((it) => it.outcome === 'failed') ? 1 : 0
}

function findingJson({ probe, outcome, text, tookMs }: Finding): Readonly<Record<string, unknown>> {
  const { name, question, assumed } = probe
  return { name, question, assumed, outcome, answer: text, tookMs }
}
