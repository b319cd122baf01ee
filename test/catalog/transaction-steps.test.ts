import { describe, expect, test } from 'vitest'
import type { Transaction } from '../../src/catalog/catalog-types.js'
import { InvalidDataError, InvalidRequestError } from '../../src/model/errors.js'
import { AAPL, bar, minuteBars, stamps } from '../support/bars.js'
import { testCatalog } from '../support/catalog.js'

describe('a step of a transaction', () => {
  test('counts whether it is awaited or not', async () => {
    const { catalog } = await testCatalog()
    async function* slowly() {
      for (const row of minuteBars('2024-01-03T15:00Z', 3)) yield row
    }
    const report = await catalog.transaction('bars', (tx) => {
      tx.write(AAPL, slowly())
    })
    expect(report).toMatchObject({ committed: true, rows: 3, rowsAdded: 3 })
  })

  test('keeps its place in the order of the calls', async () => {
    const { catalog } = await testCatalog()
    await catalog.transaction('bars', (tx) => {
      tx.write(AAPL, minuteBars('2024-01-03T15:00Z', 3))
      tx.deleteRange(AAPL, { start: '2024-01-03T15:01:00Z', end: '2024-01-03T15:02:00Z' })
    })
    expect(stamps(await catalog.query(AAPL))).toEqual(['2024-01-03T15:00:00Z', '2024-01-03T15:02:00Z'])
  })

  test('that fails fails the transaction, and nothing of it is stored', async () => {
    const { catalog } = await testCatalog()
    const transaction = catalog.transaction('bars', (tx) => {
      tx.write(AAPL, minuteBars('2024-01-03T15:00Z', 3))
      tx.write(AAPL, [{ ...bar('2024-01-03T16:00Z'), high: -1 }])
    })
    await expect(transaction).rejects.toBeInstanceOf(InvalidDataError)
    expect(await catalog.list()).toEqual([])
  })

  test('after the end is refused', async () => {
    const { catalog } = await testCatalog()
    let kept: Transaction | undefined
    await catalog.transaction('bars', (tx) => {
      kept = tx
    })
    await expect(kept?.write(AAPL, minuteBars('2024-01-03T15:00Z', 1))).rejects.toBeInstanceOf(InvalidRequestError)
  })
})
