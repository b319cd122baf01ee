import { describe, expect, test } from 'vitest'
import { SettingsConflictError } from '../../src/model/errors.js'
import { rowsBySource } from '../../src/service/report.js'
import { AAPL, MSFT } from '../support/bars.js'
import { everyBar, plainBar, ScriptedSource } from '../support/scripted-source.js'
import { commitCount, createWorld, errorOf, WEDNESDAY } from './world.js'

describe('report.asOf', () => {
  test('reads the same rows later, whatever was written since', async () => {
    const { service, catalog } = await createWorld()
    const { frame, report } = await service.fetchOrLoad(AAPL, WEDNESDAY)
    await catalog.write(AAPL, [plainBar('2024-01-03T15:00Z', 7)])
    await catalog.deleteRange(AAPL, { start: '2024-01-03T16:00:00Z', end: '2024-01-03T17:00:00Z' })
    const again = await service.fetchOrLoad(AAPL, { ...WEDNESDAY, asOf: report.asOf })
    expect([...again.frame]).toEqual([...frame])
    expect(again.report).toMatchObject({ asOf: report.asOf, requests: 0, bySource: { scripted: 390 } })
  })

  test('is the state the frame was read from, though another writer commits before the report is made', async () => {
    const { service, catalog } = await createWorld()
    await service.fetchOrLoad(AAPL, WEDNESDAY)
    const query = catalog.query.bind(catalog)
    catalog.query = async (series, options) => {
      const frame = await query(series, options)
      await catalog.write(AAPL, [plainBar('2024-01-03T15:00Z', 7)])
      return frame
    }
    const { frame, report } = await service.fetchOrLoad(AAPL, WEDNESDAY)
    expect(frame.column('close')[30]).toBe(100)
    const again = await query(AAPL, { ...WEDNESDAY, session: 'regular', asOf: report.asOf })
    expect(again.column('close')[30]).toBe(100)
    expect(report.bySource).toEqual({ scripted: 390 })
  })

  test('given never fetches, whatever is missing then or now', async () => {
    const { service, catalog, source } = await createWorld()
    const before = catalog.version()
    expect(await errorOf(service.fetchOrLoad(AAPL, { ...WEDNESDAY, asOf: before }))).toMatchObject({
      code: 'DATA_NOT_FOUND',
    })
    const { report } = await service.fetchOrLoad(AAPL, WEDNESDAY)
    source.asked()
    const wide = await service.fetchOrLoad(AAPL, { start: '2024-01-03', end: '2024-01-05', asOf: report.asOf })
    expect(source.asked()).toEqual([])
    expect(wide.frame.numRows).toBe(390)
    expect(wide.report.missing).toEqual([{ start: '2024-01-04T14:30:00Z', end: '2024-01-04T21:00:00Z' }])
  })

  test('given that is no version is an InvalidRequestError', async () => {
    const { service } = await createWorld()
    expect(await errorOf(service.fetchOrLoad(AAPL, { ...WEDNESDAY, asOf: 'yesterday' }))).toMatchObject({
      code: 'INVALID_REQUEST',
    })
  })
})

describe('report.bySource', () => {
  test('counts the rows of the result by who brought them', async () => {
    const world = await createWorld()
    const noon = { start: '2024-01-03T17:00:00Z', end: '2024-01-03T17:10:00Z' }
    await world.catalog.write(AAPL, [plainBar('2024-01-03T17:05Z')], { coverage: noon })
    const other = new ScriptedSource({ name: 'other' })
    await world.serviceWith(other).fetchOrLoad(AAPL, { start: '2024-01-03T15:00:00Z', end: '2024-01-03T16:00:00Z' })
    const { report } = await world.service.fetchOrLoad(AAPL, WEDNESDAY)
    expect(report.bySource).toEqual({ scripted: 320, other: 60, unknown: 1 })
  })

  test('of no rows is empty', () => {
    expect(rowsBySource(new BigInt64Array(0), [])).toEqual({})
  })

  test('counts a row outside all coverage as unknown', () => {
    const coverage = [{ startNs: 0n, endNs: 10n, state: 'data', provenance: { source: 'a' } }] as const
    expect(rowsBySource(BigInt64Array.from([0n, 9n, 10n]), coverage)).toEqual({ a: 2, unknown: 1 })
  })
})

describe('report.correlationId', () => {
  test('is in every line that the call causes, and in no other', async () => {
    const { service, log } = await createWorld()
    const [first, second] = [await service.fetchOrLoad(AAPL, WEDNESDAY), await service.fetchOrLoad(MSFT, WEDNESDAY)]
    const ids = log.lines.map((it) => it.fields['correlationId'])
    expect(new Set(ids)).toEqual(new Set([first.report.correlationId, second.report.correlationId]))
    expect(first.report.correlationId).not.toBe(second.report.correlationId)
    expect(log.lines.map((it) => it.message)).toContain('committed')
  })
})

describe('settings', () => {
  test('that differ from those stored are a SettingsConflictError naming both, and nothing is stored', async () => {
    const world = await createWorld({ setting: { whatToShow: 'TRADES' } })
    await world.service.fetchOrLoad(AAPL, WEDNESDAY)
    const commits = await commitCount(world.catalog)
    const midpoint = world.serviceWith(new ScriptedSource({ setting: { whatToShow: 'MIDPOINT' } }))
    const error = await errorOf(midpoint.fetchOrLoad(AAPL, { start: '2024-01-04', end: '2024-01-05' }))
    expect(error).toBeInstanceOf(SettingsConflictError)
    expect((error as Error).message).toMatch(/TRADES.*MIDPOINT/)
    expect((error as { hint: string }).hint).toContain('--catalog')
    expect(await commitCount(world.catalog)).toBe(commits)
  })

  test('never stated conflict with nothing', async () => {
    const world = await createWorld({ setting: { whatToShow: 'TRADES' } })
    await world.catalog.write(AAPL, [plainBar('2024-01-02T15:00Z')])
    const { report } = await world.service.fetchOrLoad(AAPL, WEDNESDAY)
    expect(report.requests).toBe(1)
  })

  test('are kept with what was fetched, beside what the source says of its answer', async () => {
    const { service, source, catalog } = await createWorld({ setting: { whatToShow: 'TRADES', useRTH: true } })
    const fetch = source.fetch.bind(source)
    source.fetch = async (request, context) => ({
      ...(await fetch(request, context)),
      provenance: { contractId: '265598' },
    })
    await service.fetchOrLoad(AAPL, WEDNESDAY)
    expect(await catalog.coverage(AAPL)).toMatchObject([
      {
        state: 'data',
        provenance: {
          source: 'scripted',
          fetchedAt: '2024-06-03T12:00:00Z',
          contractId: '265598',
          setting: { whatToShow: 'TRADES', useRTH: true },
        },
      },
    ])
  })
})

test('report counts requests and rows of this call only', async () => {
  const { service, source } = await createWorld({ script: everyBar() })
  await service.fetchOrLoad(AAPL, WEDNESDAY)
  const { report } = await service.fetchOrLoad(AAPL, { start: '2024-01-03', end: '2024-01-06' })
  expect(report).toMatchObject({ requests: 2, fetchedRows: 780 })
  expect(source.requests).toHaveLength(3)
})
