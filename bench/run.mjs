import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DataCatalog } from '../dist/index.js'
import { LIVE_FILES } from './many-files.mjs'
import { interleaved, outputOf, peakRssOf, summary, wallOf } from './measure.mjs'
import { line, tableOf } from './report.mjs'
import { TRADES } from './ticks.mjs'
import { RANGE, SERIES, yearOfBars } from './year.mjs'

const HERE = fileURLToPath(new URL('.', import.meta.url))
const DATA = join(HERE, '.data')
const CLI = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))
const DUCKDB_COLD = join(HERE, 'duckdb-cold.mjs')
const WARM = join(HERE, 'warm.mjs')
const TICKS = join(HERE, 'ticks.mjs')
const MANY_FILES = join(HERE, 'many-files.mjs')
const WARM_ROUNDS = 3
const WARM_RUNS = 15
const COLD_RUNS = 11
const RSS_RUNS = 5
const WRITE_RUNS = 7
const TICK_RUNS = 3
const MANY_RUNS = 7

/** Writes, reads and starts as a user would, and says how long it took beside what was promised. */
async function main() {
  rmSync(DATA, { recursive: true, force: true })
  mkdirSync(DATA, { recursive: true })
  const year = yearOfBars()
  const layouts = await prepare(year)
  const lines = [...(await writes(year))]
  for (const layout of layouts) lines.push(...(await reads(layout)))
  lines.push(...(await ticks()), ...(await manyFiles()))
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

/** Ten million trades: written in batches, streamed, and how flat memory stays meanwhile. */
async function ticks() {
  const root = join(DATA, 'ticks')
  const inProcess = (role, given) => outputOf([TICKS, JSON.stringify({ role, root, ...given })])
  const written = await inProcess('write')
  const files = (await (await DataCatalog.open(root)).files(TRADES)).map((it) => join(root, it.path))
  const [ours, duckdb] = [[], []]
  for (let run = 0; run < TICK_RUNS; run++) {
    ours.push(await inProcess('stream'))
    duckdb.push(await inProcess('duckdb', { files }))
  }
  if (ours[0].volume !== duckdb[0].volume) throw new Error('the two engines summed other volumes')
  const of = (runs, figure) => summary(runs.map(figure))
  return [
    line(
      'write 10 M trades in 40 commits',
      's',
      of([written], (it) => it.ms / 1000),
    ),
    line(
      'stream 10 M trades, all columns',
      'ms',
      of(ours, (it) => it.ms),
      { duckdb: of(duckdb, (it) => it.ms) },
    ),
    line(
      'peak RSS of that stream',
      'MB',
      of(ours, (it) => it.peakMb),
    ),
    line(
      '  of it grown after the first tenth',
      'MB',
      of(ours, (it) => it.peakMb - it.settledMb),
    ),
  ]
}

/** A catalog of 20,200 live files after 520 commits, used by processes that start from nothing. */
async function manyFiles() {
  const root = join(DATA, 'many')
  const { files } = await outputOf([MANY_FILES, JSON.stringify({ role: 'write', root })])
  if (files !== LIVE_FILES) throw new Error(`${files} files are live, not ${LIVE_FILES}`)
  const runs = []
  for (let night = 0; night < MANY_RUNS; night++) {
    runs.push(await outputOf([MANY_FILES, JSON.stringify({ role: 'use', root, night })]))
  }
  const of = (figure) => summary(runs.map((it) => it[figure]))
  return [
    line('open a catalog of 20,200 live files', 'ms', of('open')),
    line('  first query there (250 files)', 'ms', of('first')),
    line('  second query (250 other files)', 'ms', of('warm')),
    line('  append a day there', 'ms', of('append')),
  ]
}

async function floorMs() {
  return wallOf(['-e', '0'])
}

await main()
process.exit(0)
