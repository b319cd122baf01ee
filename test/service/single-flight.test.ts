import { expect, test, vi } from 'vitest'
import { ConnectionError } from '../../src/model/errors.js'
import { normalize } from '../../src/model/interval.js'
import { AAPL, MSFT, spans } from '../support/bars.js'
import { everyBar, failsOn } from '../support/scripted-source.js'
import { BTC_HOURLY, createWorld, errorOf, WEDNESDAY, WEDNESDAY_SESSION } from './world.js'

test('ten calls at once for one series ask each gap once, and all get the rows', async () => {
  const { service, source } = await createWorld()
  const results = await Promise.all(Array.from({ length: 10 }, () => service.fetchOrLoad(AAPL, WEDNESDAY)))
  expect(source.asked()).toEqual([WEDNESDAY_SESSION])
  expect(results.map((it) => it.frame.numRows)).toEqual(new Array(10).fill(390))
  expect(results.reduce((sum, it) => sum + it.report.requests, 0)).toBe(1)
})

test('two services on one root in a process ask each gap once between them', async () => {
  const { service, source, reopen } = await createWorld()
  const other = (await reopen()).service
  const both = await Promise.all([service.fetchOrLoad(AAPL, WEDNESDAY), other.fetchOrLoad(AAPL, WEDNESDAY)])
  expect(source.asked()).toEqual([WEDNESDAY_SESSION])
  expect(both.map((it) => it.frame.numRows)).toEqual([390, 390])
})

test('overlapping ranges asked for at once ask no minute twice', async () => {
  const { service, source } = await createWorld()
  const ranges = [1, 3, 2, 5, 1].map((day, i) => ({ start: `2024-01-0${day}`, end: `2024-01-0${day + 2 + (i % 3)}` }))
  await Promise.all(ranges.map((it) => service.fetchOrLoad(BTC_HOURLY, it)))
  const asked = source.requests.map((it) => it.interval)
  const total = asked.reduce((sum, it) => sum + it.endNs - it.startNs, 0n)
  const distinct = normalize(asked)
  expect(distinct.reduce((sum, it) => sum + it.endNs - it.startNs, 0n)).toBe(total)
  expect(spans(distinct)).toEqual(['2024-01-01T00:00:00Z..2024-01-07T00:00:00Z'])
})

test('different series are downloaded side by side', async () => {
  const { service, source } = await createWorld()
  // Each answer waits until both series have asked: one after the other would wait for ever.
  source.script = async (request, index, context) => {
    await vi.waitUntil(() => source.requests.length === 2)
    return everyBar()(request, index, context)
  }
  const both = await Promise.all([service.fetchOrLoad(AAPL, WEDNESDAY), service.fetchOrLoad(MSFT, WEDNESDAY)])
  expect(both.map((it) => it.frame.numRows)).toEqual([390, 390])
})

test('a call that waited for a failed download makes its own', async () => {
  const { service, source } = await createWorld({ script: failsOn(0, new ConnectionError('lost')) })
  const [first, second] = await Promise.allSettled([
    service.fetchOrLoad(AAPL, WEDNESDAY),
    service.fetchOrLoad(AAPL, WEDNESDAY),
  ])
  expect([first.status, second.status]).toEqual(['rejected', 'fulfilled'])
  expect(source.asked()).toEqual([WEDNESDAY_SESSION, WEDNESDAY_SESSION])
})

test('closing waits for the downloads under way, and closes the source', async () => {
  const { service, source, catalog } = await createWorld()
  const close = vi.fn(async () => undefined)
  Object.assign(source, { close })
  const running = service.fetchOrLoad(AAPL, WEDNESDAY)
  await vi.waitUntil(() => source.requests.length === 1)
  await service.close()
  expect(close).toHaveBeenCalledOnce()
  expect((await catalog.files(AAPL)).length).toBe(1)
  expect((await running).frame.numRows).toBe(390)
})

test('a failed download does not stand in the way of the next', async () => {
  const { service } = await createWorld({ script: failsOn(0, new ConnectionError('lost')) })
  await errorOf(service.fetchOrLoad(AAPL, WEDNESDAY))
  expect((await service.fetchOrLoad(AAPL, WEDNESDAY)).frame.numRows).toBe(390)
})
