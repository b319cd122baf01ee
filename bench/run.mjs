import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DataCatalog } from '../dist/index.js'
import { interleaved, outputOf, peakRssOf, summary, wallOf } from './measure.mjs'
import { line, tableOf } from './report.mjs'
import { RANGE, SERIES, yearOfBars } from './year.mjs'

const HERE = fileURLToPath(new URL('.', import.meta.url))
const DATA = join(HERE, '.data')
const CLI = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))
const DUCKDB_COLD = join(HERE, 'duckdb-cold.mjs')
const WARM = join(HERE, 'warm.mjs')
const WARM_ROUNDS = 3
const WARM_RUNS = 15
const COLD_RUNS = 11
const RSS_RUNS = 5
const WRITE_RUNS = 7

/** Writes, reads and starts as a user would, and says how long it took beside what was promised. */
async function main() {
  rmSync(DATA, { recursive: true, force: true })
  mkdirSync(DATA, { recursive: true })
  const year = yearOfBars()
  const layouts = await prepare(year)
  const lines = [...(await writes(year))]
  for (const layout of layouts) lines.push(...(await reads(layout)))
  lines.push(
    line('node -e 0 (floor of a cold process)', 'ms', (await interleaved(COLD_RUNS, { floor: floorMs })).floor),
  )
  console.log(tableOf(lines))
  const machine = { node: process.version, cpu: cpus()[0]?.model, cpus: cpus().length, platform: process.platform }
  writeFileSync(join(HERE, 'results.json'), `${JSON.stringify({ machine, rows: year.numRows, lines }, undefined, 2)}\n`)
  console.log(`\n${year.numRows.toLocaleString('en')} rows; ${machine.node} on ${machine.cpus} x ${machine.cpu}`)
}

/** The same year twice: as the daily files that writing makes, and brought together in months. */
async function prepare(year) {
  const layouts = []
  for (const [name, targets] of [
    ['daily', { warmMs: 30, coldMs: 220, rssMb: 120 }],
    ['monthly', { warmMs: 12, coldMs: 180, rssMb: 120 }],
  ]) {
    const root = join(DATA, name)
    const catalog = await DataCatalog.open(root)
    await catalog.write(SERIES, year)
    if (name === 'monthly') await catalog.consolidate()
    const files = (await catalog.files(SERIES)).map((it) => join(root, it.path))
    const list = join(DATA, `${name}.json`)
    writeFileSync(list, JSON.stringify({ files, numRows: year.numRows }))
    layouts.push({ name, targets, root, files, list })
  }
  return layouts
}

async function writes(year) {
  let made = 0
  const consolidated = []
  const write = async () => {
    const catalog = await DataCatalog.open(join(DATA, `write-${made++}`))
    const startMs = performance.now()
    const { filesAdded } = await catalog.write(SERIES, year)
    const writtenMs = performance.now()
    if (filesAdded !== 252) throw new Error(`${filesAdded} files were written, not 252`)
    await catalog.consolidate()
    consolidated.push(performance.now() - writtenMs)
    return writtenMs - startMs
  }
  const { written } = await interleaved(WRITE_RUNS, { written: write })
  const { joined } = await interleaved(WRITE_RUNS, { joined: async () => consolidated.shift() })
  return [
    line('write 252 daily files, fsynced, one commit', 'ms', written, { target: 500 }),
    line('consolidate them to 12 months', 'ms', joined),
  ]
}

async function reads({ name, targets, root, files, list }) {
  const warm = { ours: [], duckdb: [] }
  for (let round = 0; round < WARM_ROUNDS; round++) {
    for (const engine of ['ours', 'duckdb']) {
      warm[engine].push(...(await outputOf([WARM, JSON.stringify({ engine, root, list, repeats: WARM_RUNS })])))
    }
  }
  const ours = [CLI, 'data', 'query', SERIES.instrument, '--bar-type', '1m', '--catalog', root]
  const command = [...ours, '--start', RANGE.start, '--end', '2024-12-31']
  const duckdb = [DUCKDB_COLD, list]
  const cold = await interleaved(COLD_RUNS, { ours: () => wallOf(command), duckdb: () => wallOf(duckdb) })
  const rss = await interleaved(RSS_RUNS, { ours: () => peakRssOf(command), duckdb: () => peakRssOf(duckdb) })
  return [
    line(`query warm, ${name} (${files.length} files)`, 'ms', summary(warm.ours), {
      target: targets.warmMs,
      duckdb: summary(warm.duckdb),
    }),
    line(`query cold, ${name}: ntrader data query`, 'ms', cold.ours, { target: targets.coldMs, duckdb: cold.duckdb }),
    line(`peak RSS of that, ${name}`, 'MB', rss.ours, { target: targets.rssMb, duckdb: rss.duckdb }),
  ]
}

async function floorMs() {
  return wallOf(['-e', '0'])
}

await main()
process.exit(0)
