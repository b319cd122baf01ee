import { expect, test } from 'vitest'
import { AAPL } from '../support/bars.js'
import { createWorld, errorOf, WEDNESDAY } from './world.js'

test('a plan as of an earlier state asks nothing, as the fetch itself would', async () => {
  const { service, catalog } = await createWorld()
  await service.fetchOrLoad(AAPL, WEDNESDAY)
  const asOf = catalog.version()
  const wider = { start: '2024-01-02', end: '2024-01-05', asOf }
  expect(await service.plan(AAPL, wider)).toEqual({ gaps: [], requests: [] })
  expect((await service.fetchOrLoad(AAPL, wider)).report.requests).toBe(0)
})

test('a plan of a refresh of the past is refused like the refresh', async () => {
  const { service } = await createWorld()
  const error = await errorOf(service.plan(AAPL, { ...WEDNESDAY, refresh: true, asOf: 'bars@1' }))
  expect(error).toMatchObject({ code: 'INVALID_REQUEST' })
})
