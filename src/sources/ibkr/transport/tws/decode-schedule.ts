import type { Fields } from '../fields.js'
import type { IbSchedule } from '../transport.js'

/** HISTORICAL_SCHEDULE after its id. @throws MalformedMessage */
export function decodeSchedule(fields: Fields): IbSchedule {
  const START_AND_END_OF_ALL = 2
  fields.skip(START_AND_END_OF_ALL)
  const timeZone = fields.text()
  const count = fields.integer()
  const sessions: { start: string; end: string; tradeDate: string }[] = []
  while (sessions.length < count) {
    sessions.push({ start: fields.text(), end: fields.text(), tradeDate: fields.text() })
  }
  return { timeZone, sessions }
}
