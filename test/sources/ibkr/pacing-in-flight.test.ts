import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { AbortedError } from '../../../src/model/errors.js'
import { InFlight } from '../../../src/sources/ibkr/pacing/in-flight.js'

/** Work that lasts until it is told to end. */
function openWork() {
  const begun: number[] = []
  const endings: (() => void)[] = []
  const work = (i: number) => async (): Promise<number> => {
    begun.push(i)
    await new Promise<void>((resolve) => endings.push(resolve))
    return i
  }
  return { begun, endings, work }
}

describe('on one connection', () => {
  test('at most six requests are under way, and the others begin in their order', async () => {
    const inFlight = new InFlight()
    const { begun, endings, work } = openWork()
    const all = Promise.all(Array.from({ length: 20 }, (_, i) => inFlight.run(work(i))))
    for (let ended = 0; ended < 20; ended++) {
      await sleep(0)
      expect(begun).toEqual(Array.from({ length: Math.min(20, 6 + ended) }, (_, i) => i))
      endings[ended]?.()
    }
    expect(await all).toEqual(Array.from({ length: 20 }, (_, i) => i))
  })

  test('a request that fails makes room like any other', async () => {
    const inFlight = new InFlight()
    const failing = Array.from({ length: 12 }, (_, i) =>
      inFlight.run(async () => {
        throw new Error(`failure ${i}`)
      }),
    )
    const outcomes = await Promise.allSettled(failing)
    expect(outcomes.map((it) => it.status === 'rejected' && it.reason.message)).toEqual(
      Array.from({ length: 12 }, (_, i) => `failure ${i}`),
    )
    expect(await inFlight.run(async () => 'after')).toBe('after')
  })

  test('at most 40 begin within any second', async () => {
    const inFlight = new InFlight(2)
    const begun: number[] = []
    await Promise.all(
      Array.from({ length: 130 }, () =>
        inFlight.run(async () => {
          begun.push(performance.now())
        }),
      ),
    )
    const gaps = begun.slice(40).map((atMs, i) => atMs - Number(begun[i]))
    // Half a second here, less what the processor may keep a request from beginning once it is admitted.
    expect(Math.min(...gaps)).toBeGreaterThan(350)
  })

  test('who gives up while waiting is out of the queue, and nothing is begun', async () => {
    const inFlight = new InFlight()
    const { begun, endings, work } = openWork()
    const caller = new AbortController()
    const first = Promise.all(Array.from({ length: 6 }, (_, i) => inFlight.run(work(i))))
    const given = inFlight.run(work(6), caller.signal)
    const last = inFlight.run(work(7))
    caller.abort()
    await expect(given).rejects.toThrow(AbortedError)
    await expect(inFlight.run(work(8), caller.signal)).rejects.toThrow(AbortedError)
    for (const it of endings) it()
    await first
    await sleep(0)
    endings.at(-1)?.()
    expect(await last).toBe(7)
    expect(begun).toEqual([0, 1, 2, 3, 4, 5, 7])
  })

  test('who gives up as its turn comes has its place taken by the next', async () => {
    const inFlight = new InFlight()
    const { endings, work } = openWork()
    const caller = new AbortController()
    const first = Array.from({ length: 6 }, (_, i) => inFlight.run(work(i)))
    const given = inFlight.run(work(6), caller.signal)
    await sleep(0)
    endings[0]?.()
    await first[0]
    caller.abort()
    await given.catch(() => undefined)
    for (const it of endings) it()
    await Promise.all(first)
    expect(await Promise.all(Array.from({ length: 6 }, (_, i) => inFlight.run(async () => i)))).toHaveLength(6)
  })
})
