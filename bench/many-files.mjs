import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DataCatalog, Frame } from '../dist/index.js'

/**
 * A catalog of 20,000 live files: 80 instruments of 250 trade dates, a commit an instrument and quarter, and on top of
 * it 200 commits of one file each, as a year of nightly updates leaves them.
 */
export const INSTRUMENTS = 80
export const DAYS = 250
const DAYS_A_COMMIT = 63
const NIGHTS = 200
const DAY_NS = 86_400_000_000_000n
const FIRST_OPEN_NS = 1_704_205_800_000_000_000n
export const LIVE_FILES = INSTRUMENTS * DAYS + NIGHTS

export const seriesOf = (n) => ({ type: 'bars', instrument: `B${n}.SIM`, barType: '1-MINUTE-LAST' })

function bars(firstDay, days) {
  const stamps = BigInt64Array.from({ length: days * 5 }, (_, i) => {
    return FIRST_OPEN_NS + BigInt(firstDay + Math.floor(i / 5)) * DAY_NS + BigInt(i % 5) * 60_000_000_000n
  })
  const prices = Float64Array.from(stamps, (_, i) => 100 + (i % 7))
  const columns = { ts_event: stamps, ts_init: stamps.map((ns) => ns + 60_000_000_000n) }
  const all = { ...columns, open: prices, high: prices, low: prices, close: prices }
  return new Frame('bars', stamps.length, new Map(Object.entries(all).map(([name, values]) => [name, { values }])))
}

const roles = {
  async write({ root }) {
    const catalog = await DataCatalog.open(root)
    for (let n = 0; n < INSTRUMENTS; n++) {
      for (let day = 0; day < DAYS; day += DAYS_A_COMMIT) {
        await catalog.write(seriesOf(n), bars(day, Math.min(DAYS_A_COMMIT, DAYS - day)))
      }
    }
    for (let night = 0; night < NIGHTS; night++) {
      await catalog.write(seriesOf(night % INSTRUMENTS), bars(DAYS + Math.floor(night / INSTRUMENTS), 1))
    }
    await catalog.close()
    const files = (await (await DataCatalog.open(root)).list()).reduce((sum, it) => sum + it.files, 0)
    const log = join(root, 'bars/_delta_log')
    const bytesOf = (ending) =>
      readdirSync(log)
        .filter((it) => it.endsWith(ending))
        .reduce((sum, it) => sum + statSync(join(log, it)).size, 0)
    return { files, logMb: bytesOf('.json') / 1e6, checkpointMb: bytesOf('.parquet') / 1e6 }
  },

  /** Opens, reads one instrument's year, appends a day. */
  async use({ root, night }) {
    const startMs = performance.now()
    const catalog = await DataCatalog.open(root)
    const openedMs = performance.now()
    const { numRows } = await catalog.query(seriesOf(7))
    const readMs = performance.now()
    if (numRows < DAYS * 5) throw new Error(`${numRows} rows were read`)
    const again = performance.now()
    await catalog.query(seriesOf(11))
    const againMs = performance.now()
    await catalog.write(seriesOf(7), bars(DAYS + 40 + night, 1))
    const writtenMs = performance.now()
    return {
      open: openedMs - startMs,
      first: readMs - openedMs,
      warm: againMs - again,
      append: writtenMs - againMs,
    }
  },
}

if (process.argv[2] !== undefined) {
  const { role, ...given } = JSON.parse(process.argv[2])
  console.log(JSON.stringify(await roles[role](given)))
  process.exit(0)
}
