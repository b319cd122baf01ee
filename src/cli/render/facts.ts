import { printable } from './width.js'

export type Fact = readonly [name: string, value: string]

/** A title, and below it what is known of it, a fact a line. */
export function factLines(title: string, facts: readonly Fact[]): readonly string[] {
  return [title, ...facts.map(([name, value]) => `  ${name.padEnd(12)} ${printable(value)}`)]
}
