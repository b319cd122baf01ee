import { writeFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { InvalidRequestError } from '../../../src/model/errors.js'
import { IbkrSource } from '../../../src/sources/ibkr/source.js'
import { temporaryFolder } from '../../support/catalog.js'
import { createIbkrWorld } from '../../support/ibkr-world.js'

describe('the source', () => {
  test.each([
    // A timer of more than 24.8 days goes off at once.
    { requestTimeoutMs: 40 * 86_400_000 },
    { requestTimeoutMs: 0 },
    { connectTimeoutMs: Number.NaN },
    { pacingTimeoutMs: -1 },
    { reconnectWithinMs: Number.POSITIVE_INFINITY },
    { port: 70_000 },
    { clientId: -1 },
    { timeScale: 0.5 },
  ])('refuses what cannot be, a time-out that is none among it: %o', (options) => {
    const [name = ''] = Object.keys(options)
    expect(() => new IbkrSource(options)).toThrow(InvalidRequestError)
    expect(() => new IbkrSource(options)).toThrow(name)
  })

  test('warns everybody, not the log alone, where pacing cannot be shared with other programs', async () => {
    const stateDirectory = `${await temporaryFolder()}/file`
    await writeFile(stateDirectory, '')
    const warned = new Promise<Error>((resolve) => process.once('warning', resolve))
    const { service } = await createIbkrWorld({ stateDirectory })
    const series = { type: 'bars', instrument: 'AAPL.SIM', barType: '1-MINUTE-LAST' } as const
    const { frame } = await service.fetchOrLoad(series, { start: '2024-06-03', end: '2024-06-04' })
    expect(frame.numRows).toBe(390)
    expect((await warned).message).toContain('cannot be kept')
  })
})
