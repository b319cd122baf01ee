import { describe, expect, test } from 'vitest'
import { classify } from '../../../src/sources/ibkr/transport/classify.js'
import type { IbFailureKind } from '../../../src/sources/ibkr/transport/failure.js'

const HMDS = 'Historical Market Data Service error message:'

describe('what an error message of the gateway means', () => {
  test.each<readonly [kind: IbFailureKind | 'notice', code: number, text: string]>([
    ['notice', 2100, 'API client has been unsubscribed from account data.'],
    ['notice', 2104, 'Market data farm connection is OK:usfarm'],
    ['notice', 2105, 'HMDS data farm connection is broken:ushmds'],
    ['notice', 2106, 'HMDS data farm connection is OK:ushmds'],
    ['notice', 2107, 'HMDS data farm connection is inactive but should be available upon demand.ushmds'],
    ['notice', 2119, 'Market data farm is connecting:usfarm'],
    ['notice', 2158, 'Sec-def data farm connection is OK:secdefnj'],
    ['notice', 2174, 'Warning: You submitted request with date-time attributes without explicit time zone.'],
    ['notice', 2176, 'Warning: Your API version does not support fractional share size rules.'],
    ['notice', 165, 'Historical market Data Service query message'],
    ['notice', 399, 'Order message'],
    ['notice', 1102, 'Connectivity between IBKR and Trader Workstation has been restored - data maintained.'],
    ['notice', 10090, 'Part of requested market data is not subscribed.'],
    ['notice', 10167, 'Requested market data is not subscribed. Displaying delayed market data.'],

    ['no-data', 162, `${HMDS}HMDS query returned no data: AAPL@SMART Trades`],
    ['no-data', 162, `${HMDS}No historical market data for EUR/CASH@IDEALPRO Last 60`],
    ['no-data', 162, `${HMDS}No head time stamp`],
    [
      'no-data',
      162,
      `${HMDS}No data of type EODChart is available for the exchange 'BEST' and the security type 'STK'`,
    ],

    ['pacing', 162, `${HMDS}Historical data request pacing violation`],
    ['pacing', 420, 'Invalid Real-time Query:Historical data request pacing violation'],
    [
      'pacing',
      322,
      "Error processing request.-'bW' : cause - Only 50 simultaneous API historical data requests allowed.",
    ],
    ['pacing', 100, 'Max rate of messages per second has been exceeded:max=50 rec=51 (1)'],

    ['permanent', 200, 'No security definition has been found for the request'],
    ['permanent', 200, 'The contract description specified for ES is ambiguous.'],
    ['permanent', 203, 'The security AAPL is not available or allowed for this account'],
    ['permanent', 166, 'HMDS Expired Contract Violation'],
    ['permanent', 320, 'Error reading request:Message id=20. Unable to parse field'],
    ['permanent', 321, "Error validating request.-'bW' : cause - Invalid step"],
    ['permanent', 386, 'Duplicate ticker id'],
    ['permanent', 430, 'The fundamentals data for the security specified is not available.'],
    ['permanent', 10285, 'Your API version does not support fractional size rules.'],
    ['permanent', 10295, 'Invalid request'],
    ['permanent', 10299, 'Expected what to show is AGGTRADES, please use that instead of TRADES.'],
    ['permanent', 10314, 'End Date/Time: The date, time, or time-zone entered is invalid.'],
    ['permanent', 10339, 'Setting end date/time for continuous future security type is not allowed.'],

    ['permission', 162, `${HMDS}No market data permissions for ISLAND STK`],
    ['permission', 420, 'Invalid Real-time Query:No market data permissions for ISLAND STK'],
    ['permission', 354, 'Requested market data is not subscribed.'],
    ['permission', 10089, 'Requested market data requires additional subscription for API.'],
    ['permission', 10091, 'Part of requested market data requires additional subscription for API.'],
    ['permission', 10168, 'Requested market data is not subscribed. Delayed market data is not enabled.'],
    ['permission', 10186, 'Requested market data is not subscribed. Delayed market data is not enabled.'],
    ['permission', 10187, 'Failed to request historical ticks:No market data permissions for ISLAND STK'],

    ['session', 162, `${HMDS}Trading TWS session is connected from a different IP address`],
    [
      'session',
      10189,
      'Failed to request tick-by-tick data:Trading TWS session is connected from a different IP address',
    ],
    ['session', 10197, 'No market data during competing live session'],

    ['connection', 326, 'Unable to connect as the client id is already in use. Retry with a unique client id.'],
    ['connection', 502, "Couldn't connect to TWS."],
    ['connection', 503, 'The TWS is out of date and must be upgraded.'],
    ['connection', 504, 'Not connected'],
    ['connection', 506, 'Unsupported version'],
    ['connection', 507, 'Bad Message Length'],
    ['connection', 1100, 'Connectivity between IBKR and Trader Workstation has been lost.'],
    ['connection', 1101, 'Connectivity between IBKR and Trader Workstation has been restored - data lost.'],
    ['connection', 1300, 'TWS socket port has been reset and this connection is being dropped.'],
    [
      'connection',
      2110,
      'Connectivity between Trader Workstation and server is broken. It will be restored automatically.',
    ],

    ['cancelled', 162, `${HMDS}API historical data query cancelled: 7`],
    ['cancelled', 366, 'No historical data query found for ticker id:7'],

    ['retryable', 162, `${HMDS}HMDS server disconnect occurred.  Attempting reconnection...`],
    ['retryable', 162, `${HMDS}Historical data service is currently unavailable`],
    ['retryable', 322, "Error processing request.-'bW' : cause - something else"],
    ['retryable', 420, 'Invalid Real-time Query:something else'],
    ['retryable', 505, 'Unknown message id'],
    ['retryable', 508, 'Bad message'],
    ['retryable', 10328, 'Connection lost, order data could not be resolved.'],
    ['retryable', 99999, 'A code that did not exist when this was written'],
  ])('%s: %i %s', (kind, code, text) => {
    expect(classify(code, text)).toBe(kind)
  })
})
