import { describe, expect, test } from 'vitest'
import { ConnectionError } from '../../src/model/errors.js'
import { formatSeries } from '../../src/model/series.js'
import { formatInstant } from '../../src/model/time.js'
import type { SeriesUpdate } from '../../src/service/types.js'
import { AAPL, MSFT } from '../support/bars.js'
import { everyBar, onlyBars, plainBar, ScriptedSource } from '../support/scripted-source.js'
import { AAPL_DAILY, commitCount, coverageText, createWorld, errorOf, WEDNESDAY } from './world.js'

const outcomes = (updates: readonly SeriesUpdate[]): readonly string[] =>
  updates.map((it) => `${formatSeries(it.series)} ${it.outcome}`)

const sessionOf = (date: string): string => `${date}T14:30:00Z..${date}T21:00:00Z`

describe('an update', () => {
  test('asks for every session from the end of the data to now', async () => {
    const { service, source, catalog, clock } = await createWorld({ now: '2024-01-04T12:00:00Z' })
    await service.fetchOrLoad(AAPL, WEDNESDAY)
    source.asked()
    clock.set('2024-01-08T12:00:00Z')
    const [update] = await service.update()
    expect(source.asked()).toEqual([sessionOf('2024-01-04'), sessionOf('2024-01-05')])
    expect(update).toMatchObject({ outcome: 'updated', report: { rows: 3 * 390, requests: 2, fetchedRows: 780 } })
    expect(update).toMatchObject({ report: { missing: [], asOf: catalog.version() } })
    clock.set('2024-01-08T12:01:00Z')
    expect(await service.update()).toMatchObject([{ outcome: 'updated', report: { requests: 0 } }])
    expect(source.asked()).toEqual([])
  })

  test('goes on from the last row of a session that was not over', async () => {
    const { service, source, clock } = await createWorld({ now: '2024-01-03T16:00:30Z' })
    await service.fetchOrLoad(AAPL, WEDNESDAY)
    source.asked()
    clock.set('2024-01-03T17:00:00Z')
    await service.update(AAPL)
    expect(source.asked()).toEqual(['2024-01-03T16:00:00Z..2024-01-03T17:00:00Z'])
  })

  test('leaves holes that nobody asked for to a fetch', async () => {
    const { service, source } = await createWorld({ now: '2024-01-08T12:00:00Z' })
    await service.fetchOrLoad(AAPL, { start: '2024-01-02', end: '2024-01-03' })
    await service.fetchOrLoad(AAPL, { start: '2024-01-04', end: '2024-01-05' })
    source.asked()
    await service.update()
    expect(source.asked()).toEqual([sessionOf('2024-01-05')])
  })

  test('asks for extended hours when told to', async () => {
    const { service, source, clock } = await createWorld({ now: '2024-01-04T12:00:00Z' })
    await service.fetchOrLoad(AAPL, WEDNESDAY)
    source.asked()
    clock.set('2024-01-05T05:00:00Z')
    await service.update(AAPL, { session: 'extended' })
    expect(source.asked()).toEqual([
      '2024-01-03T21:00:00Z..2024-01-04T01:00:00Z',
      '2024-01-04T09:00:00Z..2024-01-05T01:00:00Z',
    ])
  })

  test('of daily bars goes on with the next trade date', async () => {
    const { service, source, clock } = await createWorld({ now: '2024-01-09T12:00:00Z' })
    await service.fetchOrLoad(AAPL_DAILY, { start: '2024-01-02', end: '2024-01-05' })
    source.asked()
    clock.set('2024-01-10T12:00:00Z')
    await service.update()
    expect(source.asked()).toEqual([
      '2024-01-05T00:00:00Z..2024-01-06T00:00:00Z',
      '2024-01-08T00:00:00Z..2024-01-09T00:00:00Z',
      '2024-01-09T00:00:00Z..2024-01-10T00:00:00Z',
    ])
  })

  test('goes on from the end of the data also when some stamps lie in the future', async () => {
    const { service, source, catalog, clock } = await createWorld({ now: '2024-01-04T12:00:00Z' })
    await service.fetchOrLoad(AAPL, WEDNESDAY)
    await catalog.write(AAPL, [plainBar('2042-01-03T15:00Z')])
    source.asked()
    clock.set('2024-01-05T12:00:00Z')
    await service.update()
    expect(source.asked()).toEqual([sessionOf('2024-01-04')])
  })

  test('asks nothing while the clock stands before the end of the data', async () => {
    const { service, source, clock } = await createWorld({ now: '2024-01-04T12:00:00Z' })
    await service.fetchOrLoad(AAPL, WEDNESDAY)
    source.asked()
    clock.set('2024-01-03T18:00:00Z')
    expect(await service.update()).toMatchObject([{ outcome: 'updated', report: { requests: 0, missing: [] } }])
    expect(source.asked()).toEqual([])
  })

  test('reads no rows', async () => {
    const { service, catalog, clock } = await createWorld({ now: '2024-01-04T12:00:00Z' })
    await service.fetchOrLoad(AAPL, WEDNESDAY)
    clock.set('2024-01-05T12:00:00Z')
    catalog.query = () => Promise.reject(new Error('rows were read'))
    expect(outcomes(await service.update())).toEqual(['AAPL.NASDAQ 1-MINUTE-LAST-EXTERNAL updated'])
  })
})

