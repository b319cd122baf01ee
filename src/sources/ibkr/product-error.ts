import { type CatalogError, IbkrConnectionError, SourceRejectedError } from '../../model/errors.js'
import type { IbFailure } from './transport/failure.js'

/** Where a failure happened, for its words. */
export interface Place {
  readonly host: string
  readonly port: number
  readonly clientId: number
  /** What was asked for; absent while connecting. */
  readonly what?: string
}

/** A final failure as the error the product throws: what happened, IB's own words, and what to do. */
export function productError(failure: IbFailure, place: Place): CatalogError {
  switch (failure.kind) {
    case 'no-data':
    case 'permanent':
    case 'permission':
      return rejected(failure, place)
    case 'session':
      return new IbkrConnectionError(`the account is in use elsewhere: ${said(failure)}`, {
        cause: failure,
        steps: [
          'Log out of TWS, IB Gateway and the mobile app everywhere else: an account has one market data session.',
          'Then run it again: it goes on from there.',
        ],
      })
    case 'timeout':
      return new IbkrConnectionError(`the gateway did not answer${about(place)}: ${failure.message}`, {
        cause: failure,
        steps: [
          'Look at the gateway: it may show a dialog, or be about to restart. Nothing was recorded as empty.',
          `Check it: ${DOCTOR}`,
          'Run it again: it goes on from there. Give it more time: ibkr.requestTimeout.',
        ],
      })
    case 'pacing':
    case 'cancelled':
    case 'retryable':
      return new IbkrConnectionError(`the gateway could not answer${about(place)}: ${said(failure)}`, {
        cause: failure,
        steps: ['Run it again in a few minutes: it goes on from there.', `Check the gateway: ${DOCTOR}`],
      })
    case 'connection':
      return connectionError(failure, place)
  }
}

const DOCTOR = 'ntrader data doctor --source ibkr'

function rejected(failure: IbFailure, place: Place): SourceRejectedError {
  const message = `Interactive Brokers refused${about(place)}: ${said(failure)}`
  if (failure.kind === 'permission') {
    return new SourceRejectedError(message, {
      cause: failure,
      steps: [
        'History needs a live Level 1 subscription for the exchange: Client Portal > Settings > Market Data Subscriptions.',
        'Share it with the paper account, if this is one: Client Portal > Settings > Paper Trading Account.',
        'A new subscription takes effect with the next login of the gateway.',
      ],
    })
  }
  if (failure.ibCode === 200) {
    return new SourceRejectedError(message, {
      cause: failure,
      steps: [
        'Check symbol and venue: AAPL.NASDAQ, EUR/USD.IDEALPRO, ESZ6.CME. IB has no history of delisted companies.',
        'Name the contract yourself in ntrader.config.yaml: ibkr.contracts (docs/IBKR.md).',
      ],
    })
  }
  return new SourceRejectedError(message, {
    cause: failure,
    steps: [
      "Read IB's text: it names what this contract or request lacks.",
      'See docs/IBKR.md for what IB has and has not.',
    ],
  })
}

/** IB's code of a client id that another program uses. */
const ID_IN_USE = 326

function connectionError(failure: IbFailure, place: Place): IbkrConnectionError {
  const { host, port, clientId } = place
  const where = `${host}:${port}`
  if (failure.ibCode === ID_IN_USE) {
    return new IbkrConnectionError(`client id ${clientId} is in use at the gateway ${where}`, {
      cause: failure,
      steps: [
        `Use another: --ibkr-client-id ${clientId + 1}, IBKR_CLIENT_ID, or ibkr.clientId in the configuration.`,
        'Or end the program that is connected with it: the gateway lists its API clients.',
      ],
    })
  }
  if (errnoOf(failure) !== undefined && place.what === undefined) return unreachable(failure, where)
  if (place.what === undefined) {
    return new IbkrConnectionError(`what listens at ${where} does not log in as an IB gateway: ${said(failure)}`, {
      cause: failure,
      steps: [
        'Check the port: IB Gateway 4001 (live) or 4002 (paper), TWS 7496 or 7497; set --ibkr-port or IBKR_PORT.',
        'Look at the gateway: it may wait for a login, or ask whether to accept the connection.',
        "Enable its API: Configure > API > Settings > Enable ActiveX and Socket Clients; trust this machine's address.",
        `Check each step: ${DOCTOR}`,
      ],
    })
  }
  return new IbkrConnectionError(`the connection to the gateway ${where} was lost: ${said(failure)}`, {
    cause: failure,
    steps: [
      'What had arrived is stored. Run it again when the gateway is back: it goes on from there.',
      'A gateway restarts once a day and is away for minutes; IB resets its servers at night.',
      `Check it: ${DOCTOR}`,
    ],
  })
}

function unreachable(failure: IbFailure, where: string): IbkrConnectionError {
  return new IbkrConnectionError(`no IB gateway answers at ${where} (${errnoOf(failure)})`, {
    cause: failure,
    steps: [
      'Start TWS or IB Gateway and log in; enable its API: Configure > API > Settings > Enable ActiveX and Socket Clients.',
      'Check host and port: IB Gateway 4001 (live) or 4002 (paper), TWS 7496 or 7497; set --ibkr-host, --ibkr-port.',
      'Without an account, try it with the simulated gateway: ntrader gateway sim',
      `Check each step: ${DOCTOR}`,
    ],
  })
}

function about({ what }: Place): string {
  return what === undefined ? '' : ` ${what}`
}

/** IB's own words, with its code. */
function said({ message, ibCode }: IbFailure): string {
  return ibCode === undefined ? message : `${message} (IB ${ibCode})`
}

/** The system's own name for what the socket met. */
function errnoOf({ cause }: IbFailure): string | undefined {
  const hasCode = typeof cause === 'object' && cause !== null && 'code' in cause
  return hasCode && typeof cause.code === 'string' ? cause.code : undefined
}
