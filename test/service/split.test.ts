import { expect, test } from 'vitest'
import { AdjustmentChangedError } from '../../src/model/errors.js'
import { sameRows } from '../../src/model/frame-edit.js'
import { AAPL } from '../support/bars.js'
import { priced, SPLIT_ADJUSTED } from './priced-bars.js'
import { commitCount, createWorld } from './world.js'

const WEEK = { start: '2024-01-02', end: '2024-01-06' } as const

test('a split: the factor is told, a refresh replaces the series in one commit, a restore brings the old one back', async () => {
  const { service, source, catalog } = await createWorld({ ...SPLIT_ADJUSTED, script: priced() })
  await service.fetchOrLoad(AAPL, { start: '2024-01-02', end: '2024-01-05' })
  const [before, asOf] = [await catalog.query(AAPL), catalog.version()]

  source.script = priced(10)
  const error = await service.fetchOrLoad(AAPL, WEEK).catch((it: unknown) => it)
  expect(error).toBeInstanceOf(AdjustmentChangedError)
  expect(error).toMatchObject({ factor: 10, hint: expect.stringContaining('--refresh') })
  expect(catalog.version()).toBe(asOf)

  const commits = await commitCount(catalog)
  const { frame } = await service.fetchOrLoad(AAPL, { ...WEEK, refresh: true })
  expect(await commitCount(catalog)).toBe(commits + 1)
  expect(frame.numRows).toBe(4 * 390)
  for (const [row, close] of before.column('close').entries()) {
    expect(frame.column('close')[row]).toBeCloseTo(close / 10, 1)
  }

  await catalog.restore(AAPL, { asOf })
  expect(sameRows(await catalog.query(AAPL), before)).toBe(true)
  expect(await catalog.verify()).toMatchObject({ ok: true })
})
