import { InvalidRequestError } from '../../../model/errors.js'
import { zoneOf } from '../../../model/zone.js'

/**
 * The IANA name of a time zone as IB writes it in contract details: `US/Eastern`, `MET`, `EST (Eastern Standard Time)`.
 * `undefined` for one that is not known: a wrong zone would be worse than none.
 *
 * IB's abbreviations come first: to IANA, `EST` and `MST` are zones without summer time, and to IB they are New York and
 * Denver.
 */
export function ianaZoneOf(ibZone: string): string | undefined {
  const short = ibZone.replace(/\s*\(.*$/, '').trim()
  const known = ZONES.get(short)
  if (known !== undefined) return known
  return isIanaName(short) ? short : undefined
}

const ZONES: ReadonlyMap<string, string> = new Map([
  ['EST', 'America/New_York'],
  ['EST5EDT', 'America/New_York'],
  ['US/Eastern', 'America/New_York'],
  ['Eastern Standard Time', 'America/New_York'],
  ['CST', 'America/Chicago'],
  ['CST6CDT', 'America/Chicago'],
  ['US/Central', 'America/Chicago'],
  ['Central Standard Time', 'America/Chicago'],
  ['MST', 'America/Denver'],
  ['US/Mountain', 'America/Denver'],
  ['PST', 'America/Los_Angeles'],
  ['US/Pacific', 'America/Los_Angeles'],
  ['GMT', 'Europe/London'],
  ['BST', 'Europe/London'],
  ['GB', 'Europe/London'],
  ['GB-Eire', 'Europe/London'],
  ['Greenwich Mean Time', 'Europe/London'],
  ['British Summer Time', 'Europe/London'],
  ['MET', 'Europe/Berlin'],
  ['CET', 'Europe/Berlin'],
  ['Middle Europe Time', 'Europe/Berlin'],
  ['Central European Time', 'Europe/Berlin'],
  ['Central European Standard Time', 'Europe/Berlin'],
  ['EET', 'Europe/Helsinki'],
  ['JST', 'Asia/Tokyo'],
  ['Japan', 'Asia/Tokyo'],
  ['Japan Standard Time', 'Asia/Tokyo'],
  ['HKT', 'Asia/Hong_Kong'],
  ['Hongkong', 'Asia/Hong_Kong'],
  ['Hong Kong Standard Time', 'Asia/Hong_Kong'],
  ['China Standard Time', 'Asia/Shanghai'],
  ['SGT', 'Asia/Singapore'],
  ['Singapore', 'Asia/Singapore'],
  ['KST', 'Asia/Seoul'],
  ['IST', 'Asia/Kolkata'],
  ['India Standard Time', 'Asia/Kolkata'],
  ['AEST', 'Australia/Sydney'],
  ['AET', 'Australia/Sydney'],
  ['Australia/NSW', 'Australia/Sydney'],
  ['UTC', 'UTC'],
])

function isIanaName(name: string): boolean {
  // Intl takes offsets (`+01:00`) and other abbreviations too; what has a region in it is a place.
  if (!/^[A-Z][A-Za-z_]+\/[A-Za-z_+\-/0-9]+$/.test(name)) return false
  try {
    zoneOf(name)
    return true
  } catch (error) {
    if (error instanceof InvalidRequestError) return false
    throw error
  }
}
