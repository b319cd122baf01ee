import { describe, expect, it } from 'vitest'
import { type Environment, lookOf, plainLook, type Surface } from '../../../src/cli/render/look.js'

const TTY: Surface = { isTTY: true, columns: 120 }
const PIPE: Surface = {}

function isColored(surface: Surface, env: Environment, color?: boolean): boolean {
  return lookOf(surface, env, color).paint('red', 'x') !== 'x'
}

describe('colour', () => {
  it.each<[string, Surface, Environment, boolean | undefined, boolean]>([
    ['a TTY has it', TTY, {}, undefined, true],
    ['a pipe has none', PIPE, {}, undefined, false],
    ['NO_COLOR takes it away', TTY, { NO_COLOR: '1' }, undefined, false],
    ['an empty NO_COLOR says nothing', TTY, { NO_COLOR: '' }, undefined, true],
    ['FORCE_COLOR gives it to a pipe', PIPE, { FORCE_COLOR: '1' }, undefined, true],
    ['FORCE_COLOR=0 takes it away', TTY, { FORCE_COLOR: '0' }, undefined, false],
    ['FORCE_COLOR wins over NO_COLOR', PIPE, { FORCE_COLOR: '1', NO_COLOR: '1' }, undefined, true],
    ['--no-color wins over FORCE_COLOR', TTY, { FORCE_COLOR: '1' }, false, false],
    ['a dumb terminal has none', TTY, { TERM: 'dumb' }, undefined, false],
  ])('%s', (_, surface, env, color, expected) => expect(isColored(surface, env, color)).toBe(expected))

  it('ends what it begins, and leaves an empty text empty', () => {
    const { paint } = lookOf(TTY, {})
    expect(paint('red', 'x')).toBe('\x1b[31mx\x1b[39m')
    expect(paint('bold', '')).toBe('')
    expect(plainLook(80).paint('red', 'x')).toBe('x')
  })
})

describe('width', () => {
  it.each<[string, Surface, Environment, number]>([
    ['a TTY says it', TTY, { COLUMNS: '50' }, 120],
    ['a TTY that says 0 is taken for 80', { isTTY: true, columns: 0 }, {}, 80],
    ['a pipe has no limit', PIPE, {}, Number.POSITIVE_INFINITY],
    ['COLUMNS limits a pipe', PIPE, { COLUMNS: '50' }, 50],
    ['nonsense in COLUMNS does not', PIPE, { COLUMNS: 'wide' }, Number.POSITIVE_INFINITY],
  ])('%s', (_, surface, env, expected) => expect(lookOf(surface, env).columns).toBe(expected))

  it('is read anew when a window is resized', () => {
    const surface = { isTTY: true, columns: 120 }
    const look = lookOf(surface, {})
    surface.columns = 60
    expect(look.columns).toBe(60)
  })
})

describe('unicode', () => {
  it.each<[Environment, boolean]>([
    [{}, true],
    [{ LANG: 'en_US.UTF-8' }, true],
    [{ LANG: 'de_DE.ISO-8859-1' }, false],
    [{ LANG: 'en_US.UTF-8', LC_ALL: 'C' }, false],
    [{ LC_ALL: '', LANG: 'C.utf8' }, true],
    [{ LANG: 'en_US.UTF-8', TERM: 'linux' }, false],
  ])('%j: %s', (env, expected) => expect(lookOf(TTY, env).unicode).toBe(expected))
})
