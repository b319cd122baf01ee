/** Combining marks, joiners and other characters that take no room. */
const NO_ROOM = /^[\p{Mn}\p{Me}\p{Cf}]$/u
/** East Asian wide and full-width characters and emoji: two cells each. */
const TWO_CELLS =
  /^[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\p{Emoji_Presentation}\u{20000}-\u{3fffd}]$/u
const ASCII_ONLY = /^[\x20-\x7e]*$/

/** Cells a text takes on a terminal. */
export function displayWidth(text: string): number {
  if (ASCII_ONLY.test(text)) return text.length
  let cells = 0
  for (const character of text) cells += cellsOf(character)
  return cells
}

function cellsOf(character: string): number {
  if (NO_ROOM.test(character)) return 0
  return TWO_CELLS.test(character) ? 2 : 1
}

/** Cuts a text to at most `width` cells; the cut shows as `…`. */
export function truncate(text: string, width: number, ellipsis = '…'): string {
  if (displayWidth(text) <= width) return text
  if (width < ellipsis.length) return ''
  let out = ''
  let cells = ellipsis.length
  for (const character of text) {
    cells += cellsOf(character)
    if (cells > width) break
    out += character
  }
  return out + ellipsis
}

/** Fills a text with spaces to `width` cells. */
export function pad(text: string, width: number, align: 'left' | 'right'): string {
  const fill = ' '.repeat(Math.max(0, width - displayWidth(text)))
  return align === 'left' ? text + fill : fill + text
}

/** Joins pieces into lines of at most `width` cells; a piece is never broken. */
export function wrapPieces(pieces: readonly string[], separator: string, width: number): readonly string[] {
  const lines: string[] = []
  for (const piece of pieces) {
    const last = lines.at(-1)
    const joined = last === undefined ? piece : last + separator + piece
    if (last === undefined || displayWidth(joined) > width) lines.push(piece)
    else lines[lines.length - 1] = joined
  }
  return lines
}

/** One line without control characters: a source's text must not move the cursor or recolour the screen. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu, ' ')
}

/** Control characters but for line ends and tabs, and for the colours that this program paints with (`ESC [ 31 m`). */
const CONTROLS = /\p{Cc}\[[\d;]*m|(?![\n\t])[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu
const COLOUR = `${String.fromCharCode(0x1b)}[`

/**
 * Text as a terminal may have it. The last door: whatever cell, id, name of a file or answer of a source is in it, it
 * does not move the cursor, set a title, or fill the clipboard. A colour is the most it can do.
 */
export function harmless(text: string): string {
  return text.replace(CONTROLS, (found) => (found.startsWith(COLOUR) ? found : ''))
}
