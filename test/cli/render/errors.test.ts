import { CommanderError } from 'commander'
import { describe, expect, it } from 'vitest'
import { errorJson, errorLines, exitCodeOf } from '../../../src/cli/render/errors.js'
import { lookOf, plainLook } from '../../../src/cli/render/look.js'
import * as model from '../../../src/model/errors.js'

const LOOK = plainLook(80)
const MISSING = [{ start: '2024-01-02T14:30:00Z', end: '2024-01-02T21:00:00Z' }]
const GATEWAY = new model.IbkrConnectionError('no connection to IB Gateway at 127.0.0.1:4002', {
  steps: ['Start TWS or IB Gateway.', 'Check that the API port is 4002.'],
  cause: new Error('the socket closed', { cause: new Error('connect ECONNREFUSED 127.0.0.1:4002') }),
  missing: MISSING,
})

describe('for a person', () => {
  it('what happened, what is lost, why, and what to do', () => {
    expect(errorLines(GATEWAY, LOOK)).toEqual([
      'error: no connection to IB Gateway at 127.0.0.1:4002',
      '  missing: 2024-01-02T14:30:00Z .. 2024-01-02T21:00:00Z',
      '  because: the socket closed',
      '  because: connect ECONNREFUSED 127.0.0.1:4002',
      'What to do:',
      '  1. Start TWS or IB Gateway.',
      '  2. Check that the API port is 4002.',
    ])
  })

  it('in colour the labels only', () => {
    const lines = errorLines(GATEWAY, lookOf({ isTTY: true }, {}))
    expect(lines[0]).toBe('\x1b[31merror:\x1b[39m no connection to IB Gateway at 127.0.0.1:4002')
    expect(lines[2]).toBe('  \x1b[2mbecause:\x1b[22m the socket closed')
  })

  it('a stack only when verbose, with those of the causes', () => {
    const isFrame = (line: string): boolean => /^\s+at .+:\d+/.test(line)
    expect(errorLines(GATEWAY, LOOK).some(isFrame)).toBe(false)
    const verbose = errorLines(GATEWAY, LOOK, true)
    expect(verbose.some(isFrame)).toBe(true)
    expect(verbose).toContain('Error: connect ECONNREFUSED 127.0.0.1:4002')
  })

  it('bad rows are listed, the first ten, all when verbose', () => {
    const problems = Array.from({ length: 1312 }, (_, i) => `line ${i + 2}: high 1 < low 2`)
    const error = new model.InvalidDataError('1,312 rows are not valid bars', { problems })
    const lines = errorLines(error, LOOK)
    expect(lines.slice(0, 2)).toEqual(['error: 1,312 rows are not valid bars', '  line 2: high 1 < low 2'])
    expect(lines.slice(10)).toEqual(['  line 11: high 1 < low 2', '  and 1,302 more (--verbose lists them)'])
    expect(errorLines(error, LOOK, true)).toContain('  line 1313: high 1 < low 2')
  })

  it('corrupt files are listed with what they take away', () => {
    const files = [{ file: 'bars/a.parquet', reason: 'wrong sha256', interval: { start: 'S', end: 'E' } }]
    expect(errorLines(new model.CatalogCorruptionError('1 file is damaged', { files }), LOOK)).toEqual([
      'error: 1 file is damaged',
      '  bars/a.parquet: wrong sha256 (S .. E)',
    ])
  })

  it('what the message names already is not said twice', () => {
    const cause = new Error('ENOSPC: no space left on device')
    const full = new model.StorageError('cannot write: ENOSPC: no space left on device', { errno: 'ENOSPC', cause })
    expect(errorLines(full, LOOK)).toEqual(['error: cannot write: ENOSPC: no space left on device'])
    const gone = new model.DataNotFoundError('nothing from 2024-01-02T14:30:00Z on', { missing: MISSING })
    expect(errorLines(gone, LOOK)).toEqual(['error: nothing from 2024-01-02T14:30:00Z on'])
  })

  it('a connection that failed over IPv6 and IPv4 names both, without an empty line between', () => {
    const both = ['::1:4002', '127.0.0.1:4002'].map((it) => new Error(`connect ECONNREFUSED ${it}`))
    const cause = Object.assign(new AggregateError(both), { code: 'ECONNREFUSED' })
    expect(errorLines(new model.ConnectionError('no connection', { cause }), LOOK)).toEqual([
      'error: no connection',
      '  because: connect ECONNREFUSED ::1:4002',
      '  because: connect ECONNREFUSED 127.0.0.1:4002',
    ])
  })

  it('a chain that ends in itself ends', () => {
    const a = new Error('a')
    const b = new Error('b', { cause: a })
    a.cause = b
    expect(errorLines(a, LOOK).slice(0, 2)).toEqual(['error: a', '  because: b'])
  })

  it('an error without a message shows its code; a thrown text shows itself', () => {
    expect(errorLines(Object.assign(new Error(''), { code: 'ETIMEDOUT' }), LOOK)[0]).toBe('error: ETIMEDOUT')
    expect(errorLines('out of luck', LOOK)[0]).toBe('error: out of luck')
    expect(errorLines(undefined, LOOK)[0]).toBe('error: undefined')
  })

  it('an interruption is not called an error', () => {
    expect(errorLines(new model.AbortedError('stopped after 3 of 12 requests'), LOOK)).toEqual([
      'interrupted: stopped after 3 of 12 requests',
    ])
  })

  it("commander's own words, without its second 'error:'", () => {
    const error = new CommanderError(
      1,
      'commander.unknownOption',
      "error: unknown option '--nope'\n(Did you mean --no?)",
    )
    expect(errorLines(error, LOOK)).toEqual([
      "error: unknown option '--nope'",
      '  (Did you mean --no?)',
      'What to do:',
      '  1. Run it with --help to see what it takes.',
    ])
  })

  it("a source's text cannot recolour the screen", () => {
    expect(errorLines(new model.SourceRejectedError('no\x1b[2J permission'), LOOK)).toEqual([
      'error: no [2J permission',
    ])
  })
})

