import { afterEach, describe, expect, test, vi } from 'vitest'
import { ConnectionError } from '../../src/model/errors.js'
import { AAPL } from '../support/bars.js'
import { everyBar, failsOn, hangsOn } from '../support/scripted-source.js'
import { commitCount, coverageText, createWorld, errorOf } from './world.js'

const THREE_DAYS = { start: '2024-01-02', end: '2024-01-05', allOrNothing: true } as const

afterEach(() => {
  vi.restoreAllMocks()
})

describe('all or nothing', () => {
  test('commits once, at the end, however long the download takes', async () => {
    const { service, catalog } = await createWorld()
    // Ten seconds from one look at the clock to the next: more than the time between two commits.
    let nowMs = 0
    vi.spyOn(performance, 'now').mockImplementation(() => (nowMs += 10_000))
    const { frame, report } = await service.fetchOrLoad(AAPL, THREE_DAYS)
    expect(frame.numRows).toBe(3 * 390)
    expect(report.requests).toBe(3)
    expect(await commitCount(catalog)).toBe(1)
  })

  test('leaves nothing when the source is lost half-way, and everything is asked again', async () => {
    const { service, source, catalog } = await createWorld({ script: failsOn(2, new ConnectionError('lost')) })
    const error = await errorOf(service.fetchOrLoad(AAPL, THREE_DAYS))
    expect((error as ConnectionError).missing).toHaveLength(3)
    expect(await coverageText(catalog, AAPL)).toEqual([])
    source.asked()
    await service.fetchOrLoad(AAPL, THREE_DAYS)
    expect(source.asked()).toHaveLength(3)
  })

  test('leaves nothing when the caller aborts', async () => {
    const controller = new AbortController()
    const { service, catalog } = await createWorld({
      script: hangsOn(1, (request, index, context) => {
        setImmediate(() => controller.abort())
        return everyBar()(request, index, context)
      }),
    })
    expect(await errorOf(service.fetchOrLoad(AAPL, { ...THREE_DAYS, signal: controller.signal }))).toMatchObject({
      code: 'ABORTED',
    })
    expect(await commitCount(catalog)).toBe(0)
  })
})

test('without it the same loss leaves what had arrived', async () => {
  const { service, catalog } = await createWorld({ script: failsOn(2, new ConnectionError('lost')) })
  await errorOf(service.fetchOrLoad(AAPL, { ...THREE_DAYS, allOrNothing: false }))
  expect(await coverageText(catalog, AAPL)).toHaveLength(2)
})
