import { LineState } from '../../sources/ibkr/asking/line-state.js'
import { type Place, productError } from '../../sources/ibkr/product-error.js'
import { isIbFailure } from '../../sources/ibkr/transport/failure.js'
import type {
  IbCall,
  IbContract,
  IbLogin,
  IbTransport,
  IbTransportFactory,
} from '../../sources/ibkr/transport/transport.js'
import { SHARES_SINCE_VERSION } from '../../sources/ibkr/volume-unit.js'
import { type Finding, ok, problem, warning } from './finding.js'

/** Every step of the check is over within this; a request that works takes a second. */
const CALL: IbCall = { timeoutMs: 20_000 }
/** More than this, and what is "now" for us is not for the gateway. */
const CLOCK_SLACK_SECONDS = 10

/** Currencies need no subscription. */
const EURO: IbContract = { secType: 'CASH', symbol: 'EUR', currency: 'USD', exchange: 'IDEALPRO' }
const APPLE: IbContract = {
  secType: 'STK',
  symbol: 'AAPL',
  currency: 'USD',
  exchange: 'SMART',
  primaryExchange: 'NASDAQ',
}

export interface GatewayAddress extends Place {
  readonly connectTimeoutMs: number
}

/**
 * Goes the way of a fetch, step by step: log in, ask for the time, for a contract, for bars that need no subscription,
 * for bars that do. The first step that fails ends it where the later ones need it.
 */
export async function checkIbkr(factory: IbTransportFactory, address: GatewayAddress): Promise<readonly Finding[]> {
  const line = new LineState()
  const transport = factory({
    ...address,
    onNotice: ({ code }) => void line.notice(code, performance.now()),
    onClose: () => undefined,
  })
  try {
    const login = await attempt('ibkr-login', address, () => transport.connect())
    if (isFinding(login)) return [login]
    return [
      loginFinding(login, address),
      ...versionFindings(login),
      await checkTime(transport, address),
      ...(await checkHistory(transport, address)),
      lineFinding(line),
    ]
  } finally {
    await transport.close()
  }
}

function loginFinding({ serverVersion, accounts }: IbLogin, { host, port, clientId }: GatewayAddress): Finding {
  const kinds = accounts.map((it) => `${it} (${kindOf(it)})`).join(', ')
  return ok(
    'ibkr-login',
    `${host}:${port} logs in client ${clientId}: server version ${serverVersion}, account ${kinds}`,
  )
}

/** IB names paper accounts DU… and DF…; the simulated gateway SIM…. */
function kindOf(account: string): string {
  if (account.startsWith('SIM')) return 'simulated'
  return account.startsWith('D') ? 'paper' : 'live'
}

function versionFindings({ serverVersion }: IbLogin): readonly Finding[] {
  if (serverVersion >= SHARES_SINCE_VERSION) return []
  return [
    warning('ibkr-version', `server version ${serverVersion} counts the volume of US stocks in lots of 100`, [
      'Update TWS or IB Gateway: 10.30 and newer are supported by IB.',
      'Or say so, and keep that data in a catalog of its own: ibkr.volumeUnit: lots',
    ]),
  ]
}

async function checkTime(transport: IbTransport, address: GatewayAddress): Promise<Finding> {
  const seconds = await attempt('ibkr-clock', { ...address, what: 'for its time' }, () => transport.currentTime(CALL))
  if (typeof seconds !== 'number') return seconds
  const ahead = Math.round(Date.now() / 1000 - seconds)
  if (Math.abs(ahead) <= CLOCK_SLACK_SECONDS) return ok('ibkr-clock', 'its clock and this one agree')
  const which = ahead > 0 ? 'ahead of' : 'behind'
  return warning('ibkr-clock', `this clock is ${Math.abs(ahead)} s ${which} that of the gateway`, [
    'Set both by the network: bars that are not complete yet would be taken for complete, or left out.',
  ])
}

async function checkHistory(transport: IbTransport, address: GatewayAddress): Promise<readonly Finding[]> {
  const details = await attempt('ibkr-contract', { ...address, what: 'for EUR/USD.IDEALPRO' }, () =>
    transport.contractDetails(EURO, CALL),
  )
  if (isFinding(details)) return [details]
  return [
    ok('ibkr-contract', `contracts are found: EUR/USD.IDEALPRO is ${details[0]?.contract.conId}`),
    await checkBars(transport, address, { check: 'ibkr-history', contract: EURO, what: 'MIDPOINT' }),
    await checkBars(transport, address, { check: 'ibkr-subscription', contract: APPLE, what: 'TRADES' }),
  ]
}

interface Sample {
  readonly check: string
  readonly contract: IbContract
  readonly what: 'MIDPOINT' | 'TRADES'
}

async function checkBars(transport: IbTransport, address: GatewayAddress, sample: Sample): Promise<Finding> {
  const { check, contract, what } = sample
  const name = contract.secType === 'CASH' ? `${contract.symbol}/${contract.currency}` : contract.symbol
  const query = {
    contract,
    endDateTime: '',
    duration: '5 D',
    barSize: '1 day',
    whatToShow: what,
    useRTH: true,
  } as const
  const bars = await attempt(check, { ...address, what: `for ${what} of ${name}` }, () => transport.bars(query, CALL))
  if (!isFinding(bars)) return ok(check, `history comes: ${bars.bars.length} daily ${what} bars of ${name}`)
  // Whoever trades currencies alone needs no subscription for stocks.
  return check === 'ibkr-subscription' ? warning(check, bars.message, bars.steps) : bars
}

function lineFinding(line: LineState): Finding {
  if (line.downMsAgo(performance.now()) > 0) return ok('ibkr-line', "the gateway's line to IB is up")
  return warning('ibkr-line', 'the gateway has lost its line to IB, or to its historical data', [
    'Wait: it restores it by itself. IB resets its servers at night, most for minutes.',
    "Look at the gateway's own window for what it says.",
  ])
}

/** What a step gives, or what is wrong with it. */
async function attempt<T>(check: string, place: Place, step: () => Promise<T>): Promise<T | Finding> {
  try {
    return await step()
  } catch (error) {
    if (!isIbFailure(error)) throw error
    const { message, steps } = productError(error, place)
    return problem(check, message, steps)
  }
}

function isFinding(value: object): value is Finding {
  return 'check' in value && 'status' in value
}
