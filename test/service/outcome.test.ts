import { describe, expect, test } from 'vitest'
import { ConnectionError, SourceRejectedError } from '../../src/model/errors.js'
import { SimSource } from '../../src/sources/sim.js'
import { AAPL, minuteBars } from '../support/bars.js'
import { failsOn, plainBar } from '../support/scripted-source.js'
import { commitCount, createWorld, errorOf, WEDNESDAY } from './world.js'

const WEDNESDAY_GAP = { start: '2024-01-03T14:30:00Z', end: '2024-01-03T21:00:00Z' }

test('rows that are stored, but lie outside the session asked for, are spoken of when there are no others', async () => {
  const { service, catalog } = await createWorld({ script: () => [] })
  await catalog.write(AAPL, minuteBars('2024-01-03T09:30Z', 3))
  const error = await errorOf(service.fetchOrLoad(AAPL, WEDNESDAY))
  expect(error).toMatchObject({ code: 'DATA_NOT_FOUND', hint: expect.stringContaining('--session all') })
  const { frame } = await service.fetchOrLoad(AAPL, { ...WEDNESDAY, session: 'all' })
  expect(frame.numRows).toBe(3)
})

describe('without a source', () => {
  test('what is missing is a DataNotFoundError with the gaps and the ways to get them', async () => {
    const { serviceWith } = await createWorld()
    const error = await errorOf(serviceWith(undefined).fetchOrLoad(AAPL, WEDNESDAY))
    expect(error).toMatchObject({
      code: 'DATA_NOT_FOUND',
      missing: [WEDNESDAY_GAP],
      knownEmpty: false,
      tooRecent: false,
    })
    expect((error as { hint: string }).hint).toContain('ntrader data fetch')
    expect((error as { hint: string }).hint).toContain('ntrader data import csv')
  })

  test('a part missing is an error too, that names only that part', async () => {
    const { service, serviceWith } = await createWorld()
    await service.fetchOrLoad(AAPL, WEDNESDAY)
    const error = await errorOf(serviceWith(undefined).fetchOrLoad(AAPL, { start: '2024-01-03', end: '2024-01-05' }))
    expect(error).toMatchObject({ missing: [{ start: '2024-01-04T14:30:00Z', end: '2024-01-04T21:00:00Z' }] })
  })

  test('what is stored is loaded', async () => {
    const { service, serviceWith } = await createWorld()
    await service.fetchOrLoad(AAPL, WEDNESDAY)
    expect((await serviceWith(undefined).fetchOrLoad(AAPL, WEDNESDAY)).frame.numRows).toBe(390)
  })

  test("another source's word that a range is empty is enough", async () => {
    const { service, serviceWith } = await createWorld({ script: () => [] })
    await errorOf(service.fetchOrLoad(AAPL, WEDNESDAY))
    expect(await errorOf(serviceWith(undefined).fetchOrLoad(AAPL, WEDNESDAY))).toMatchObject({ knownEmpty: true })
  })
})

test('a source that cannot be reached is a ConnectionError that names everything missing, and nothing is committed', async () => {
  const { service, catalog } = await createWorld({ script: failsOn(0, new ConnectionError('no route')) })
  const error = await errorOf(service.fetchOrLoad(AAPL, WEDNESDAY))
  expect(error).toMatchObject({ code: 'CONNECTION', missing: [WEDNESDAY_GAP] })
  expect(await commitCount(catalog)).toBe(0)
})

test('a range that is closed throughout is known to be empty, without a request', async () => {
  const { service, source } = await createWorld()
  // A weekend, and Christmas.
  for (const range of [
    { start: '2024-01-06', end: '2024-01-08' },
    { start: '2023-12-25', end: '2023-12-26' },
  ]) {
    expect(await errorOf(service.fetchOrLoad(AAPL, range))).toMatchObject({
      code: 'DATA_NOT_FOUND',
      knownEmpty: true,
      tooRecent: false,
      missing: [],
    })
  }
  expect(source.asked()).toEqual([])
})

test('a source that plans no request for a gap leaves it missing: that is not "empty"', async () => {
  const { service, catalog } = await createWorld({ plan: () => [] })
  const error = await errorOf(service.fetchOrLoad(AAPL, WEDNESDAY))
  expect(error).toMatchObject({ code: 'DATA_NOT_FOUND', knownEmpty: false, missing: [WEDNESDAY_GAP] })
  expect(await commitCount(catalog)).toBe(0)
})

describe('a source that does not serve the series', () => {
  test('refuses what is missing', async () => {
    const { serviceWith, catalog } = await createWorld()
    const error = await errorOf(serviceWith(new SimSource()).fetchOrLoad(AAPL, WEDNESDAY))
    expect(error).toBeInstanceOf(SourceRejectedError)
    expect(await commitCount(catalog)).toBe(0)
  })

  test('is no hindrance to loading what is stored', async () => {
    const { catalog, serviceWith } = await createWorld()
    await catalog.write(AAPL, [plainBar('2024-01-03T15:00Z')], { coverage: WEDNESDAY })
    const { frame, report } = await serviceWith(new SimSource()).fetchOrLoad(AAPL, WEDNESDAY)
    expect(frame.numRows).toBe(1)
    expect(report).toMatchObject({ requests: 0, bySource: { unknown: 1 } })
  })
})

test.each([
  ['an id that is none', { ...AAPL, instrument: 'AAPL' }, WEDNESDAY],
  ['a bar type that is none', { ...AAPL, barType: '7-MINUTE-LAST' }, WEDNESDAY],
  ['a start that is not before the end', AAPL, { start: '2024-01-04', end: '2024-01-04' }],
  ['a naive date-time', AAPL, { start: '2024-01-03T10:00:00', end: '2024-01-04' }],
])('%s is an InvalidRequestError, without a request', async (_, series, range) => {
  const { service, source } = await createWorld()
  expect(await errorOf(service.fetchOrLoad(series, range))).toMatchObject({ code: 'INVALID_REQUEST' })
  expect(source.asked()).toEqual([])
})
