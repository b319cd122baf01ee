import { formatCount } from './units.js'

/** Most things named one by one. */
const NAMED_MAX = 20

/** A line for each of some things, as far as a person wants to read them. */
export function named<T>(items: readonly T[], line: (item: T) => string): readonly string[] {
  const left = items.length - NAMED_MAX
  return [
    ...items.slice(0, NAMED_MAX).map(line),
    ...(left > 0 ? [`  and ${formatCount(left)} more (--json lists them)`] : []),
  ]
}
