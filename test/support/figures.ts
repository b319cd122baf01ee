import { appendFileSync } from 'node:fs'

export type ShownFigures = Readonly<Record<string, number | string>>

/**
 * Says what a long test did. `npm run test:model` and the like name a file in NTRADER_FIGURES, add up what their
 * processes wrote there, and print it as a table.
 */
export function reportFigures(title: string, figures: ShownFigures): void {
  const path = process.env['NTRADER_FIGURES']
  if (path !== undefined) appendFileSync(path, `${JSON.stringify({ title, figures })}\n`)
  const words = Object.entries(figures).map(([name, value]) => `${name} ${value}`)
  console.log(`${title}: ${words.join(', ')}`)
}
