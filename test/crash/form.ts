import { appendFileSync } from 'node:fs'

/** `npm run test:crash` goes through everything; `npm test` through a part that is always the same. */
export const IS_FULL = process.env['NTRADER_CRASH_FORM'] === 'full'

/** Every n-th of a list in the short form, another n-th for each list. */
export function sample<T>(all: readonly T[], every: number, offset: number): readonly T[] {
  return IS_FULL ? all : all.filter((_, i) => (i + offset) % every === 0)
}

export type Figures = Readonly<Record<string, number>>

/** Figures for the table that `npm run test:crash` ends with; by themselves a line. */
export function report(suite: string, figures: Figures): void {
  const path = process.env['NTRADER_CRASH_FIGURES']
  if (path === undefined) console.log(`${suite}: ${textOf(figures)}`)
  else appendFileSync(path, `${JSON.stringify({ suite, figures })}\n`)
}

function textOf(figures: Figures): string {
  return Object.entries(figures)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ')
}
