import { afterEach, describe, expect, test, vi } from 'vitest'
import {
  AbortedError,
  CatalogLockedError,
  ConnectionError,
  IbkrConnectionError,
  PacingError,
  SourceRejectedError,
} from '../../src/model/errors.js'
import type { FetchProgress } from '../../src/service/types.js'
import { AAPL } from '../support/bars.js'
import { everyBar, failsOn, hangsOn } from '../support/scripted-source.js'
import { commitCount, coverageText, createWorld, errorOf } from './world.js'

/** Three sessions, Tuesday to Thursday. */
const THREE_DAYS = { start: '2024-01-02', end: '2024-01-05' } as const
const sessionOf = (date: string): string => `${date}T14:30:00Z..${date}T21:00:00Z`
const gapOf = (date: string): object => ({ start: `${date}T14:30:00Z`, end: `${date}T21:00:00Z` })

describe('a source that is lost half-way', () => {
  test('leaves what arrived committed, and its error names what is still missing', async () => {
    const { service, source, catalog } = await createWorld({ script: failsOn(1, new ConnectionError('lost')) })
    const error = await errorOf(service.fetchOrLoad(AAPL, THREE_DAYS))
    expect(error).toBeInstanceOf(ConnectionError)
    expect(error).toMatchObject({ missing: [gapOf('2024-01-03'), gapOf('2024-01-04')], message: 'lost' })
    expect(await coverageText(catalog, AAPL)).toEqual([`data ${sessionOf('2024-01-02')}`])
    expect(source.asked()).toHaveLength(2)
  })

  test('is asked only for the rest by the next call', async () => {
    const { service, source } = await createWorld({ script: failsOn(1, new ConnectionError('lost')) })
    await errorOf(service.fetchOrLoad(AAPL, THREE_DAYS))
    source.asked()
    const { frame } = await service.fetchOrLoad(AAPL, THREE_DAYS)
    expect(source.asked()).toEqual([sessionOf('2024-01-03'), sessionOf('2024-01-04')])
    expect(frame.numRows).toBe(3 * 390)
  })

  test('stays an IbkrConnectionError, with its steps', async () => {
    const lost = new IbkrConnectionError('no gateway', { steps: ['Start IB Gateway.'] })
    const { service } = await createWorld({ script: failsOn(0, lost) })
    const error = await errorOf(service.fetchOrLoad(AAPL, THREE_DAYS))
    expect(error).toBeInstanceOf(IbkrConnectionError)
    expect(error).toMatchObject({ code: 'IBKR_CONNECTION', steps: ['Start IB Gateway.'] })
    expect((error as IbkrConnectionError).missing).toHaveLength(3)
  })

  test('keeps what its own error says is missing', async () => {
    const missing = [{ start: '2024-01-02T15:00:00Z', end: '2024-01-02T16:00:00Z' }]
    const { service } = await createWorld({ script: failsOn(0, new ConnectionError('lost', { missing })) })
    expect(await errorOf(service.fetchOrLoad(AAPL, THREE_DAYS))).toMatchObject({ missing })
  })

  test('is lost too when it breaks off inside an answer: nothing of that answer counts', async () => {
    const { service, source, catalog } = await createWorld()
    source.script = async function* breaksOff(request, index) {
      yield* everyBar()(request, index, {} as never) as Iterable<never>
      throw new ConnectionError('lost inside the answer')
    } as typeof source.script
    expect(await errorOf(service.fetchOrLoad(AAPL, THREE_DAYS))).toBeInstanceOf(ConnectionError)
    expect(await coverageText(catalog, AAPL)).toEqual([])
  })
})

test('a pacing error passes with retryAfterMs, and what arrived is kept', async () => {
  const { service, catalog } = await createWorld({
    script: failsOn(1, new PacingError('slow down', { retryAfterMs: 600_000 })),
  })
  expect(await errorOf(service.fetchOrLoad(AAPL, THREE_DAYS))).toMatchObject({ code: 'PACING', retryAfterMs: 600_000 })
  expect(await coverageText(catalog, AAPL)).toEqual([`data ${sessionOf('2024-01-02')}`])
})

test('a refusal by the source passes as it is and records nothing as empty', async () => {
  const refused = new SourceRejectedError('No market data permissions for NASDAQ STK')
  const { service, catalog } = await createWorld({ script: failsOn(0, refused) })
  expect(await errorOf(service.fetchOrLoad(AAPL, THREE_DAYS))).toBe(refused)
  expect(await commitCount(catalog)).toBe(0)
})

