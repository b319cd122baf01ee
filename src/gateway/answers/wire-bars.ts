import { SECOND_NS } from '../../model/time.js'
import { type GatewayContract, isUsStock } from '../contract.js'
import type { BarSlot, GatewayBar } from '../market.js'
import type { GatewayNotice, WireBar } from '../replies.js'
import { SINCE } from '../versions.js'
import type { BarSize } from './bar-size.js'
import { dateText, instantText } from './date-time.js'
import type { Desk } from './desk.js'
import type { Sides } from './what-to-show.js'

/** A bar, and where it was due. */
export type FoundBar = readonly [BarSlot, GatewayBar]

/** How volumes go to a client. */
export interface VolumeRule {
  /** What stands for volume, average price and count where bars have none: -1 of quotes, 0 of an index. */
  readonly instead: number | undefined
  /** Shares in a unit of volume. */
  readonly divisor: number
  /** Decimals are cut off. */
  readonly isWhole: boolean
}

export function volumeRuleOf(contract: GatewayContract, sides: Sides, version: number): VolumeRule {
  const inLots = isUsStock(contract) && version < SINCE.shares
  const instead = sides !== 'LAST' ? NONE : contract.secType === 'IND' ? 0 : undefined
  return { instead, divisor: inLots ? LOT : 1, isWhole: version < SINCE.fractions }
}

const LOT = 100
const NONE = -1

export interface BarsForm {
  readonly size: BarSize
  readonly formatDate: number
  readonly contract: GatewayContract
  readonly desk: Desk
}

export function wireBars(found: readonly FoundBar[], rule: VolumeRule, form: BarsForm): readonly WireBar[] {
  const { instead, divisor, isWhole } = rule
  return found.map(([slot, { open, high, low, close, volume, vwap, count }]) => {
    const time = stampOf(slot, form)
    if (instead !== undefined) return { time, open, high, low, close, volume: instead, wap: instead, count: instead }
    const units = volume === undefined ? NONE : inUnits(volume, divisor)
    const sent = isWhole ? Math.trunc(units) : units
    return { time, open, high, low, close, volume: sent, wap: vwap ?? NONE, count: count ?? NONE }
  })
}

/** Daily and longer bars have a date in every format; of weeks and months it is the last one they hold. */
function stampOf(slot: BarSlot, { size, formatDate, contract, desk }: BarsForm): string {
  if (size.lengthNs === undefined) return dateText(slot.lastDay)
  if (formatDate === 2) return String(slot.startNs / SECOND_NS)
  return instantText(slot.startNs, contract.calendar, desk)
}

/** 2176, for the first volume that is cut. */
export function trimWarning(
  found: readonly FoundBar[],
  { instead, divisor, isWhole }: VolumeRule,
): readonly GatewayNotice[] {
  if (instead !== undefined || !isWhole) return []
  for (const [, { volume }] of found) {
    const units = volume === undefined ? NONE : inUnits(volume, divisor)
    if (!Number.isInteger(units)) {
      const trimmed = `Trimmed value ${units} to ${Math.trunc(units)}`
      return [{ code: 2176, text: `${NO_FRACTIONS} ${trimmed}` }]
    }
  }
  return []
}

const NO_FRACTIONS =
  'Warning: Your API version does not support fractional share size rules. Please upgrade to a minimum version 163.'

/** Rounded to what decimals of volume have: dividing by a hundred must not make 939.0699999. */
function inUnits(volume: number, divisor: number): number {
  return divisor === 1 ? volume : Math.round((volume / divisor) * 1e8) / 1e8
}
