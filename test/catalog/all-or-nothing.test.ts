import { readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { DataCatalog } from '../../src/catalog/catalog.js'
import { InvalidDataError } from '../../src/model/errors.js'
import { AAPL, bar, MSFT, minuteBars } from '../support/bars.js'
import { testCatalog } from '../support/catalog.js'

/** Polls until stopped. The row counts met, and how many polls it took. */
function poll(reader: DataCatalog): {
  stop(): Promise<{ readonly seen: ReadonlySet<number>; readonly polls: number }>
} {
  const seen = new Set<number>()
  let [polls, stopped] = [0, false]
  const done = (async () => {
    while (!stopped) {
      seen.add((await reader.query(AAPL, { start: '2024-01-01', end: '2024-02-01' })).numRows)
      polls++
      await new Promise(setImmediate)
    }
  })()
  return {
    stop: async () => {
      stopped = true
      await done
      return { seen, polls }
    },
  }
}

const DAYS = ['02', '03', '04', '05', '08']
const ROWS = DAYS.flatMap((day) => minuteBars(`2024-01-${day}T14:30Z`, 40))
const WHOLE = { coverage: { start: '2024-01-02', end: '2024-01-09' } }

describe('a reader beside a writer', () => {
  test('sees a deletion over several days whole or not at all', async () => {
    const { catalog, another } = await testCatalog()
    await catalog.write(AAPL, ROWS, WHOLE)
    const reading = poll(await another())
    for (let round = 0; round < 10; round++) {
      await catalog.deleteRange(AAPL, { start: '2024-01-02T14:50Z', end: '2024-01-08T14:50Z' })
      await catalog.write(AAPL, ROWS, WHOLE)
    }
    const { seen, polls } = await reading.stop()
    expect([...seen].sort((a, b) => a - b)).toEqual([40, 200])
    expect(polls).toBeGreaterThan(20)
  })

  test('sees the same rows while months are consolidated and cut up again', async () => {
    const { catalog, another } = await testCatalog()
    await catalog.write(AAPL, ROWS, WHOLE)
    const reading = poll(await another())
    for (let round = 0; round < 5; round++) {
      await catalog.consolidate()
      const day = `2024-01-${DAYS[round]}`
      await catalog.write(AAPL, minuteBars(`${day}T14:30Z`, 40, round + 1), { mode: 'merge' })
    }
    const { seen } = await reading.stop()
    expect([...seen]).toEqual([200])
  })

  test('several queries of one catalog object at once are as good as one', async () => {
    const { catalog, another } = await testCatalog()
    const writer = await another()
    for (let round = 1; round <= 5; round++) {
      await writer.write(AAPL, minuteBars(`2024-01-0${round}T10:00Z`, round))
      const frames = await Promise.all(Array.from({ length: 10 }, () => catalog.query(AAPL)))
      const expected = (round * (round + 1)) / 2
      expect(frames.map((it) => it.numRows)).toEqual(Array.from({ length: 10 }, () => expected))
    }
  })
})

describe('a transaction', () => {
  test('over several series and steps is one commit', async () => {
    const { catalog } = await testCatalog()
    await catalog.write(AAPL, ROWS, WHOLE)
    const report = await catalog.transaction('bars', async (tx) => {
      tx.deleteRange(AAPL, { start: '2024-01-02', end: '2024-01-03' })
      await tx.write(MSFT, minuteBars('2024-01-02T14:30Z', 3))
      await tx.write(AAPL, [bar('2024-01-02T14:30Z', 7)])
    })
    expect(report.committed).toBe(true)
    expect(await catalog.history()).toHaveLength(2)
    expect((await catalog.query(MSFT)).numRows).toBe(3)
    expect([...(await catalog.query(AAPL, { start: '2024-01-02', end: '2024-01-03' }))]).toEqual([
      bar('2024-01-02T14:30Z', 7),
    ])
  })

  test('that fails in its last step leaves nothing: no commit, no file', async () => {
    const { catalog, root } = await testCatalog()
    await catalog.write(AAPL, ROWS, WHOLE)
    const before = readdirSync(root, { recursive: true }).sort()
    const failing = catalog.transaction('bars', async (tx) => {
      await tx.write(MSFT, minuteBars('2024-01-02T14:30Z', 3))
      await tx.write(AAPL, [{ ...bar('2024-01-02T14:30Z'), high: 1 }])
    })
    await expect(failing).rejects.toThrow(InvalidDataError)
    expect(readdirSync(root, { recursive: true }).sort()).toEqual(before)
  })

  test('cannot mix record types: their tables commit apart', async () => {
    const { catalog } = await testCatalog()
    const mixing = catalog.transaction('bars', (tx) => tx.write({ type: 'trades', instrument: 'X.TEST' }, []))
    await expect(mixing).rejects.toThrow(/transaction on bars cannot change X\.TEST trades/)
  })
})
