import { describe, expect, test } from 'vitest'
import { testCatalog } from '../support/catalog.js'
import { DELETION_CASES } from './conformance-deletions.js'
import { NS_CASES } from './conformance-instants.js'
import { MONTH_CASES } from './conformance-months.js'
import { NsSeries } from './ns-series.js'

/**
 * The 58 cases that NautilusTrader's catalog is judged by, in our words and on half-open intervals: its closed `[a,b]`
 * is `[a,b+1)` here. Those that ask for something this catalog does not have, and why.
 */
const NO_COUNTERPART: readonly { readonly case: number; readonly reason: string }[] = [
  { case: 8, reason: 'File names are for people: no interval is read from them, so none has to survive one.' },
  { case: 17, reason: 'Coverage belongs to one series; a union over instruments answers no question of a download.' },
  { case: 18, reason: 'As 17: the first and last stamp are those of one series.' },
  { case: 33, reason: 'A deletion names its series: leaving the name out deletes nothing. Several are a transaction.' },
  { case: 36, reason: 'Consolidation takes whole closed months, not a stated range.' },
  { case: 37, reason: 'As 36.' },
  { case: 41, reason: 'Prices are doubles: files of one series cannot differ in precision.' },
  { case: 46, reason: 'Periods are fixed (UTC day, closed month, year of daily bars), not a length of the caller.' },
  { case: 47, reason: 'As 46: days are not grouped by the gaps between them.' },
  { case: 49, reason: 'As 36: no file is cut by a range. That each row stays exactly once is case 48.' },
  { case: 50, reason: 'As 49.' },
  { case: 58, reason: 'A renamed file is a missing one: the log names files, and its word is the truth.' },
]

describe('conformance', () => {
  test('every number from 1 to 58 is a case here or has a reason why not', () => {
    const numbers = [...NS_CASES, ...DELETION_CASES, ...MONTH_CASES, ...NO_COUNTERPART]
      .map((it) => it.case)
      .sort((a, b) => a - b)
    expect(numbers).toEqual(Array.from({ length: 58 }, (_, i) => i + 1))
  })

  test.each([...NS_CASES, ...DELETION_CASES].map((it) => [it.case, it.name, it] as const))(
    '%i: %s',
    async (_case, _name, it) => {
      const { catalog } = await testCatalog()
      const series = new NsSeries(catalog)
      await it.run(series)
      expect(await series.rows()).toEqual(it.rows.map(BigInt))
      expect(await series.coverage()).toEqual(it.coverage)
    },
  )

  test.each(MONTH_CASES.map((it) => [it.case, it.name, it] as const))('%i: %s', async (_case, _name, it) => {
    await it.run(await testCatalog())
  })
})
