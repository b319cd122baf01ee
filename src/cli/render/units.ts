const BYTE_UNITS = ['kB', 'MB', 'GB', 'TB', 'PB'] as const

/** `999 B`, `1.2 MB`: powers of 1000, one decimal. */
export function formatBytes(sizeBytes: number): string {
  if (sizeBytes < 1000) return `${sizeBytes} B`
  let value = sizeBytes
  let unit: string = 'B'
  for (const next of BYTE_UNITS) {
    // 999,950 B would round to '1000.0 kB'; it is 1.0 MB.
    if (value < 999.95) break
    value /= 1000
    unit = next
  }
  return `${value.toFixed(1)} ${unit}`
}

/** `98,280`. A whole number, grouped by thousands. Not `toLocaleString`, which loads the locale data first. */
export function formatCount(count: number | bigint): string {
  return String(typeof count === 'number' ? Math.round(count) : count).replace(/\B(?=(\d{3})+$)/g, ',')
}

/** `98,280 rows`, `1 row`. */
export function formatCounted(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`
}

/** `850 ms`, `12 s`, `1 m 20 s`, `2 h 5 m`, `3 d 4 h`: the two largest units, rounded to the smaller. */
export function formatDuration(durationMs: number): string {
  if (durationMs < 999.5) return `${Math.round(durationMs)} ms`
  const seconds = Math.round(durationMs / 1000)
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3600) return twoUnits(seconds, 60, 'm', 's')
  const minutes = Math.round(seconds / 60)
  if (minutes < 1440) return twoUnits(minutes, 60, 'h', 'm')
  return twoUnits(Math.round(minutes / 60), 24, 'd', 'h')
}

function twoUnits(count: number, per: number, large: string, small: string): string {
  const rest = count % per
  return `${Math.floor(count / per)} ${large}${rest === 0 ? '' : ` ${rest} ${small}`}`
}
