import { InvalidRequestError, SourceRejectedError } from '../../model/errors.js'
import { type InstrumentId, venueOf } from '../../model/instrument.js'
import type { IbkrSourceOptions } from './options.js'
import type { IbLogin } from './transport/transport.js'

/** How the accounts of the simulated gateway begin; none of IB's do. */
const SIMULATED = 'SIM'
/** The venue of what is simulated. */
const SIM_VENUE = 'SIM'

export function isSimulated({ accounts }: IbLogin): boolean {
  return accounts.some((it) => it.startsWith(SIMULATED))
}

/**
 * Keeps what is simulated and what is real apart: a simulated gateway serves the venue `SIM` alone, unless its user says
 * otherwise; a real one has no such venue, and is never asked faster than it allows.
 *
 * @throws SourceRejectedError, InvalidRequestError
 */
export function refuseMixing(
  instrument: InstrumentId,
  login: IbLogin,
  { allowSimulated = false, timeScale = 1 }: Pick<IbkrSourceOptions, 'allowSimulated' | 'timeScale'>,
): void {
  const isSim = venueOf(instrument) === SIM_VENUE
  if (isSimulated(login)) {
    if (isSim || allowSimulated) return
    throw new SourceRejectedError(`the gateway is a simulated one, and ${instrument} is real: they never mix`, {
      steps: [
        'Ask it for an instrument of the venue SIM, for example AAPL.SIM.',
        'Or connect to a real gateway: --ibkr-port 4002',
        'To try things out in a catalog that you will throw away: --allow-simulated',
      ],
    })
  }
  if (isSim) {
    throw new SourceRejectedError(`${instrument} is simulated, and the gateway is a real one`, {
      steps: ['Start the simulated gateway, and name its port: ntrader gateway sim', 'Or use --source sim.'],
    })
  }
  if (timeScale === 1) return
  throw new InvalidRequestError(
    `a time scale of ${timeScale} is for the simulated gateway: a real one would cut us off`,
    {
      steps: ['Leave out timeScale (IBKR_TIME_SCALE).'],
    },
  )
}
