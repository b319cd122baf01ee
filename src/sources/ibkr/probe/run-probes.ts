import { throwIfAborted } from '../../../model/abort.js'
import { pause } from '../../../storage/pause.js'
import type { IbNotice, IbTransportFactory } from '../transport/transport.js'
import { PROBES, type Probe } from './probes.js'

export interface ProbeOptions {
  readonly factory: IbTransportFactory
  readonly host: string
  readonly port: number
  readonly clientId: number
  readonly connectTimeoutMs: number
  readonly requestTimeoutMs: number
  /** The probes that may cost a pause, too. */
  readonly isHard: boolean
  readonly signal: AbortSignal
  readonly onProgress: (probe: Probe) => void
}

/** What a probe found. A probe that fails is an answer too. */
export interface Finding {
  readonly probe: Probe
  readonly outcome: 'answered' | 'failed' | 'skipped'
  readonly text: string
  readonly tookMs: number
}

/** IB allows six requests of one contract in two seconds. */
const BETWEEN_MS = 1_000

/**
 * Asks a live gateway the questions that could not be answered while this was built, one after another, on one
 * connection. It reads a few thousand bars, changes nothing, and trades nothing.
 *
 * @throws IbFailure when it cannot log in, AbortedError
 */
export async function runProbes(options: ProbeOptions): Promise<readonly Finding[]> {
  const { factory, signal, isHard, onProgress, requestTimeoutMs, ...address } = options
  let notices: IbNotice[] = []
  const transport = factory({ ...address, onNotice: (it) => void notices.push(it), onClose: () => undefined })
  try {
    const login = await transport.connect()
    const call = { timeoutMs: requestTimeoutMs, signal }
    const findings: Finding[] = []
    for (const probe of PROBES) {
      if (probe.isHard === true && !isHard) {
        findings.push({ probe, outcome: 'skipped', text: 'not asked for (--hard)', tookMs: 0 })
        continue
      }
      onProgress(probe)
      await pause(BETWEEN_MS, signal)
      notices = []
      const context = { transport, login, call, notices: () => notices, nowMs: Date.now() }
      findings.push(await runOne(probe, context))
    }
    return findings
  } finally {
    await transport.close()
  }
}

async function runOne(probe: Probe, context: Parameters<Probe['run']>[0]): Promise<Finding> {
  const startedMs = performance.now()
  const took = (): number => Math.round(performance.now() - startedMs)
  try {
    return { probe, outcome: 'answered', text: await probe.run(context), tookMs: took() }
  } catch (error) {
    throwIfAborted(context.call.signal)
    const text = error instanceof Error ? error.message : String(error)
    return { probe, outcome: 'failed', text, tookMs: took() }
  }
}

/** The findings as a page to read and to send in. */
export function probeReport(findings: readonly Finding[], about: string): string {
  const rows = findings.map(({ probe, outcome, text, tookMs }) => {
    const cells = [probe.name, probe.question, probe.assumed, outcome, text, `${tookMs} ms`]
    return `| ${cells.map((it) => it.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ')).join(' | ')} |`
  })
  return [
    '# What a live gateway answered',
    '',
    about,
    '',
    '| probe | question | assumed | outcome | answer | took |',
    '|---|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n')
}
