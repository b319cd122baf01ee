import { once } from 'node:events'
import { resolve } from 'node:path'
import { DataCatalog } from '../../catalog/catalog.js'
import type { SeriesInfo } from '../../catalog/listing.js'
import { CatalogMarket } from '../../gateway/catalog-market.js'
import type { SimGatewayOptions } from '../../gateway/house.js'
import type { GatewayMarket } from '../../gateway/market.js'
import type { Violation } from '../../gateway/pacing.js'
import { SeededMarket } from '../../gateway/seeded-market.js'
import { SimGateway } from '../../gateway/sim-gateway.js'
import { formatBarType } from '../../model/bar-type.js'
import { CatalogError, InvalidRequestError } from '../../model/errors.js'
import { given } from '../../model/given.js'
import { dayOf, formatDay } from '../../model/time.js'
import { errnoOf } from '../../storage/os-error.js'
import { runChild } from '../child.js'
import type { Flags } from '../command.js'
import type { Context } from '../context.js'
import { choice, text, wholeNumber } from '../flags.js'
import { showError } from '../show-error.js'

/**
 * Serves until it is interrupted, which is how it is meant to end; with a command, for as long as that runs, on a free
 * port that the command finds in its environment.
 */
export async function run(context: Context, command: readonly string[], flags: Flags): Promise<number> {
  const options = optionsOf(flags, command.length > 0 ? ANY_PORT : PORT)
  const offer = await openMarket(context, flags)
  try {
    warnOfOwnPorts(context, options.port)
    const gateway = await start({
      ...options,
      market: offer.market,
      onRequest: (request) => context.log.debug({ request }, 'request'),
      onViolation: (it) => context.say(violationText(it)),
      onFailure: (error) => showError(context.terminal, error, context.globals),
    })
    try {
      if (command.length > 0) return await runWithin(context, command, options, gateway)
      await announce(context, options, gateway, offer)
      if (!context.signal.aborted) await once(context.signal, 'abort')
    } finally {
      await gateway.close()
    }
    return 0
  } finally {
    await offer.close()
  }
}

type ListenOptions = Omit<SimGatewayOptions, 'market'> & { readonly host: string; readonly port: number }

const PORT = 4102
const ANY_PORT = 0
const HOST = '127.0.0.1'

function optionsOf(flags: Flags, portElse: number): ListenOptions {
  return {
    host: text(flags, 'host') ?? HOST,
    port: wholeNumber(flags, 'port', { least: 0, most: 65_535 }) ?? portElse,
    ...given('pacing', choice(flags, 'pacing', ['off', 'documented', 'strict'])),
    ...given('timeScale', wholeNumber(flags, 'timeScale', { least: 1, most: 1000 })),
    ...given('maxServerVersion', wholeNumber(flags, 'clientVersionMax', { least: 151, most: 193 })),
  }
}

/** What is served, and a series of it to try. */
interface Offer {
  readonly market: GatewayMarket
  readonly name: string
  readonly example: string
  readonly close: () => Promise<void>
}

async function openMarket(context: Context, flags: Flags): Promise<Offer> {
  const [root, seed] = [text(flags, 'serve'), wholeNumber(flags, 'seed', { least: 0, most: Number.MAX_SAFE_INTEGER })]
  if (root === undefined) {
    const example = 'AAPL.SIM --bar-type 1m --start 2024-01-02 --end 2024-01-05'
    const market = new SeededMarket(given('seed', seed))
    return { market, name: 'a simulated market', example, close: async () => undefined }
  }
  if (seed !== undefined) {
    throw new InvalidRequestError('--seed makes a market, and --serve serves what is stored', {
      steps: ['Leave one of them out.'],
    })
  }
  const catalog = await DataCatalog.open(resolve(context.host.cwd(), root), { log: context.log })
  const stored = await catalog.list()
  if (stored.length === 0) context.say(`the catalog ${catalog.root} is empty: every contract is unknown`)
  const market = new CatalogMarket(catalog)
  return { market, name: `the catalog ${catalog.root}`, example: exampleOf(stored), close: () => catalog.close() }
}

