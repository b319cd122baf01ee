import { EventName, IBApi } from '@stoqey/ib'
import { describe, expect, test } from 'vitest'
import { InvalidRequestError } from '../../../src/model/errors.js'
import { guardIncoming } from '../../../src/sources/ibkr/transport/stoqey/guard-incoming.js'
import { loadPeer } from '../../../src/sources/ibkr/transport/stoqey/peer.js'
import type { WireListener } from '../../../src/sources/ibkr/transport/wire.js'

describe('what is used of @stoqey/ib', () => {
  const options = { host: '127.0.0.1', port: 1, clientId: 1, maxReqPerSec: 40 }

  test('it lets its incoming messages be read before it reads them itself', () => {
    expect(() => guardIncoming(new IBApi(options), LISTENER)).not.toThrow()
  })

  test('a version that does not is refused: an error message could end the process', () => {
    const api = new IBApi(options)
    Object.defineProperty(api, 'controller', { value: { receive: () => undefined } })
    expect(() => guardIncoming(api, LISTENER)).toThrow(InvalidRequestError)
  })

  test('it names the event of a schedule, which its types leave out', () => {
    expect(EventName.historicalSchedule).toBe('historicalSchedule')
  })
})

describe('the optional package', () => {
  test('is asked for by name when it is not installed', async () => {
    const name = '@ntrader/no-such-package'
    const missing = loadPeer(() => import(name))
    await expect(missing).rejects.toBeInstanceOf(InvalidRequestError)
    await expect(missing).rejects.toMatchObject({
      message: expect.stringContaining('@stoqey/ib'),
      steps: [expect.stringContaining('npm install @stoqey/ib'), expect.anything()],
    })
  })

  test('fails with its own error when it is there but does not work', async () => {
    const broken = new Error('a broken installation')
    await expect(loadPeer(() => Promise.reject(broken))).rejects.toBe(broken)
  })
})

const LISTENER: WireListener = {
  onReply: () => undefined,
  onComplete: () => undefined,
  onTime: () => undefined,
  onError: () => undefined,
  onStage: () => undefined,
  onSocketEnd: () => undefined,
  onUnusable: () => undefined,
}
