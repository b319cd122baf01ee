import type { Row } from '../../model/frame.js'
import type { GatewayBar } from '../market.js'

/** Bars of one stretch as one, ascending; `undefined` for none. What one of them lacks, the whole lacks. */
export function joinBars(rows: readonly Row<'bars'>[]): GatewayBar | undefined {
  const [first, last] = [rows[0], rows.at(-1)]
  if (first === undefined || last === undefined) return undefined
  const volume = sumOf(rows, (it) => it.volume)
  return {
    open: first.open,
    high: rows.reduce((top, it) => Math.max(top, it.high), first.high),
    low: rows.reduce((bottom, it) => Math.min(bottom, it.low), first.low),
    close: last.close,
    volume,
    vwap: rows.length === 1 ? (first.vwap ?? undefined) : averagePrice(rows, volume),
    count: sumOf(rows, (it) => (it.trade_count === null ? null : Number(it.trade_count))),
  }
}

function sumOf(rows: readonly Row<'bars'>[], of: (row: Row<'bars'>) => number | null): number | undefined {
  let sum = 0
  for (const row of rows) {
    const value = of(row)
    if (value === null) return undefined
    sum += value
  }
  return sum
}

function averagePrice(rows: readonly Row<'bars'>[], volume: number | undefined): number | undefined {
  if (volume === undefined || volume === 0) return undefined
  const turnover = sumOf(rows, ({ vwap, volume: size }) => (vwap === null || size === null ? null : vwap * size))
  return turnover === undefined ? undefined : Math.round((turnover / volume) * 1e6) / 1e6
}