function exampleOf(stored: readonly SeriesInfo[]): string {
  const bars = stored.find((it) => it.series.type === 'bars' && it.lastNs !== undefined)
  if (bars?.series.type !== 'bars' || bars.lastNs === undefined) return 'ID --bar-type 1m --start DATE --end DATE'
  const { instrument, barType } = bars.series
  const day = formatDay(dayOf(bars.lastNs))
  return `${instrument} --bar-type ${formatBarType(barType)} --start ${day} --end ${day}`
}

/** What a TWS or IB Gateway on this machine would listen on. */
const OWN_PORTS: ReadonlyMap<number, string> = new Map([
  [7496, 'TWS, live account'],
  [7497, 'TWS, paper account'],
  [4001, 'IB Gateway, live account'],
  [4002, 'IB Gateway, paper account'],
])

function warnOfOwnPorts({ say }: Context, port: number): void {
  const owner = OWN_PORTS.get(port)
  if (owner !== undefined) {
    say(`warning: ${port} is the port of ${owner}: programs that mean the real one will get simulated data`)
  }
}

async function start(options: SimGatewayOptions): Promise<SimGateway> {
  try {
    return await SimGateway.start(options)
  } catch (error) {
    throw listenError(error, options)
  }
}

function listenError(cause: unknown, { host, port }: Partial<ListenOptions>): unknown {
  const errno = errnoOf(cause)
  if (errno === undefined || cause instanceof CatalogError) return cause
  const why = LISTEN_ERRORS[errno]
  return new InvalidRequestError(`cannot listen on ${host}:${port}: ${why?.what ?? errno}`, {
    cause,
    steps: why?.steps ?? ['Choose another --port or --host.'],
  })
}

const LISTEN_ERRORS: Readonly<Record<string, { readonly what: string; readonly steps: readonly string[] }>> = {
  EADDRINUSE: {
    what: 'another program has that port',
    steps: [
      'Choose another one: ntrader gateway sim --port 4103',
      'Or find the program and end it: lsof -i, ss -ltnp, or on Windows netstat -ano. It may be another simulated gateway.',
    ],
  },
  EACCES: { what: 'this user may not use that port', steps: ['Choose a port above 1023: --port 4102'] },
  EADDRNOTAVAIL: {
    what: 'this machine has no such address',
    steps: ['Leave out --host, or name an address of this machine; 0.0.0.0 is all of them.'],
  },
  ENOTFOUND: { what: 'no such host is known', steps: ['Leave out --host, or name an address of this machine.'] },
}

/** The command's own settings would lead it elsewhere: where to ask is said by variables, which only flags beat. */
function runWithin(
  { host, signal }: Context,
  command: readonly string[],
  { host: address, timeScale = 1 }: ListenOptions,
  { port }: SimGateway,
): Promise<number> {
  const env = { ...host.env, IBKR_HOST: address, IBKR_PORT: String(port), IBKR_TIME_SCALE: String(timeScale) }
  return runChild(command, { env, cwd: host.cwd(), signal, isTerminal: host.stdin.isTTY === true })
}

async function announce(context: Context, { host }: ListenOptions, { port }: SimGateway, offer: Offer): Promise<void> {
  const command = `IBKR_PORT=${port} ntrader data fetch ${offer.example} --source ibkr`
  await context.print({ host, port, serves: offer.name }, () => [
    `simulated IB Gateway on ${host}:${port}, serving ${offer.name}; try: ${command}`,
  ])
  context.say('Ctrl-C ends it')
}

function violationText({ rule, ask }: Violation): string {
  const what = ask === undefined ? '' : `: ${ask.contract.symbol} ${'barSize' in ask ? ask.barSize : ask.kind}`
  return `pacing violation (${rule})${what}`
}
