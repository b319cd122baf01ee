import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { stamps } from '../support/bars.js'
import { everyBar, onlyBars, plainBar } from '../support/scripted-source.js'
import { createWorld, UNKNOWN_HOURLY, WEDNESDAY } from './world.js'

test('a bar off its grid beside a broken one is kept: what is rejected ends where a sound bar begins', async () => {
  const broken = { ...plainBar('2024-01-03T14:00Z'), high: 1, low: 2 }
  const sound = ['14:30', '15:00', '16:00'].map((time) => plainBar(`2024-01-03T${time}Z`))
  const { service } = await createWorld({ script: onlyBars([broken, ...sound]) })
  const { frame, report } = await service.fetchOrLoad(UNKNOWN_HOURLY, WEDNESDAY)
  expect(stamps(frame)).toEqual(['2024-01-03T14:30:00Z', '2024-01-03T15:00:00Z', '2024-01-03T16:00:00Z'])
  expect(report.rejected.map((it) => it.at)).toEqual(['2024-01-03T14:00:00Z'])
})

test('six damaged days, met one at a time by a write, are all healed', async () => {
  const { service, source, catalog, root } = await createWorld({ script: everyBar() })
  const range = { start: '2024-01-08', end: '2024-01-17' }
  const aapl = { type: 'bars', instrument: 'AAPL.NASDAQ', barType: '1-MINUTE-LAST' } as const
  await service.fetchOrLoad(aapl, range)
  const files = await catalog.files(aapl)
  expect(files).toHaveLength(6)
  for (const file of files) await writeFile(join(root, file.path), 'damaged')
  // Extended hours are missing on every day, so that the fetch begins with a write into damaged days.
  const { frame, report } = await service.fetchOrLoad(aapl, { ...range, session: 'extended' })
  expect(frame.numRows).toBeGreaterThan(6 * 390)
  expect(report.missing).toEqual([])
  expect(source.requests.length).toBeGreaterThan(0)
})