describe('an update asks again', () => {
  /** Tuesday's answer is "nothing", Wednesday's has rows. */
  async function falseEmpty(): ReturnType<typeof createWorld> {
    const world = await createWorld({ now: '2024-01-04T12:00:00Z', script: onlyBars([plainBar('2024-01-03T15:00Z')]) })
    await world.service.fetchOrLoad(AAPL, { start: '2024-01-02', end: '2024-01-04' })
    world.source.asked()
    world.source.script = everyBar()
    return world
  }

  test('a day later what was said to be empty near the present, anywhere in the coverage', async () => {
    const { service, source, clock, catalog } = await falseEmpty()
    clock.set('2024-01-05T11:59:59Z')
    await service.update()
    expect(source.asked()).toEqual([sessionOf('2024-01-04')])
    clock.set('2024-01-05T12:00:00Z')
    await service.update()
    expect(source.asked()).toEqual([sessionOf('2024-01-02')])
    expect(await coverageText(catalog, AAPL)).toContain(`data ${sessionOf('2024-01-02')}`)
  })

  test('and once confirmed, not before another day has passed', async () => {
    const { service, source, clock, catalog } = await falseEmpty()
    source.script = () => []
    clock.set('2024-01-05T12:00:00Z')
    await service.update()
    source.asked()
    const [tuesday] = await catalog.coverage(AAPL)
    expect(tuesday).toMatchObject({ state: 'empty' })
    const claims = tuesday?.state === 'empty' ? tuesday.claims : []
    expect(
      claims.map((it) => [it.source, formatInstant(it.recordedAtNs), formatInstant(it.expiresAtNs ?? 0n)]),
    ).toEqual([['scripted', '2024-01-05T12:00:00Z', '2024-01-06T12:00:00Z']])
    clock.set('2024-01-06T11:00:00Z')
    await service.update()
    expect(source.asked()).toEqual([sessionOf('2024-01-05')])
  })

  test('never what was said to be empty when it was long past', async () => {
    const { service, source, clock } = await createWorld({
      now: '2024-03-01T12:00:00Z',
      script: onlyBars([plainBar('2024-01-03T15:00Z')]),
    })
    await service.fetchOrLoad(AAPL, { start: '2024-01-02', end: '2024-01-04' })
    source.asked()
    clock.set('2025-01-01')
    await service.update()
    const asked = source.asked()
    expect(asked).not.toContain(sessionOf('2024-01-02'))
    expect(asked[0]).toBe(sessionOf('2024-01-04'))
  })

  test('not what another source said: it asks in its own right only what it is told to fetch', async () => {
    const world = await falseEmpty()
    world.clock.set('2024-01-05T12:00:00Z')
    const other = new ScriptedSource({ name: 'other' })
    await world.serviceWith(other).update(AAPL)
    expect(other.asked()).toEqual([sessionOf('2024-01-04')])
    await world.serviceWith(other).fetchOrLoad(AAPL, { start: '2024-01-02', end: '2024-01-03' })
    expect(other.asked()).toEqual([sessionOf('2024-01-02')])
  })

  test('for rows that were refused near the present', async () => {
    const broken = { ...plainBar('2024-01-03T15:00Z'), high: 1 }
    const { service, source, clock } = await createWorld({
      now: '2024-01-04T12:00:00Z',
      script: onlyBars([plainBar('2024-01-03T14:59Z'), broken]),
    })
    await service.fetchOrLoad(AAPL, WEDNESDAY)
    source.asked()
    clock.set('2024-01-05T12:00:00Z')
    const [update] = await service.update()
    expect(source.asked()).toEqual(['2024-01-03T15:00:00Z..2024-01-03T15:01:00Z', sessionOf('2024-01-04')])
    expect(update).toMatchObject({ report: { rejected: [{ at: '2024-01-03T15:00:00Z' }] } })
  })
})

