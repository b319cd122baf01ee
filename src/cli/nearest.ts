/** The known word that a mistyped one most likely means; `undefined` when none is near. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  // Two slips in a word of five letters leave little of it.
  const slipsMax = Math.max(1, Math.floor(word.length / 3))
  let best: string | undefined
  let fewest = slipsMax + 1
  for (const it of known) {
    const slips = distance(word.toLowerCase(), it.toLowerCase())
    if (slips < fewest) [best, fewest] = [it, slips]
  }
  return best
}

/** Letters to insert, take away, replace or swap with their neighbour to make one word of the other. */
function distance(a: string, b: string): number {
  let beforeLast: readonly number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1
      let least = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + same)
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      if (isSwap) least = Math.min(least, (beforeLast[j - 2] ?? 0) + 1)
      row.push(least)
    }
    beforeLast = last
    last = row
  }
  return last[b.length] ?? 0
}