describe('for a script', () => {
  it('code, message with its causes, hint, on one line', () => {
    expect(JSON.parse(errorJson(GATEWAY))).toEqual({
      error: {
        code: 'IBKR_CONNECTION',
        message:
          'no connection to IB Gateway at 127.0.0.1:4002: missing: 2024-01-02T14:30:00Z .. 2024-01-02T21:00:00Z: the socket closed: connect ECONNREFUSED 127.0.0.1:4002',
        hint: '1. Start TWS or IB Gateway.\n2. Check that the API port is 4002.',
      },
    })
    expect(errorJson(GATEWAY)).not.toContain('\n')
  })

  it('no steps: an empty hint', () => {
    expect(errorJson(new model.WriteConflictError('lost the race'))).toBe(
      '{"error":{"code":"WRITE_CONFLICT","message":"lost the race","hint":""}}',
    )
  })

  it.each<[unknown, string]>([
    [new CommanderError(1, 'commander.missingArgument', 'error: missing ID'), 'INVALID_REQUEST'],
    [new DOMException('stop', 'AbortError'), 'ABORTED'],
    [new TypeError('x is undefined'), 'UNEXPECTED'],
  ])('%s has the code %s', (error, code) => expect(JSON.parse(errorJson(error)).error.code).toBe(code))
})

describe('exit codes', () => {
  it.each<[number, unknown]>([
    [1, new model.InvalidDataError('')],
    [1, new model.SourceRejectedError('')],
    [1, new model.WriteConflictError('')],
    [1, new model.SettingsConflictError('')],
    [1, new model.AdjustmentChangedError('', { factor: 4 })],
    [1, new model.DecodeError('')],
    [1, new model.StorageError('', { errno: 'EACCES' })],
    [1, new model.UnsupportedFormatError('')],
    [1, new model.ClosedError()],
    [2, new model.InvalidRequestError('')],
    [3, new model.DataNotFoundError('')],
    [3, new model.VersionExpiredError('')],
    [4, new model.CatalogCorruptionError('')],
    [5, new model.ConnectionError('')],
    [5, new model.IbkrConnectionError('')],
    [6, new model.PacingError('', { retryAfterMs: 1 })],
    [6, new model.CatalogLockedError('', { holder: 'pid 7' })],
    [130, new model.AbortedError()],
    [130, new DOMException('stop', 'AbortError')],
    [130, AbortSignal.abort().reason],
    [2, new CommanderError(1, 'commander.unknownCommand', 'error: unknown command')],
    [2, new CommanderError(1, 'commander.help', '(outputHelp)')],
    [0, new CommanderError(0, 'commander.helpDisplayed', '(outputHelp)')],
    [0, new CommanderError(0, 'commander.version', '1.0.0')],
    [1, new TypeError('a bug')],
    [1, 'a thrown text'],
    [1, undefined],
  ])('%d for %s', (code, error) => expect(exitCodeOf(error)).toBe(code))
})
