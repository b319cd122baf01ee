import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { InvalidRequestError } from '../../model/errors.js'
import { TABLE_TYPES } from '../../model/schema.js'
import { IBKR_DEFAULTS } from '../../sources/ibkr/options.js'
import { lookAtFileSystem, lookAtLock, lookAtPath, onOtherFileSystems } from '../../storage/probe.js'
import { readUserText } from '../../storage/user-files.js'
import type { Flags } from '../command.js'
import type { Context } from '../context.js'
import { checkClock, checkGateway, checkNode, checkPackages, type Manifest } from '../doctor/check-machine.js'
import { checkFileSystem, checkLock, checkRoot, checkTemporary } from '../doctor/check-root.js'
import { checkTables } from '../doctor/check-tables.js'
import type { Finding, Verdict } from '../doctor/finding.js'
import { reach } from '../doctor/reach.js'
import { text } from '../flags.js'
import type { Look, StyleName } from '../render/look.js'
import { renderTable } from '../render/table.js'
import { formatCounted } from '../render/units.js'
import { printable } from '../render/width.js'
import type { StatedSetting } from '../setting-spec.js'

const EXIT_PROBLEM = 1

/** Looks at everything the catalog needs, and changes nothing that stays. Exit 1 when there is a problem. */
export async function run(context: Context, _: readonly string[], flags: Flags): Promise<number> {
  if (flags['config'] !== undefined) return showSettings(context)
  const findings = [
    ...checkMachine(),
    ...(await checkCatalog(context.settings.catalog)),
    ...(await checkSource(context, flags)),
  ]
  const isSound = findings.every((it) => it.status !== 'problem')
  const checks = findings.map(({ check, status, message, steps }) => ({ check, status, message, steps }))
  await context.print({ ok: isSound, checks }, () => findings.flatMap((it) => findingLines(it, context.terminal.out)))
  context.say(summary(findings))
  return isSound ? 0 : EXIT_PROBLEM
}

function checkMachine(): readonly Finding[] {
  const manifest = readManifest()
  return [
    checkNode(process.versions.node, manifest.engines.node),
    checkPackages(manifest, isInstalled),
    checkClock(new Date()),
  ]
}

async function checkCatalog(root: string): Promise<readonly Finding[]> {
  const { kind, nearest } = lookAtPath(root)
  const facts = { root, kind, triedIn: nearest, look: await lookAtFileSystem(nearest) }
  const found = [checkRoot(facts), ...checkFileSystem(facts)]
  if (kind !== 'directory') return found
  const locks = TABLE_TYPES.map((table) => ({ table, path: join(root, table, '_lock') }))
  const temporary = TABLE_TYPES.map((table) => join(root, table, '_tmp'))
  return [
    ...found,
    checkTemporary(onOtherFileSystems(root, temporary)),
    ...(await checkTables(root)),
    // A table that was never written has no lock to speak of; one that is being written for the first time has.
    ...locks.filter(({ table }) => lookAtPath(join(root, table)).kind === 'directory').map(lockFinding),
  ]
}

function lockFinding({ table, path }: { readonly table: string; readonly path: string }): Finding {
  return checkLock(table, path, lookAtLock(path))
}

/** With `--source ibkr` each step of a fetch; otherwise only whether something listens. */
async function checkSource({ settings: { ibkr, source } }: Context, flags: Flags): Promise<readonly Finding[]> {
  const asked = text(flags, 'source')
  if (asked !== undefined && asked !== 'ibkr') {
    throw new InvalidRequestError(`--source ${asked} has nothing to check`, {
      steps: ['Use --source ibkr, or leave it out.'],
    })
  }
  if (asked === undefined) {
    const errno = await reach(ibkr.host, ibkr.port)
    return [checkGateway({ host: ibkr.host, port: ibkr.port, errno, isNeeded: source === 'ibkr' })]
  }
  const { checkIbkr } = await import('../doctor/check-ibkr.js')
  const { transportFactory } = await import('../../sources/ibkr/transport/transports.js')
  const { client, connectTimeoutMs, ...address } = { ...IBKR_DEFAULTS, ...ibkr }
  return checkIbkr(transportFactory(client), { ...address, connectTimeoutMs })
}

function readManifest(): Manifest {
  return JSON.parse(readUserText(fileURLToPath(new URL('../../../package.json', import.meta.url))) ?? '')
}

function isInstalled(name: string): boolean {
  try {
    import.meta.resolve(name)
    return true
  } catch {
    return false
  }
}

const STYLES: Readonly<Record<Verdict, StyleName>> = { ok: 'green', warning: 'yellow', problem: 'red' }

function findingLines({ status, message, steps }: Finding, look: Look): readonly string[] {
  return [
    `${look.paint(STYLES[status], status.padEnd('problem'.length))}  ${printable(message)}`,
    ...steps.map((step, i) => `${' '.repeat('problem  '.length)}${i + 1}. ${printable(step)}`),
  ]
}

function summary(findings: readonly Finding[]): string {
  const count = (status: Verdict): number => findings.filter((it) => it.status === status).length
  const [warnings, problems] = [count('warning'), count('problem')]
  return `${formatCounted(findings.length, 'check')}: ${formatCounted(problems, 'problem')}, ${formatCounted(warnings, 'warning')}`
}

/** Every setting, its value, and who said it. */
async function showSettings({ settings, print, terminal }: Context): Promise<number> {
  const { stated } = settings
  await print(stated.map(settingJson), () =>
    renderTable(
      [{ header: 'setting' }, { header: 'value', canShrink: true }, { header: 'from' }],
      stated.map((it) => [it.key, it.value ?? '-', originText(it)]),
      terminal.out,
    ),
  )
  return 0
}

function originText({ value, origin }: StatedSetting): string {
  if (origin.kind === 'default') return value === undefined ? 'not set' : 'default'
  return origin.kind === 'file' ? `file ${origin.path}` : `${origin.kind} ${origin.name}`
}

function settingJson({ key, value, origin }: StatedSetting): Readonly<Record<string, unknown>> {
  const where = origin.kind === 'file' ? origin.path : origin.kind === 'default' ? null : origin.name
  return { key, value: value ?? null, from: origin.kind, where }
}
