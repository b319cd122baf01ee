import { expect, test } from 'vitest'
import { AAPL, minuteBars } from '../support/bars.js'
import { testCatalog } from '../support/catalog.js'

test('rows that keep-old keeps also keep where they came from', async () => {
  const { catalog } = await testCatalog()
  await catalog.write(AAPL, minuteBars('2024-01-02T10:00Z', 2), { provenance: { source: 'first' } })
  const later = { mode: 'keep-old', provenance: { source: 'second' } } as const
  await catalog.write(AAPL, minuteBars('2024-01-02T10:01Z', 2, 5), later)
  const entries = await catalog.coverage(AAPL)
  expect(entries.map((it) => [it.startNs, it.state === 'data' && it.provenance.source])).toEqual([
    [1_704_189_600_000_000_000n, 'first'],
    [1_704_189_720_000_000_000n, 'second'],
  ])
})