describe('an abort', () => {
  test('between requests keeps what was complete; the next call resumes', async () => {
    const { service, source, catalog } = await createWorld()
    const controller = new AbortController()
    const onProgress = (it: FetchProgress): void => {
      if (it.done === 2) controller.abort()
    }
    source.script = (request, index, context) => {
      if (index === 1) controller.abort()
      return everyBar()(request, index, context)
    }
    const error = await errorOf(
      service.fetchOrLoad(AAPL, { start: '2024-01-02', end: '2024-01-09', onProgress, signal: controller.signal }),
    )
    expect(error).toBeInstanceOf(AbortedError)
    expect(source.asked()).toHaveLength(2)
    const kept = (await catalog.query(AAPL)).numRows
    expect(kept).toBeGreaterThanOrEqual(390)
    source.script = everyBar()
    const { frame } = await service.fetchOrLoad(AAPL, { start: '2024-01-02', end: '2024-01-09' })
    expect(frame.numRows).toBe(5 * 390)
    expect(source.asked()).toHaveLength(5 - kept / 390)
  })

  test('from a progress report stops before the request it announces', async () => {
    const { service, source, catalog } = await createWorld()
    const controller = new AbortController()
    const onProgress = (it: FetchProgress): void => {
      if (it.done === 1) controller.abort()
    }
    const error = await errorOf(service.fetchOrLoad(AAPL, { ...THREE_DAYS, onProgress, signal: controller.signal }))
    expect(error).toBeInstanceOf(AbortedError)
    expect(source.asked()).toEqual([sessionOf('2024-01-02')])
    expect(await coverageText(catalog, AAPL)).toEqual([`data ${sessionOf('2024-01-02')}`])
  })

  test('during a request that hangs is an AbortedError and keeps what was complete', async () => {
    const { service, source, catalog } = await createWorld({ script: hangsOn(1) })
    const controller = new AbortController()
    const result = errorOf(service.fetchOrLoad(AAPL, { ...THREE_DAYS, signal: controller.signal }))
    await vi.waitUntil(() => source.requests.length === 2)
    controller.abort(new Error('the user pressed Ctrl-C'))
    expect(await result).toMatchObject({ code: 'ABORTED', cause: { message: 'the user pressed Ctrl-C' } })
    expect(await coverageText(catalog, AAPL)).toEqual([`data ${sessionOf('2024-01-02')}`])
  })

  test('takes effect even when the source does not listen to the signal', async () => {
    const { service, source } = await createWorld({ script: () => new Promise(() => undefined) })
    const controller = new AbortController()
    const result = errorOf(service.fetchOrLoad(AAPL, { ...THREE_DAYS, signal: controller.signal }))
    await vi.waitUntil(() => source.requests.length === 1)
    controller.abort()
    expect(await result).toBeInstanceOf(AbortedError)
  })

  test('stays one when what was complete cannot be stored any more', async () => {
    const { service, source, catalog, log } = await createWorld({ script: hangsOn(1) })
    const locked = new CatalogLockedError('another process writes', { holder: 'pid 1' })
    vi.spyOn(catalog, 'write').mockRejectedValue(locked)
    const controller = new AbortController()
    const result = errorOf(service.fetchOrLoad(AAPL, { ...THREE_DAYS, signal: controller.signal }))
    await vi.waitUntil(() => source.requests.length === 2)
    controller.abort()
    expect(await result).toBeInstanceOf(AbortedError)
    expect(JSON.stringify(log.lines)).toContain('could not be stored')
  })

  test('before the call asks nothing', async () => {
    const { service, source } = await createWorld()
    const error = await errorOf(service.fetchOrLoad(AAPL, { ...THREE_DAYS, signal: AbortSignal.abort() }))
    expect(error).toBeInstanceOf(AbortedError)
    expect(source.asked()).toEqual([])
  })

  test("ends a call that waits for another one's download, and leaves that download alone", async () => {
    let release: () => void = () => undefined
    const gate = new Promise<void>((resolve) => {
      release = resolve
    })
    const { service, source } = await createWorld()
    source.script = async (request, index, context) => {
      await gate
      return everyBar()(request, index, context)
    }
    const first = service.fetchOrLoad(AAPL, THREE_DAYS)
    await vi.waitUntil(() => source.requests.length === 1)
    const controller = new AbortController()
    const second = errorOf(service.fetchOrLoad(AAPL, { ...THREE_DAYS, signal: controller.signal }))
    controller.abort()
    expect(await second).toBeInstanceOf(AbortedError)
    const third = service.fetchOrLoad(AAPL, THREE_DAYS)
    release()
    expect((await first).frame.numRows).toBe(3 * 390)
    expect((await third).report.requests).toBe(0)
    expect(source.asked()).toHaveLength(3)
  })
})

test('progress counts requests up to the total, and says what is waited for', async () => {
  const { service, source } = await createWorld()
  source.script = (request, index, context) => {
    if (index === 1) context.onWait('pacing', 2_000)
    return everyBar()(request, index, context)
  }
  const seen: string[] = []
  const onProgress = (it: FetchProgress): void => {
    seen.push(`${it.phase} ${it.done}/${it.total} ${it.rows}${it.phase === 'wait' ? ` ${it.reason} ${it.waitMs}` : ''}`)
  }
  await service.fetchOrLoad(AAPL, { ...THREE_DAYS, onProgress })
  expect(seen).toEqual(['fetch 0/3 0', 'fetch 1/3 390', 'wait 1/3 390 pacing 2000', 'fetch 2/3 780', 'fetch 3/3 1170'])
})

describe('commits', () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  test('are grouped: quick answers make one', async () => {
    const { service, catalog } = await createWorld()
    await service.fetchOrLoad(AAPL, { start: '2024-01-02', end: '2024-01-12' })
    expect(await commitCount(catalog)).toBe(1)
  })

  test('come at most every two seconds while answers keep coming', async () => {
    vi.useFakeTimers({ toFake: ['performance'] })
    const { service, source, catalog } = await createWorld()
    source.script = (request, index, context) => {
      vi.advanceTimersByTime(800)
      return everyBar()(request, index, context)
    }
    await service.fetchOrLoad(AAPL, { start: '2024-01-02', end: '2024-01-12' })
    expect(source.asked()).toHaveLength(8)
    // Three answers of 0.8 s each make a commit due; the last two are committed when the download ends.
    expect(await commitCount(catalog)).toBe(3)
  })
})