describe('the series of an update', () => {
  test('are those the source has brought data of; others are skipped unless they are named', async () => {
    const world = await createWorld({ now: '2024-01-04T12:00:00Z' })
    await world.service.fetchOrLoad(AAPL, WEDNESDAY)
    await world.catalog.write(MSFT, [plainBar('2024-01-03T15:00Z')])
    world.source.asked()
    world.clock.set('2024-01-05T12:00:00Z')
    expect(await world.service.update()).toMatchObject([
      { outcome: 'updated' },
      { outcome: 'skipped', reason: 'scripted has brought nothing of it' },
    ])
    expect(world.source.requests.slice(1).every((it) => it.series.instrument === 'AAPL.NASDAQ')).toBe(true)
    expect(outcomes(await world.service.update(MSFT))).toEqual(['MSFT.NASDAQ 1-MINUTE-LAST-EXTERNAL updated'])
  })

  test('may be chosen', async () => {
    const { service } = await createWorld()
    await service.fetchOrLoad(AAPL, WEDNESDAY)
    await service.fetchOrLoad(MSFT, WEDNESDAY)
    const updates = await service.update(undefined, { among: (it) => it.instrument.startsWith('MSFT'), dryRun: true })
    expect(outcomes(updates)).toEqual(['MSFT.NASDAQ 1-MINUTE-LAST-EXTERNAL planned'])
  })

  test('that are named and unknown fail; that of one does not stop the others', async () => {
    const world = await createWorld({ now: '2024-01-04T12:00:00Z' })
    await world.service.fetchOrLoad(AAPL, WEDNESDAY)
    world.clock.set('2024-01-05T12:00:00Z')
    const updates = await world.service.update([MSFT, AAPL])
    expect(updates).toMatchObject([{ outcome: 'failed', error: { code: 'DATA_NOT_FOUND' } }, { outcome: 'updated' }])
  })

  test('whose download fails do not stop the others, and keep what arrived', async () => {
    const { service, source, clock, catalog } = await createWorld({ now: '2024-01-04T12:00:00Z' })
    for (const it of [AAPL, MSFT]) await service.fetchOrLoad(it, WEDNESDAY)
    clock.set('2024-01-06T12:00:00Z')
    source.script = (request, index, context) => {
      if (
        request.series.instrument === 'AAPL.NASDAQ' &&
        request.interval.startNs > BigInt(Date.parse('2024-01-05')) * 1_000_000n
      ) {
        throw new ConnectionError('lost')
      }
      return everyBar()(request, index, context)
    }
    expect(await service.update()).toMatchObject([
      { outcome: 'failed', error: { code: 'CONNECTION', missing: [{ start: '2024-01-05T14:30:00Z' }] } },
      { outcome: 'updated', report: { fetchedRows: 780 } },
    ])
    expect(await coverageText(catalog, AAPL)).toContain(`data ${sessionOf('2024-01-04')}`)
  })
})

test('a dry run of an update shows what would be asked, and asks and commits nothing', async () => {
  const { service, source, clock, catalog } = await createWorld({ now: '2024-01-04T12:00:00Z' })
  await service.fetchOrLoad(AAPL, WEDNESDAY)
  source.asked()
  const commits = await commitCount(catalog)
  clock.set('2024-01-05T12:00:00Z')
  const thursday = { start: '2024-01-04T14:30:00Z', end: '2024-01-04T21:00:00Z' }
  expect(await service.update(undefined, { dryRun: true })).toMatchObject([
    { outcome: 'planned', plan: { gaps: [thursday], requests: [thursday] } },
  ])
  expect(source.asked()).toEqual([])
  expect(await commitCount(catalog)).toBe(commits)
})

test('an abort ends an update', async () => {
  const { service, clock } = await createWorld({ now: '2024-01-04T12:00:00Z' })
  await service.fetchOrLoad(AAPL, WEDNESDAY)
  clock.set('2024-01-05T12:00:00Z')
  expect(await errorOf(service.update(undefined, { signal: AbortSignal.abort() }))).toMatchObject({ code: 'ABORTED' })
})

test('an update tells of each series as it goes', async () => {
  const { service, clock } = await createWorld({ now: '2024-01-04T12:00:00Z' })
  for (const it of [AAPL, MSFT]) await service.fetchOrLoad(it, WEDNESDAY)
  clock.set('2024-01-05T12:00:00Z')
  const seen: string[] = []
  await service.update(undefined, {
    onProgress: (it, series) => seen.push(`${series.instrument} ${it.done}/${it.total}`),
    onUpdated: (it) => {
      seen.push(`${it.series.instrument} ${it.outcome}`)
    },
  })
  expect(seen).toEqual([
    'AAPL.NASDAQ 0/1',
    'AAPL.NASDAQ 1/1',
    'AAPL.NASDAQ updated',
    'MSFT.NASDAQ 0/1',
    'MSFT.NASDAQ 1/1',
    'MSFT.NASDAQ updated',
  ])
})

test('an update without a source has no one to ask', async () => {
  const { serviceWith } = await createWorld()
  expect(await errorOf(serviceWith(undefined).update())).toMatchObject({ code: 'DATA_NOT_FOUND' })
})
