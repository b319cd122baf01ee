import { expect, test } from 'vitest'
import { calendarByName } from '../../src/calendar/venues.js'
import { type BarsQuery, barsRequest, contractOf, handMade, startGateway } from './hand-made.js'
import { type Fields, RawClient } from './raw-client.js'

async function scheduleOf(query: BarsQuery, calendarName = 'XNYS'): Promise<Fields> {
  const contracts = [contractOf({ calendar: calendarByName(calendarName) })]
  const { port } = await startGateway({ market: handMade({ contracts }) })
  const client = await RawClient.login(port)
  return client.ask(barsRequest(5, { whatToShow: 'SCHEDULE', barSize: '1 day', ...query }), 5)
}

test('a schedule is 106: start, end, zone, and three fields a session', async () => {
  expect(await scheduleOf({ end: '20231125-00:00:00', duration: '3 D' })).toEqual([
    ...['106', '5', '20231121-09:30:00', '20231124-13:00:00', 'US/Eastern', '3'],
    ...['20231121-09:30:00', '20231121-16:00:00', '20231121'],
    ...['20231122-09:30:00', '20231122-16:00:00', '20231122'],
    ...['20231124-09:30:00', '20231124-13:00:00', '20231124'],
  ])
})

test('extended hours have their own, and a session under way is told whole', async () => {
  expect((await scheduleOf({ end: '', duration: '1 D', useRTH: false })).slice(5)).toEqual([
    ...['1', '20240109-04:00:00', '20240109-20:00:00', '20240109'],
  ])
})

test('a session of CME begins on the evening before its trade date', async () => {
  expect((await scheduleOf({ end: '20240108-12:00:00', duration: '1 D' }, 'CME-ES')).slice(4)).toEqual([
    ...['US/Central', '1', '20240107-17:00:00', '20240108-16:00:00', '20240108'],
  ])
})
