import { setImmediate as nextTurn } from 'node:timers/promises'
import { barSlices } from '../decode-bars.js'
import type { Fields } from '../fields.js'
import type { WireListener } from '../wire.js'
import { decodeContract } from './decode-contract.js'
import { decodeSchedule } from './decode-schedule.js'
import { decodeDone, decodeQuotes, decodeTrades } from './decode-ticks.js'

const ERROR = 4
const CONTRACT_DATA = 10
const HISTORICAL_DATA = 17
const CURRENT_TIME = 49
const CONTRACT_DATA_END = 52
const HEAD_TIMESTAMP = 88
const HISTORICAL_TICKS_BID_ASK = 97
const HISTORICAL_TICKS_LAST = 98
const HISTORICAL_SCHEDULE = 106

/** "Bad message": the client side's own code for one that cannot be decoded. */
const BAD_MESSAGE = 508
/** From here on CONTRACT_DATA has no version field. */
const SIZE_RULES = 164

/**
 * Reads one message and tells the listener. A message that cannot be read fails its request, or every one when it does
 * not even say whose it is. Other types are ignored: new ones may come with any release of TWS. Never throws; the promise
 * is for decoding that takes several turns of the event loop.
 */
export function readMessage(fields: Fields, serverVersion: number, listener: WireListener): void | Promise<void> {
  let id = NO_REQUEST
  const onBad = (error: unknown) => {
    const why = error instanceof Error ? error.message : String(error)
    listener.onError(id, BAD_MESSAGE, `A message of the gateway cannot be read. ${why}`)
  }
  try {
    const type = fields.integer()
    if (type === ERROR) return readError(fields, listener)
    if (type === CURRENT_TIME) return readTime(fields, listener)
    const read = READERS.get(type)
    if (read === undefined) return undefined
    if (type === CONTRACT_DATA_END || (type === CONTRACT_DATA && serverVersion < SIZE_RULES)) fields.skip(1)
    id = fields.integer()
    return read({ id, fields, serverVersion, listener })?.catch(onBad)
  } catch (error) {
    onBad(error)
    return undefined
  }
}

const NO_REQUEST = -1

interface Message {
  readonly id: number
  /** From the one after the id on. */
  readonly fields: Fields
  readonly serverVersion: number
  readonly listener: WireListener
}

type Reader = (message: Message) => undefined | Promise<void>

const READERS: ReadonlyMap<number, Reader> = new Map<number, Reader>([
  [HISTORICAL_DATA, readBars],
  [HISTORICAL_TICKS_LAST, readTrades],
  [HISTORICAL_TICKS_BID_ASK, readQuotes],
  [HEAD_TIMESTAMP, readHead],
  [HISTORICAL_SCHEDULE, readSchedule],
  [CONTRACT_DATA, readContract],
  [CONTRACT_DATA_END, readContractEnd],
])

async function readBars({ id, fields, listener }: Message): Promise<void> {
  for (const bars of barSlices(fields)) {
    listener.onReply(id, { kind: 'bars', bars })
    await nextTurn()
  }
  listener.onComplete(id)
}

function readTrades({ id, fields, listener }: Message): undefined {
  listener.onReply(id, { kind: 'trades', ticks: decodeTrades(fields) })
  if (decodeDone(fields)) listener.onComplete(id)
}

function readQuotes({ id, fields, listener }: Message): undefined {
  listener.onReply(id, { kind: 'quotes', ticks: decodeQuotes(fields) })
  if (decodeDone(fields)) listener.onComplete(id)
}

function readHead({ id, fields, listener }: Message): undefined {
  listener.onReply(id, { kind: 'head', text: fields.text() })
  listener.onComplete(id)
}

function readSchedule({ id, fields, listener }: Message): undefined {
  listener.onReply(id, { kind: 'schedule', schedule: decodeSchedule(fields) })
  listener.onComplete(id)
}

function readContract({ id, fields, serverVersion, listener }: Message): undefined {
  const details = decodeContract(fields, serverVersion)
  if (details !== undefined) listener.onReply(id, { kind: 'contract', details })
}

function readContractEnd({ id, listener }: Message): undefined {
  listener.onComplete(id)
}

/** The fields after the text (an order's reject reasons) are of no use here, and not always the JSON they should be. */
function readError(fields: Fields, listener: WireListener): void {
  const VERSION = 1
  fields.skip(VERSION)
  const id = fields.integer()
  const code = fields.integer()
  listener.onError(id, code, fields.escapedText())
}

function readTime(fields: Fields, listener: WireListener): void {
  const VERSION = 1
  fields.skip(VERSION)
  listener.onTime(fields.integer())
}
