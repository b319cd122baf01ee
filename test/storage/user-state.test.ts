import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { userStateDirectory } from '../../src/storage/user-state.js'

const home = join('/home', 'ada')

describe('what the product remembers for a user lies', () => {
  test.each([
    ['linux', {}, join(home, '.local/state/ntrader')],
    ['linux', { XDG_STATE_HOME: '/var/state' }, join('/var/state', 'ntrader')],
    ['linux', { XDG_STATE_HOME: 'relative' }, join(home, '.local/state/ntrader')],
    ['linux', { XDG_STATE_HOME: '' }, join(home, '.local/state/ntrader')],
    ['freebsd', {}, join(home, '.local/state/ntrader')],
    ['darwin', {}, join(home, 'Library/Application Support/ntrader')],
    ['darwin', { XDG_STATE_HOME: '/var/state' }, join('/var/state', 'ntrader')],
    ['win32', { LOCALAPPDATA: '/local' }, join('/local', 'ntrader')],
    ['win32', {}, join(home, 'AppData/Local/ntrader')],
  ] as const)('on %s with %o in %s', (platform, environment, directory) => {
    expect(userStateDirectory({ platform, environment, home })).toBe(directory)
  })

  test('somewhere on this machine too', () => {
    expect(userStateDirectory()).toMatch(/ntrader$/)
  })
})
