import type { IBApi } from '@stoqey/ib'
import { InvalidRequestError } from '../../../../model/errors.js'
import { barSlices } from '../decode-bars.js'
import { TokenFields } from '../fields.js'
import type { WireListener } from '../wire.js'

const ERROR = '4'
const HISTORICAL_DATA = '17'
/** Place of an error's JSON of order reject reasons. */
const REJECT_REASONS = 5
const BAD_MESSAGE = 508

/** What the library is to decode: errors, the login, contracts, time, head, ticks, schedule. */
const WANTED: ReadonlySet<string> = new Set([ERROR, '9', '10', '15', '49', '52', '88', '97', '98', '106'])

/**
 * Looks at each message before the library decodes it, because of three kinds of them it cannot be left with:
 * - reject reasons that are not JSON: it throws out of the socket's handler, and the process dies. Blanked; nobody reads them.
 * - bars: it takes quadratic time, 15 s without a turn of the event loop for 20,000 of them on a busy machine, makes 0
 *   of a price that is missing and hands out those before a cut. Decoded here.
 * - types that it does not know: reported by the same code (505) as a message that it could not read. Dropped.
 *
 * @throws InvalidRequestError when the private way in has gone from the installed version
 */
export function guardIncoming(api: IBApi, listener: WireListener): void {
  const controller: unknown = api['controller']
  if (!canReceive(controller)) {
    throw new InvalidRequestError('This version of @stoqey/ib has changed inside; it could not be used safely.', {
      steps: ['Install one that is known: npm install @stoqey/ib@1.6.10', 'Or use the client "ib-tws-api".'],
    })
  }
  const receive = controller.onMessage.bind(controller)
  controller.onMessage = (tokens) => {
    const [type = ''] = tokens
    if (type === HISTORICAL_DATA) readBars(tokens, listener)
    else if (type === ERROR && tokens.length > REJECT_REASONS) receive(tokens.with(REJECT_REASONS, ''))
    else if (WANTED.has(type)) receive(tokens)
  }
}

function canReceive(controller: unknown): controller is { onMessage: (tokens: string[]) => void } {
  return (
    typeof controller === 'object' &&
    controller !== null &&
    'onMessage' in controller &&
    typeof controller.onMessage === 'function'
  )
}

function readBars(tokens: readonly string[], listener: WireListener): void {
  const fields = new TokenFields(tokens)
  fields.skip(1)
  let id = -1
  try {
    id = fields.integer()
    for (const bars of barSlices(fields)) listener.onReply(id, { kind: 'bars', bars })
    listener.onComplete(id)
  } catch (error) {
    listener.onError(id, BAD_MESSAGE, `A message of the gateway cannot be read. ${messageOf(error)}`)
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
