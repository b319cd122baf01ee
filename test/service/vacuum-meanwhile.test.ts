import { expect, test, vi } from 'vitest'
import { VersionExpiredError } from '../../src/model/errors.js'
import { AAPL } from '../support/bars.js'
import { everyBar } from '../support/scripted-source.js'
import { createWorld, errorOf, WEDNESDAY, type World } from './world.js'

/** Right after the state to read was chosen, other processes replace the rows, and vacuum takes the old ones. */
async function vacuumedInBetween(times: number): Promise<World> {
  const world = await createWorld()
  await world.service.fetchOrLoad(AAPL, WEDNESDAY)
  const other = await world.reopen()
  const chosen = world.catalog.version.bind(world.catalog)
  const files = world.catalog.files.bind(world.catalog)
  let left = times
  vi.spyOn(world.catalog, 'files').mockImplementation(async (input, options = {}) => {
    if (options.asOf === chosen() && left > 0) {
      left--
      world.source.script = everyBar(7 + left)
      await other.service.fetchOrLoad(AAPL, { ...WEDNESDAY, refresh: true })
      await other.catalog.vacuum({ retain: 0n })
    }
    return files(input, options)
  })
  return world
}

test.each([1, 3])(
  'a state that vacuum takes while it is read, %i times, is read from the newest instead',
  async (times) => {
    const { service, catalog } = await vacuumedInBetween(times)
    const { frame, report } = await service.fetchOrLoad(AAPL, WEDNESDAY)
    expect(new Set(frame.column('close'))).toEqual(new Set([7]))
    expect(report).toMatchObject({ asOf: catalog.version(), requests: 0, missing: [] })
  },
)

test('a state that the caller asked for is not replaced by another', async () => {
  const world = await createWorld()
  const { asOf } = (await world.service.fetchOrLoad(AAPL, WEDNESDAY)).report
  world.source.script = everyBar(7)
  await world.service.fetchOrLoad(AAPL, { ...WEDNESDAY, refresh: true })
  await world.catalog.vacuum({ retain: 0n })
  expect(await errorOf(world.service.fetchOrLoad(AAPL, { ...WEDNESDAY, asOf }))).toBeInstanceOf(VersionExpiredError)
})
