import type { IBApi } from '@stoqey/ib'
import { IbFailure } from '../failure.js'
import type { IbReply, WireListener } from '../wire.js'
import { detailsOf, quoteOf, tradeOf } from './texts.js'

type EventNames = typeof import('@stoqey/ib').EventName

const NO_REQUEST = -1
const CANNOT_CONNECT = 502
/** The library hangs up on a gateway that speaks too old or too new a version. */
const WRONG_VERSION: readonly number[] = [503, 506]
const UNREADABLE = 505
const END_OF_FIELD = '\0'

/** Tells the listener of the library's events; of bars it is told by {@link guardIncoming}. */
export function listen(EventName: EventNames, api: IBApi, listener: WireListener): void {
  listenToConnection(EventName, api, listener)
  listenToTicks(EventName, api, listener)
  const complete = (id: number, reply: IbReply) => {
    listener.onReply(id, reply)
    listener.onComplete(id)
  }
  api.on(EventName.headTimestamp, (id, text) => complete(id, { kind: 'head', text }))
  api.on(EventName.currentTime, (seconds) => listener.onTime(seconds))
  api.on(EventName.contractDetails, (id, details) => {
    const ours = detailsOf(details)
    if (ours !== undefined) listener.onReply(id, { kind: 'contract', details: ours })
  })
  api.on(EventName.contractDetailsEnd, (id) => listener.onComplete(id))
  // The one event that the library's types forget.
  api.addListener(EventName.historicalSchedule, (id: number, _start, _end, timeZone: string, days: readonly Day[]) => {
    const sessions = days.map((it) => ({ start: it.startDateTime, end: it.endDateTime, tradeDate: it.refDate }))
    complete(id, { kind: 'schedule', schedule: { timeZone, sessions } })
  })
}

interface Day {
  readonly startDateTime: string
  readonly endDateTime: string
  readonly refDate: string
}

function listenToConnection(EventName: EventNames, api: IBApi, listener: WireListener): void {
  // The first thing sent is the handshake, as soon as TCP stands; the library has no event for that itself.
  api.once(EventName.sent, () => listener.onStage('connected'))
  api.on(EventName.server, () => listener.onStage('greeted'))
  api.on(EventName.info, (text, code) => listener.onError(NO_REQUEST, code, text))
  api.on(EventName.error, (error, code, id) => {
    if (code === CANNOT_CONNECT) listener.onSocketEnd(error)
    else if (WRONG_VERSION.includes(code)) {
      listener.onUnusable(new IbFailure('connection', error.message, { ibCode: code }))
    } else listener.onError(id, code, error.message)
  })
  api.on(EventName.disconnected, () => listener.onSocketEnd(undefined))
  // It keeps the rest of a message that ends within a field, and puts it before the next one.
  api.on(EventName.received, (_tokens: readonly string[], message = END_OF_FIELD) => {
    if (message.endsWith(END_OF_FIELD)) return
    const text = 'A message of the gateway ends in the middle of a field.'
    listener.onUnusable(new IbFailure('retryable', text, { ibCode: UNREADABLE }))
  })
}

function listenToTicks(EventName: EventNames, api: IBApi, listener: WireListener): void {
  api.on(EventName.historicalTicksLast, (id, ticks, done) => {
    listener.onReply(id, { kind: 'trades', ticks: ticks.map(tradeOf) })
    if (done) listener.onComplete(id)
  })
  api.on(EventName.historicalTicksBidAsk, (id, ticks, done) => {
    listener.onReply(id, { kind: 'quotes', ticks: ticks.map(quoteOf) })
    if (done) listener.onComplete(id)
  })
}
