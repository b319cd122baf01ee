/**
 * Offers hostile files to a process of its own and prints, as one line of JSON, what came of them: a crash, or a memory
 * that nobody bounds, must be seen from outside. Arguments: a folder to work in, and one of corrupt Parquet files or ''.
 */
import { createReadStream, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { constants, createGzip, gunzipSync, gzipSync } from 'node:zlib'
import { parseConfig } from '../../dist/cli/config-file.js'
import { decodeForeignCheckpoint } from '../../dist/delta/foreign-checkpoint.js'
import { importCsv } from '../../dist/importers/import-csv-file.js'
import { CatalogError, DataCatalog } from '../../dist/index.js'
import { decodeForeign } from '../../dist/parquet/foreign.js'
import { readFileOptions } from '../../dist/sources/file-options.js'

const [folder, corrupt] = process.argv.slice(2)

// What the suite must notice: a program that unpacks before it looks.
if (process.env.HOSTILE_MUTANT === '1') {
  const bomb = gzipSync(Buffer.alloc(900_000_000, 'a'), { level: 1 })
  if (gunzipSync(bomb).length === 0) throw new Error('nothing unpacked')
  console.log(JSON.stringify({ peakRssMb: Math.round(process.resourceUsage().maxRSS / 1024) }))
  process.exit(0)
}
const TRADES = { type: 'trades', instrument: 'A.B' }
const BARS = { type: 'bars', instrument: 'A.B', barType: '1-MINUTE-LAST' }
const results = { tried: {}, typed: {}, read: {}, untyped: [], slowestMs: 0, slowest: '' }

async function offer(kind, name, work) {
  results.tried[kind] = (results.tried[kind] ?? 0) + 1
  const startMs = performance.now()
  try {
    await work()
    results.read[kind] = (results.read[kind] ?? 0) + 1
  } catch (error) {
    if (error instanceof CatalogError) {
      const key = `${kind} ${error.code}`
      results.typed[key] = (results.typed[key] ?? 0) + 1
    } else {
      results.untyped.push(`${kind} ${name}: ${error?.stack ?? error}`)
    }
  }
  const tookMs = performance.now() - startMs
  if (tookMs > results.slowestMs) Object.assign(results, { slowestMs: Math.round(tookMs), slowest: `${kind} ${name}` })
}

/** A catalog with one file of another writer: no sha256 and no seal, and the size that the file has. */
async function foreignCatalog() {
  const root = join(folder, 'catalog')
  const catalog = await DataCatalog.open(root)
  const rows = Array.from({ length: 200 }, (_, i) => ({
    ts_event: BigInt(i) * 1_000_000_000n,
    price: i,
    size: 1,
    exchange: 'Q',
  }))
  await catalog.write(TRADES, rows)
  const [file] = await catalog.files(TRADES)
  const log = join(root, 'trades/_delta_log/00000000000000000000.json')
  const text = readFileSync(log, 'utf8')
    .replace(/"sha256":"[0-9a-f]{64}",("timestamp")/, '$1')
    .replace(',"sealed":"sha256"', '')
  const put = (bytes) => {
    writeFileSync(join(root, file.path), bytes)
    const size = `"size":${bytes.length}`
    writeFileSync(log, text.replace(/,"sha256":"[0-9a-f]{64}"/, '').replace(/"size":\d+/, size))
    return DataCatalog.open(root)
  }
  return { put, sound: readFileSync(join(root, file.path)) }
}

const { put, sound } = await foreignCatalog()
const read = async (bytes) => {
  const catalog = await put(bytes)
  const report = await catalog.verify()
  if (report.ok && (await catalog.query(TRADES)).numRows !== 200)
    throw new Error('rows were lost, and verify is content')
  await catalog.query(TRADES)
}
await offer('sound foreign file', 'itself', () => read(sound))
for (const sub of corrupt === '' ? [] : ['', 'fuzz', 'bad_data', 'encrypted']) {
  for (const entry of readdirSync(join(corrupt, sub), { withFileTypes: true }).filter((it) => it.isFile())) {
    const bytes = readFileSync(join(corrupt, sub, entry.name))
    await offer(`foreign file${sub === 'encrypted' ? ' encrypted' : ''}`, entry.name, () => read(bytes))
    const job = { bytes, version: 1, table: 'trades', where: entry.name }
    await offer('foreign checkpoint', entry.name, () => decodeForeignCheckpoint(job))
  }
}
for (let at = 0; at < sound.length; at += Number(process.env.HOSTILE_STRIDE ?? 7)) {
  const hurt = Buffer.from(sound)
  hurt[at] ^= 1 << (at % 8)
  await offer('foreign file, a bit flipped', `byte ${at}`, async () => {
    const { frame } = await decodeForeign('trades', hurt)
    if (frame.numRows !== 200) throw new Error(`${frame.numRows} rows`)
  })
}

async function* repeated(text, megabytes) {
  const chunk = Buffer.from(text.repeat(Math.ceil(1_048_576 / text.length)))
  for (let i = 0; i < megabytes; i++) yield chunk
}
const HEADER = 'timestamp,open,high,low,close\n'
const csv = (name, chunks) =>
  offer('CSV', name, async () => importCsv(await DataCatalog.open(join(folder, 'csv')), BARS, chunks))
async function gz(name, head, text, megabytes) {
  const path = join(folder, 'bomb.csv.gz')
  const packed = createGzip({ level: constants.Z_BEST_COMPRESSION })
  const chunks = []
  const done = (async () => {
    for await (const it of packed) chunks.push(it)
  })()
  packed.write(head)
  for await (const it of repeated(text, megabytes))
    if (!packed.write(it)) await new Promise((go) => packed.once('drain', go))
  packed.end()
  await done
  writeFileSync(path, Buffer.concat(chunks))
  await csv(name, createReadStream(path))
}
await gz('gz bomb of one line', HEADER, 'a', 300)
await gz('gz bomb of empty lines', HEADER, '\n', 300)
await gz('gz bomb of equal rows', HEADER, '2024-01-02T14:30:00Z,1,1,1,1\n', 300)
await csv('one gigantic line', repeated('1,', 400))
await csv(
  'a gigantic line after the header',
  (async function* () {
    yield Buffer.from(HEADER)
    yield* repeated('9', 400)
  })(),
)
await csv(
  'a gigantic quoted field',
  (async function* () {
    yield Buffer.from(`${HEADER}"`)
    yield* repeated('x\n', 50)
  })(),
)
await csv('half a million columns', Readable.from([Buffer.from(`${'a,'.repeat(500_000)}a\n1\n`)]))
await csv('NUL bytes', repeated('\0', 50))
await csv('NUL bytes in a row', Readable.from([Buffer.from(`${HEADER}2024-01-02T14:30:00Z,1\0,1,1,1\n`)]))
await csv('only quotes', repeated('"', 50))
await csv('random bytes', Readable.from([Buffer.from(Array.from({ length: 100_000 }, (_, i) => (i * 7919) % 251))]))

const deep = (open, close, depth) => open.repeat(depth) + close.repeat(depth)
const config = (name, text, file = 'ntrader.config.json') =>
  offer('configuration', name, () => parseConfig(text, file, ['catalog', 'ibkr.port', 'section'], ['section']))
await config('lists a million deep', deep('[', ']', 1_000_000))
await config('objects a million deep', deep('{"ibkr":', '}', 500_000).replace('}', '1}'))
await config('lists deep in a value', `{"catalog":${deep('[', ']', 100_000)}}`)
await config('lists deep in a section', `{"section":${deep('[', ']', 100_000)}}`)
await config('YAML a hundred thousand deep', deep('[', ']', 100_000), 'ntrader.config.yaml')
const laughs = Array.from(
  { length: 30 },
  (_, i) => `a${i}: &a${i} [${i === 0 ? '1' : `*a${i - 1},*a${i - 1},*a${i - 1}`}]`,
).join('\n')
await config('YAML of a billion laughs', laughs, 'ntrader.config.yaml')
mkdirSync(join(folder, 'files'))
for (const [name, text] of [
  ['lists a hundred thousand deep', `{"stamp":${deep('[', ']', 100_000)}}`],
  ['two megabytes', `{"stamp":"${'x'.repeat(2_000_000)}"}`],
  ['a proto', '{"__proto__":{"stamp":"open"}}'],
]) {
  writeFileSync(join(folder, 'files/options.json'), text)
  await offer('options.json', name, () => readFileOptions(join(folder, 'files')))
}
console.log(JSON.stringify({ ...results, peakRssMb: Math.round(process.resourceUsage().maxRSS / 1024) }))
