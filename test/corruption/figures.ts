/** What one kind of file went through. */
export interface Figures {
  files: number
  damages: number
  /** The damage was named in a typed error, or by repair. */
  detected: number
  /** Nothing depends on the file: what was read is right, and writing works. */
  harmless: number
  healed: number
  undetected: number
  rowsLost: number
  /** States read that are neither the sound one nor an error. */
  mixed: number
}

const table = new Map<string, Figures>()

export function figuresOf(kind: string): Figures {
  const known = table.get(kind)
  if (known !== undefined) return known
  const fresh = { files: 0, damages: 0, detected: 0, harmless: 0, healed: 0, undetected: 0, rowsLost: 0, mixed: 0 }
  table.set(kind, fresh)
  return fresh
}

/** The figures as a plain table. */
export function figuresTable(): string {
  const heads = ['kind', 'files', 'damages', 'detected', 'harmless', 'healed', 'undetected', 'rows lost', 'mixed']
  const rows = [...table].map(([kind, it]) => [kind, ...Object.values(it).map(String)])
  const widths = heads.map((head, i) => Math.max(head.length, ...rows.map((row) => row[i]?.length ?? 0)))
  const line = (cells: readonly string[]): string =>
    cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  ')
  return [line(heads), ...rows.map(line)].join('\n')
}
