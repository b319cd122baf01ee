import { describe, expect, test } from 'vitest'
import type { IbkrSourceOptions } from '../../../src/sources/ibkr/options.js'
import { IbkrSource } from '../../../src/sources/ibkr/source.js'

describe('an option that cannot be is refused before anything is connected', () => {
  test.each<[IbkrSourceOptions, string]>([
    [{ port: 70_000 }, 'port 70000'],
    [{ port: Number.NaN }, 'port NaN'],
    [{ clientId: -1 }, 'clientId -1'],
    [{ timeScale: 0.5 }, 'timeScale 0.5'],
    [{ pacingTimeoutMs: -1 }, 'pacingTimeoutMs -1'],
    [{ requestTimeoutMs: 0 }, 'requestTimeoutMs 0'],
    // A timer of so long would end at once.
    [{ requestTimeoutMs: 30 * 86_400_000 }, 'requestTimeoutMs 2592000000'],
    [{ connectTimeoutMs: Number.POSITIVE_INFINITY }, 'connectTimeoutMs Infinity'],
    [{ reconnectWithinMs: 2 ** 31 }, 'reconnectWithinMs 2147483648'],
  ])('%o', (options, named) => {
    expect(() => new IbkrSource(options)).toThrow(
      expect.objectContaining({ code: 'INVALID_REQUEST', message: expect.stringContaining(named) }),
    )
  })

  test('those at their bounds are taken', () => {
    expect(() => new IbkrSource({ port: 65_535, clientId: 0, requestTimeoutMs: 2 ** 31 - 1 })).not.toThrow()
    expect(() => new IbkrSource({ pacingTimeoutMs: 0, timeScale: 1 })).not.toThrow()
  })
})
