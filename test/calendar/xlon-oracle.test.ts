import { describe, expect, test } from 'vitest'
import { XLON } from '../../src/calendar/xlon.js'
import { dataDir } from '../support/data.js'
import { recordedSessions, sessionsOf } from './records.js'

describe.skipIf(dataDir() === undefined)('XLON against the record', () => {
  test('has exactly the sessions of exchange_calendars from 1990 to 2023-09-12, to the second', () => {
    const recorded = recordedSessions('xlon.csv')
    expect(recorded).toHaveLength(8515)
    expect(sessionsOf(XLON, '1990-01-01', '2023-09-13')).toEqual(recorded)
  })
})
