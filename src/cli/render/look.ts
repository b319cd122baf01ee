export type StyleName = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan'

/** What a piece of text may use: how wide, which characters, which colours. Plain data, so rendering stays pure. */
export interface Look {
  /** Characters a line may take; `Infinity` where nothing limits it (a pipe, a file). */
  readonly columns: number
  /** Whether block characters, `…` and `×` can be shown; else ASCII stands in. */
  readonly unicode: boolean
  /** Wraps text in a colour, or returns it as it is. */
  readonly paint: (style: StyleName, text: string) => string
}

/** The variables that decide a {@link Look}; `process.env` is one. */
export interface Environment {
  readonly COLUMNS?: string | undefined
  readonly FORCE_COLOR?: string | undefined
  readonly LANG?: string | undefined
  readonly LC_ALL?: string | undefined
  readonly LC_CTYPE?: string | undefined
  readonly NO_COLOR?: string | undefined
  readonly TERM?: string | undefined
}

/** The part of a `tty.WriteStream` that decides a {@link Look}. */
export interface Surface {
  readonly isTTY?: boolean | undefined
  readonly columns?: number | undefined
}

/** Where a TTY does not say how wide it is (serial lines, some containers report 0). */
const DEFAULT_COLUMNS = 80

/** `color: false` is `--no-color`. */
export function lookOf(surface: Surface, env: Environment, color?: boolean | undefined): Look {
  const paint = wantsColor(surface, env, color) ? paintAnsi : paintNothing
  return {
    get columns() {
      return columnsOf(surface, env)
    },
    unicode: wantsUnicode(env),
    paint,
  }
}

/** A look without colour. */
export function plainLook(columns: number, unicode = true): Look {
  return { columns, unicode, paint: paintNothing }
}

// util.styleText would do, but whether it looks at the stream and at NO_COLOR differs between Node 20, 22 and 24.
const ANSI: Readonly<Record<StyleName, readonly [on: number, off: number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
}

function paintAnsi(style: StyleName, text: string): string {
  const [on, off] = ANSI[style]
  return text === '' ? '' : `\x1b[${on}m${text}\x1b[${off}m`
}

function paintNothing(_style: StyleName, text: string): string {
  return text
}

/** The flag, then FORCE_COLOR, then NO_COLOR, then whether a person is watching. An empty variable says nothing. */
function wantsColor(surface: Surface, env: Environment, color: boolean | undefined): boolean {
  if (color !== undefined) return color
  const force = env.FORCE_COLOR
  if (force !== undefined && force !== '') return force !== '0' && force !== 'false'
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return false
  return surface.isTTY === true && env.TERM !== 'dumb'
}

/** A locale that names another character set means it; one that names none is nearly always UTF-8 today. */
function wantsUnicode(env: Environment): boolean {
  if (env.TERM === 'linux') return false // the kernel console has 256 glyphs
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || ''
  return locale === '' || /utf-?8/i.test(locale)
}

function columnsOf(surface: Surface, env: Environment): number {
  if (surface.isTTY === true) return surface.columns || DEFAULT_COLUMNS
  const stated = Number(env.COLUMNS)
  return Number.isInteger(stated) && stated > 0 ? stated : Number.POSITIVE_INFINITY
}
