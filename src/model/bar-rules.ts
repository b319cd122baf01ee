import { type BarType, isIntraday, tradeDateStampNs } from './bar-type.js'
import { dayOf, formatInstant, MINUTE_NS, MS_NS, SECOND_NS } from './time.js'

/**
 * The rules every stored bar keeps, whatever brought it. Returns which one is broken, naming the values
 * (`open 191.4 is above high 191.25`), or `undefined` for a sound bar. The caller adds the row or line, and the stamp
 * as its reader knows it.
 */
export function barRuleBroken(
  barType: BarType,
  tsEventNs: bigint,
  open: number,
  high: number,
  low: number,
  close: number,
  volume: number | null,
): string | undefined {
  // Every comparison with NaN is false, so this one line lets only sound, finite prices through.
  if (low <= open && open <= high && low <= close && close <= high && low > -Infinity && high < Infinity) {
    return volumeRuleBroken(volume) ?? stampRuleBroken(barType, tsEventNs)
  }
  return priceRuleBroken({ open, high, low, close })
}

function priceRuleBroken(prices: Readonly<Record<'open' | 'high' | 'low' | 'close', number>>): string | undefined {
  const { open, high, low, close } = prices
  for (const [name, value] of Object.entries(prices)) {
    if (!Number.isFinite(value)) return `${name} ${value} is not a finite number`
  }
  if (high < low) return `high ${high} is below low ${low}`
  if (open > high) return `open ${open} is above high ${high}`
  if (open < low) return `open ${open} is below low ${low}`
  return close > high ? `close ${close} is above high ${high}` : `close ${close} is below low ${low}`
}

function volumeRuleBroken(volume: number | null): string | undefined {
  if (volume === null || (volume >= 0 && volume < Infinity)) return undefined
  return volume < 0 ? `volume ${volume} is negative` : `volume ${volume} is not a finite number`
}

/** Minutes and hours start on a whole minute, seconds on a whole second, and trade dates are 00:00 UTC of theirs. */
function stampRuleBroken(barType: BarType, tsEventNs: bigint): string | undefined {
  if (!isIntraday(barType)) {
    if (tradeDateStampNs(barType, dayOf(tsEventNs)) === tsEventNs) return undefined
    return `${formatInstant(tsEventNs)} is not 00:00 UTC of the first day of its ${barType.unit}`
  }
  const [grainNs, grain] = grainOf(barType)
  return tsEventNs % grainNs === 0n ? undefined : `${formatInstant(tsEventNs)} is not on a whole ${grain}`
}

function grainOf({ unit }: BarType): readonly [bigint, string] {
  if (unit === 'MILLISECOND') return [MS_NS, 'millisecond']
  return unit === 'SECOND' ? [SECOND_NS, 'second'] : [MINUTE_NS, 'minute']
}
