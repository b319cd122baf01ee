import { describe, expect, test } from 'vitest'
import { formatInstant } from '../../src/model/time.js'
import { AAPL, stamps } from '../support/bars.js'
import { everyBar, plainBar } from '../support/scripted-source.js'
import { AAPL_DAILY, createWorld, WEDNESDAY, WEDNESDAY_SESSION } from './world.js'

const bars = (barType: string) => ({ type: 'bars', instrument: 'AAPL.NASDAQ', barType }) as const
const EXTENDED_WEDNESDAY = { start: '2024-01-03T05:00:00Z', end: '2024-01-04T05:00:00Z' } as const

describe('a session', () => {
  test('is the regular one unless said otherwise: required and filtered', async () => {
    const { service, source, catalog } = await createWorld()
    await catalog.write(AAPL, [plainBar('2024-01-03T12:00Z')])
    const { frame } = await service.fetchOrLoad(AAPL, EXTENDED_WEDNESDAY)
    expect(source.asked()).toEqual([WEDNESDAY_SESSION])
    expect([stamps(frame)[0], stamps(frame).at(-1)]).toEqual(['2024-01-03T14:30:00Z', '2024-01-03T20:59:00Z'])
  })

  test('that is extended requires 04:00 to 20:00 in New York', async () => {
    const { service, source } = await createWorld()
    const { frame } = await service.fetchOrLoad(AAPL, { ...EXTENDED_WEDNESDAY, session: 'extended' })
    expect(source.asked()).toEqual(['2024-01-03T09:00:00Z..2024-01-04T01:00:00Z'])
    expect(frame.numRows).toBe(16 * 60)
  })

  test('that is extended asks only for what the regular one did not bring', async () => {
    const { service, source } = await createWorld()
    await service.fetchOrLoad(AAPL, EXTENDED_WEDNESDAY)
    source.asked()
    await service.fetchOrLoad(AAPL, { ...EXTENDED_WEDNESDAY, session: 'extended' })
    expect(source.asked()).toEqual([
      '2024-01-03T09:00:00Z..2024-01-03T14:30:00Z',
      '2024-01-03T21:00:00Z..2024-01-04T01:00:00Z',
    ])
  })

  test('of `all` requires what the extended one does, and filters nothing', async () => {
    const { service, source, catalog } = await createWorld()
    await catalog.write(AAPL, [plainBar('2024-01-03T06:00Z')])
    const { frame } = await service.fetchOrLoad(AAPL, { ...EXTENDED_WEDNESDAY, session: 'all' })
    expect(source.asked()).toEqual(['2024-01-03T09:00:00Z..2024-01-04T01:00:00Z'])
    expect(frame.numRows).toBe(16 * 60 + 1)
    expect(stamps(frame)[0]).toBe('2024-01-03T06:00:00Z')
  })
})

describe('bars of an hour', () => {
  test('are required on their own grid around the session, the half hour before the open included', async () => {
    const { service, source } = await createWorld()
    const { frame, report } = await service.fetchOrLoad(bars('1-HOUR-LAST'), WEDNESDAY)
    expect(source.asked()).toEqual(['2024-01-03T14:00:00Z..2024-01-03T21:00:00Z'])
    expect(stamps(frame)).toEqual([14, 15, 16, 17, 18, 19, 20].map((hour) => `2024-01-03T${hour}:00:00Z`))
    expect(report.missing).toEqual([])
  })

  test.each(['1-HOUR-LAST', '4-HOUR-LAST', '8-HOUR-LAST', '12-HOUR-LAST'])(
    'of %s are asked for once, though sessions meet on the grid',
    async (barType) => {
      const { service, source } = await createWorld()
      const week = { start: '2024-01-02', end: '2024-01-06', session: 'extended' } as const
      await service.fetchOrLoad(bars(barType), week)
      const asked = source.requests.map((it) => it.interval)
      for (const [i, it] of asked.entries()) {
        if (i > 0) expect(it.startNs, formatInstant(it.startNs)).toBeGreaterThanOrEqual(asked[i - 1]?.endNs as bigint)
      }
      source.asked()
      await service.fetchOrLoad(bars(barType), week)
      expect(source.asked()).toEqual([])
    },
  )
})

describe('daily bars', () => {
  test('are required for trade dates only, and sessions do not filter them', async () => {
    const { service, source } = await createWorld()
    const { frame } = await service.fetchOrLoad(AAPL_DAILY, { start: '2024-01-05', end: '2024-01-10' })
    expect(stamps(frame)).toEqual(['2024-01-05T00:00:00Z', '2024-01-08T00:00:00Z', '2024-01-09T00:00:00Z'])
    expect(source.asked()).toHaveLength(3)
    expect(formatInstant(frame.column('ts_init')[0] as bigint)).toBe('2024-01-05T21:00:00Z')
  })

  test('of a week with a holiday leave it out', async () => {
    const { service } = await createWorld()
    // Thursday 2023-11-23 was Thanksgiving.
    const { frame, report } = await service.fetchOrLoad(AAPL_DAILY, { start: '2023-11-20', end: '2023-11-27' })
    expect(stamps(frame).map((it) => it.slice(5, 10))).toEqual(['11-20', '11-21', '11-22', '11-24'])
    expect(report.missing).toEqual([])
    expect(formatInstant(frame.column('ts_init')[3] as bigint)).toBe('2023-11-24T18:00:00Z')
  })

  test('of a week are stamped on its Monday and asked for once', async () => {
    const { service, source } = await createWorld()
    const range = { start: '2024-01-01', end: '2024-01-15' }
    source.script = () => [plainBar('2024-01-01'), plainBar('2024-01-08')]
    const { frame } = await service.fetchOrLoad(bars('1-WEEK-LAST'), range)
    expect(source.asked()).toEqual([
      '2024-01-01T00:00:00Z..2024-01-08T00:00:00Z',
      '2024-01-08T00:00:00Z..2024-01-15T00:00:00Z',
    ])
    expect(frame.numRows).toBe(2)
    await service.fetchOrLoad(bars('1-WEEK-LAST'), range)
    expect(source.asked()).toEqual([])
  })
})

describe('minute bars', () => {
  test('of a week with a holiday and a half day are required for the time it was open', async () => {
    const { service, source } = await createWorld()
    const { frame } = await service.fetchOrLoad(AAPL, { start: '2023-11-20', end: '2023-11-27' })
    expect(source.asked().slice(2)).toEqual([
      '2023-11-22T14:30:00Z..2023-11-22T21:00:00Z',
      '2023-11-24T14:30:00Z..2023-11-24T18:00:00Z',
    ])
    expect(frame.numRows).toBe(3 * 390 + 210)
  })

  test('of the week in which clocks change move by an hour', async () => {
    const { service, source } = await createWorld()
    await service.fetchOrLoad(AAPL, { start: '2024-03-08', end: '2024-03-12' })
    expect(source.asked()).toEqual([
      '2024-03-08T14:30:00Z..2024-03-08T21:00:00Z',
      '2024-03-11T13:30:00Z..2024-03-11T20:00:00Z',
    ])
  })

  test('before the years that the calendar knows are required for every minute', async () => {
    const { service, source } = await createWorld()
    source.script = (request, index, context) => everyBar()(request, index, context)
    await service.fetchOrLoad(AAPL, { start: '1989-12-30', end: '1989-12-31' })
    expect(source.asked()).toEqual(['1989-12-30T00:00:00Z..1989-12-31T00:00:00Z'])
  })
})
