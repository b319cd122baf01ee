import { type Finding, ok, problem, warning } from './finding.js'

/** The parts of package.json that the doctor reads. */
export interface Manifest {
  readonly engines: { readonly node: string }
  readonly dependencies: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

/** @param running `20.20.2` @param engines `>=20.19` */
export function checkNode(running: string, engines: string): Finding {
  const needed = engines.replace(/^>=\s*/, '')
  if (isAtLeast(running, needed)) return ok('node', `Node.js ${running} (${needed} or newer is needed)`)
  return problem('node', `Node.js ${running} is too old: ${needed} or newer is needed`, [
    'Install a newer Node.js, for example: nvm install --lts',
    'See which one runs: node --version',
  ])
}

function isAtLeast(version: string, needed: string): boolean {
  const [have, want] = [version, needed].map((it) => it.split('.').map(Number))
  for (let i = 0; i < 3; i++) {
    const difference = (have?.[i] ?? 0) - (want?.[i] ?? 0)
    if (difference !== 0) return difference > 0
  }
  return true
}

const EARLIEST_YEAR = 2024

/** A clock that stands in the past would stamp commits and expiries wrongly. */
export function checkClock(now: Date): Finding {
  const text = now.toISOString().slice(0, 19)
  if (now.getUTCFullYear() >= EARLIEST_YEAR) return ok('clock', `the clock says ${text}Z`)
  return problem('clock', `the clock says ${text}Z, which is in the past`, [
    'Set the clock, and keep it right: timedatectl set-ntp true',
  ])
}

/** @param isInstalled whether a package can be loaded */
export function checkPackages(manifest: Manifest, isInstalled: (name: string) => boolean): Finding {
  const needed = Object.keys(manifest.dependencies)
  const lost = needed.filter((it) => !isInstalled(it))
  if (lost.length > 0) {
    return problem('packages', `not installed: ${lost.join(', ')}`, ['Install the packages again: npm install'])
  }
  const optional = Object.keys({ ...manifest.optionalDependencies, ...manifest.peerDependencies })
  const [there, absent] = [optional.filter(isInstalled), optional.filter((it) => !isInstalled(it))]
  const notes = [
    ...(there.length > 0 ? [`optional: ${there.join(', ')}`] : []),
    ...(absent.length > 0 ? [`optional and not installed: ${absent.join(', ')}`] : []),
  ]
  return ok('packages', ['all packages are installed', ...notes].join('; '))
}

export interface GatewayFacts {
  readonly host: string
  readonly port: number
  /** The system's errno, or `TIMEOUT`; absent when something listens. */
  readonly errno?: string | undefined
  /** Whether the configured source is Interactive Brokers. */
  readonly isNeeded: boolean
}

export function checkGateway({ host, port, errno, isNeeded }: GatewayFacts): Finding {
  const where = `${host}:${port}`
  if (errno === undefined) {
    return ok(
      'gateway',
      `something listens at ${where}, the IB gateway's address (check it: ntrader data doctor --source ibkr)`,
    )
  }
  return (isNeeded ? problem : warning)('gateway', `no IB gateway answers at ${where} (${errno})`, [
    'Start TWS or IB Gateway, and enable its API: Configure > API > Settings > Enable ActiveX and Socket Clients.',
    'Check host and port: gateway 4001 (live) or 4002 (paper), TWS 7496 or 7497; set IBKR_HOST and IBKR_PORT.',
    ...(isNeeded ? [] : ['Nothing to do while Interactive Brokers is not used.']),
  ])
}
