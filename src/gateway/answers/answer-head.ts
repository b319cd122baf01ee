import { CLOSED_MAX_NS, openIntervals } from '../../calendar/sessions.js'
import { SECOND_NS } from '../../model/time.js'
import type { HeadAsk } from '../request.js'
import { dashText } from './date-time.js'
import { type Desk, kindFor, type Reply, theContract } from './desk.js'
import { historicalError } from './refusal.js'
import { sidesOf } from './what-to-show.js'

/** The first open instant of a contract's history. @throws GatewayRefusal */
export async function answerHead(ask: HeadAsk, desk: Desk): Promise<Reply> {
  const contract = await theContract(ask.contract, desk)
  sidesOf(ask.whatToShow, contract, desk.version)
  const { calendar, headNs } = contract
  if (headNs === undefined) throw historicalError('No head time stamp')
  const near = { startNs: headNs, endNs: headNs + CLOSED_MAX_NS }
  const ns = openIntervals(calendar, near, kindFor(contract, ask.useRTH))[0]?.startNs ?? headNs
  const text = ask.formatDate === 2 ? String(ns / SECOND_NS) : dashText(ns)
  return { warnings: [], answer: { kind: 'head', text } }
}
