import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import type { IbTransportFactory } from '../../../src/sources/ibkr/transport/transport.js'
import { createTwsTransport } from '../../../src/sources/ibkr/transport/tws/transport.js'
import { CALL, MINUTES, TRANSPORTS, watched } from '../../support/ibkr.js'
import { frameOfBytes, idOf, ScriptedGateway } from '../../support/scripted-gateway.js'

const BARS = 20_000
const LIMIT_MS = 50
/** What blocks every time is ours; once it may be a collection of somebody else's garbage. */
const TRIES = 5

describe('20,000 bars in one answer', () => {
  test.each(TRANSPORTS)('arrive complete and in order ($name)', async ({ create }) => {
    const { bars } = await fetchLarge(create)
    expect(bars).toHaveLength(BARS)
    expect(bars.every((it, i) => it.time === String(1704465000 + i * 60))).toBe(true)
    expect(bars.at(-1)).toMatchObject({ open: 187.15, volume: '119999.5', count: 7 })
  })

  test.each(TRANSPORTS)('are not lost to a connection that ends right after them ($name)', async ({ create }) => {
    await using gateway = await ScriptedGateway.start({
      onRequest: (fields, to) => {
        to.write(largeAnswer(idOf(fields)))
        to.hangUp('fin')
      },
    })
    const { transport, closes } = watched(create, gateway.port)
    await transport.connect()
    expect((await transport.bars(MINUTES, CALL)).bars).toHaveLength(BARS)
    await expect.poll(() => closes).toMatchObject([{ kind: 'connection' }])
  })

  test(`block the event loop for less than ${LIMIT_MS} ms at a time (ib-tws-api)`, async () => {
    let bestMs = Number.POSITIVE_INFINITY
    for (let i = 0; i < TRIES && bestMs >= LIMIT_MS; i += 1) {
      bestMs = Math.min(bestMs, (await fetchLarge(createTwsTransport)).blockedMs)
    }
    expect(bestMs).toBeLessThan(LIMIT_MS)
  })
})

async function fetchLarge(create: IbTransportFactory) {
  await using gateway = await ScriptedGateway.start({ onRequest: (fields, to) => to.write(largeAnswer(idOf(fields))) })
  const { transport } = watched(create, gateway.port)
  await transport.connect()
  const turns = new LongestTurn()
  const { bars } = await transport.bars(MINUTES, CALL)
  const blockedMs = await turns.stop()
  await transport.close()
  return { bars, blockedMs }
}

/**
 * How long nothing else could run, at most, since it was made. Of a turn counts what the process worked in it: a busy
 * machine also lets it wait for a processor.
 */
class LongestTurn {
  #lastMs = performance.now()
  #lastCpu = process.cpuUsage()
  #longestMs = 0
  #next = setImmediate(() => this.#turn())

  async stop(): Promise<number> {
    // The turn in which the answer came is not over yet.
    await nextTurn()
    clearImmediate(this.#next)
    return this.#longestMs
  }

  #turn(): void {
    const { user, system } = process.cpuUsage(this.#lastCpu)
    const workedMs = Math.min(performance.now() - this.#lastMs, (user + system) / 1000)
    this.#longestMs = Math.max(this.#longestMs, workedMs)
    this.#lastMs = performance.now()
    this.#lastCpu = process.cpuUsage()
    this.#next = setImmediate(() => this.#turn())
  }
}

/** Built beforehand, or the gateway's own work would be measured. */
const BODY = Buffer.from(
  Array.from({ length: BARS }, (_, i) => {
    const fields = [1704465000 + i * 60, '187.15', '187.25', '187.05', '187.2', `${100_000 + i}.5`, '187.123456', 7]
    return `${fields.join('\0')}\0`
  }).join(''),
)

function largeAnswer(id: string): Buffer {
  const head = Buffer.from([17, id, '20240105 09:30:00', '20240119 06:50:00', BARS, ''].join('\0'))
  return frameOfBytes(Buffer.concat([head, BODY]))
}
