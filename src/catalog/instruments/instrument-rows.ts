import { DecodeError } from '../../model/errors.js'
import { type CellValue, type Frame, storedColumns } from '../../model/frame.js'
import { allocateFrame, setNull } from '../../model/frame-edit.js'
import { given } from '../../model/given.js'
import { type InstrumentId, symbolOf, venueOf } from '../../model/instrument.js'
import type { ColumnName } from '../../model/schema.js'
import { contractIdsToText, type InstrumentRecord, isContractIds } from './instrument-record.js'

/** A record as the one row it is stored as: `ts_event` is when it was recorded. */
export function frameOfRecord(record: InstrumentRecord): Frame<'instruments'> {
  const cells: Readonly<Record<string, CellValue | undefined>> = cellsOf(record)
  const { rooms, frame } = allocateFrame('instruments', 1, storedColumns('instruments'))
  for (const room of rooms) {
    const { values } = room
    const value = cells[room.spec.name]
    if (values instanceof BigInt64Array && typeof value === 'bigint') values[0] = value
    else if (values instanceof Float64Array && typeof value === 'number') values[0] = value
    else if (Array.isArray(values) && typeof value === 'string') values[0] = value
    else setNull(room, 0)
  }
  return frame
}

type StoredName = Exclude<ColumnName<'instruments'>, 'timestamp'>

function cellsOf(record: InstrumentRecord): Readonly<Record<StoredName, CellValue | undefined>> {
  return {
    ts_event: record.recordedAtNs,
    ts_init: record.recordedAtNs,
    symbol: record.symbol,
    venue: record.venue,
    security_type: record.securityType,
    currency: record.currency,
    tick_size: record.tickSize,
    multiplier: record.multiplier,
    time_zone: record.timeZone,
    trading_hours: record.tradingHours,
    liquid_hours: record.liquidHours,
    primary_exchange: record.primaryExchange,
    last_trade_date: record.lastTradeDate,
    description: record.description,
    contract_ids: contractIdsToText(record.contractIds),
  }
}

/** The last row of a frame of records. @throws DecodeError when its contract ids are not what this catalog writes */
export function lastRecord(instrument: InstrumentId, frame: Frame): InstrumentRecord | undefined {
  const row = frame.numRows - 1
  if (row < 0) return undefined
  const text = (name: StoredName): string | undefined => {
    const value = frame.cell(name, row)
    return typeof value === 'string' ? value : undefined
  }
  const number = (name: StoredName): number | undefined => {
    const value = frame.cell(name, row)
    return typeof value === 'number' ? value : undefined
  }
  return {
    instrument,
    symbol: text('symbol') ?? symbolOf(instrument),
    venue: text('venue') ?? venueOf(instrument),
    ...given('securityType', text('security_type')),
    ...given('currency', text('currency')),
    ...given('tickSize', number('tick_size')),
    ...given('multiplier', number('multiplier')),
    ...given('timeZone', text('time_zone')),
    ...given('tradingHours', text('trading_hours')),
    ...given('liquidHours', text('liquid_hours')),
    ...given('primaryExchange', text('primary_exchange')),
    ...given('lastTradeDate', text('last_trade_date')),
    ...given('description', text('description')),
    ...given('contractIds', contractIdsIn(instrument, text('contract_ids'))),
    recordedAtNs: frame.column('ts_event')[row] as bigint,
  }
}

function contractIdsIn(
  instrument: InstrumentId,
  json: string | undefined,
): Readonly<Record<string, string>> | undefined {
  if (json === undefined) return undefined
  let ids: unknown
  try {
    ids = JSON.parse(json)
  } catch (cause) {
    throw unreadable(instrument, json, cause)
  }
  if (!isContractIds(ids)) throw unreadable(instrument, json)
  return ids
}

function unreadable(instrument: InstrumentId, json: string, cause?: unknown): DecodeError {
  return new DecodeError(`the contract ids of ${instrument} are not a JSON object of texts: ${json}`, {
    steps: ['Another program has written this record: put the instrument again with a program of this catalog.'],
    cause,
  })
}
