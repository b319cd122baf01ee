import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DataCatalog, say, task } from './child.mjs'

/**
 * One of the parts in the test where everything runs at once: it works until stdin closes.
 * - `writer` adds one bar after another to a series of its own, and says which were acknowledged
 * - `reader` reads every writer's series and demands a whole prefix of it, each time no shorter than the last
 * - `keeper` consolidates, vacuums everything it may, restores one series of its own and quarantines files of another
 */
const MINUTE_NS = 60_000_000_000n
const START_NS = 1_704_067_200_000_000_000n
/** Bars of one writer are so far apart that its months close and are consolidated while it writes on. */
const STEP_NS = 601n * MINUTE_NS
const seriesOf = (name) => ({ type: 'bars', instrument: `${name}.TEST`, barType: '1-MINUTE-LAST' })
const barAt = (index, price = index + 1) => {
  return { ts_event: START_NS + BigInt(index) * STEP_NS, open: price, high: price, low: price, close: price }
}

let isDone = false
process.stdin.on('end', () => {
  isDone = true
})
process.stdin.resume()
const catalog = await DataCatalog.open(task.root, { lock: task.lock })
say({ ready: true })

async function write() {
  for (let index = 0; !isDone; index++) {
    await catalog.write(seriesOf(task.name), [barAt(index)])
    say({ acknowledged: index })
  }
}

async function read() {
  const seen = new Map()
  const counts = { queries: 0, streams: 0, expired: 0 }
  while (!isDone) {
    for (const name of task.writers) {
      try {
        const frame = await catalog.query(seriesOf(name))
        counts.queries++
        checkPrefix(name, frame.column('close'), seen)
        const prices = []
        for await (const part of catalog.stream(seriesOf(name))) prices.push(...part.column('close'))
        counts.streams++
        checkPrefix(name, prices, seen)
      } catch (error) {
        if (error.code === 'VERSION_EXPIRED') counts.expired++
        else if (error.code !== 'DATA_NOT_FOUND') throw error
      }
    }
  }
  say({ counts })
}

function checkPrefix(name, prices, seen) {
  for (const [index, price] of prices.entries()) {
    if (price !== index + 1) throw new Error(`${name}: row ${index} is ${price}: a hole, a double or another's row`)
  }
  if (prices.length < (seen.get(name) ?? 0)) throw new Error(`${name}: ${prices.length} rows, and more before`)
  seen.set(name, prices.length)
}

async function keep() {
  const counts = { consolidations: 0, filesDeleted: 0, restores: 0, quarantined: 0 }
  const [turned, damaged] = [seriesOf('TURNED'), seriesOf('DAMAGED')]
  const { asOf } = await catalog.write(turned, [barAt(0)])
  await catalog.snapshot('first', { asOf })
  for (let round = 1; !isDone; round++) {
    await catalog.write(turned, [barAt(0, round + 1), barAt(round)])
    await catalog.consolidate()
    counts.consolidations++
    await catalog.restore(turned, { asOf: 'first' })
    counts.restores++
    const back = await catalog.query(turned)
    if (back.numRows !== 1 || back.column('close')[0] !== 1) throw new Error(`round ${round}: not what was restored`)
    await catalog.write(damaged, [barAt(round)], { mode: 'merge' })
    const [file] = await catalog.files(damaged)
    const path = join(task.root, file.path)
    writeFileSync(path, readFileSync(path).fill(0, 10, 20))
    const report = await catalog.verify({ quarantine: true, series: damaged })
    counts.quarantined += report.quarantined.length
    counts.filesDeleted += (await catalog.vacuum({ retain: '0s' })).files
    say({ round })
  }
  say({ counts })
}

await { writer: write, reader: read, keeper: keep }[task.role]()
await catalog.close()
