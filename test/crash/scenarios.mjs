import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

/**
 * Every way a catalog changes on disk: what is there before, and one call of the public API. Shared by the test process
 * and by the child processes that are killed, so that both do the same.
 *
 * @module
 */

/** The clock stands still: the same work is the same log. */
export const NOW_NS = BigInt(Date.parse('2024-06-01')) * 1_000_000n
export const clock = () => NOW_NS

export const AAPL = { type: 'bars', instrument: 'AAPL.NASDAQ', barType: '1-MINUTE-LAST' }
export const MSFT = { type: 'bars', instrument: 'MSFT.NASDAQ', barType: '1-MINUTE-LAST' }
const MINUTE_NS = 60_000_000_000n
const DAY_NS = 1440n * MINUTE_NS

/** The first minutes of a session. */
export function bars(date, count = 4, price = 100, fromMinute = 0) {
  const openNs = BigInt(Date.parse(`${date}T14:30Z`)) * 1_000_000n
  return Array.from({ length: count }, (_, i) => {
    const close = price + (i % 4) / 4
    const ts_event = openNs + BigInt(fromMinute + i) * MINUTE_NS
    return { ts_event, open: close, high: close, low: close, close, volume: 100 + i }
  })
}

const days = (dates, price) => dates.flatMap((date) => bars(date, 4, price))
const WEEK = ['2024-01-02', '2024-01-03', '2024-01-04', '2024-01-05']

/** Two series and three commits, one of which has replaced a day. */
async function aWeek(catalog) {
  await catalog.write(AAPL, days(WEEK, 100), { coverage: { start: '2024-01-02', end: '2024-01-06' } })
  await catalog.write(MSFT, bars('2024-01-02', 4, 200))
  await catalog.write(AAPL, bars('2024-01-03', 4, 110))
}

/** The commit that makes a checkpoint due is the fiftieth. */
async function fortyNineCommits(catalog) {
  for (let i = 0; i < 49; i++) await catalog.write(AAPL, bars('2024-01-02', 1, 100, i))
}

async function damage(catalog, root) {
  const [, file] = await catalog.files(AAPL)
  const path = join(root, file.path)
  const bytes = readFileSync(path)
  bytes[bytes.length >> 1] ^= 1
  writeFileSync(path, bytes)
}

async function aDamagedWeek(catalog, root) {
  await aWeek(catalog)
  await damage(catalog, root)
}

/** Everything `repair` mends: a move to quarantine that stopped half-way, an old temporary file, a damaged pointer. */
async function leftovers(catalog, root) {
  await fortyNineCommits(catalog)
  await catalog.write(AAPL, days(WEEK.slice(1), 100))
  await catalog.close()
  const again = await catalog.constructor.open(root, { clock })
  await damage(again, root)
  await again.verify({ quarantine: true })
  const [copy] = readdirSync(join(root, 'bars/_quarantine'))
  const [home] = readdirSync(join(root, 'bars'), { recursive: true }).filter(
    (it) => it.endsWith('.parquet') && !it.startsWith('_'),
  )
  renameSync(join(root, 'bars/_quarantine', copy), join(root, 'bars', dirname(home), basename(copy)))
  rmSync(join(root, 'bars/_quarantine'), { recursive: true })
  mkdirSync(join(root, 'bars/_tmp'), { recursive: true })
  writeFileSync(join(root, 'bars/_tmp/abandoned'), 'half a file')
  utimesSync(join(root, 'bars/_tmp/abandoned'), 0, 0)
  writeFileSync(join(root, 'bars/_delta_log/_last_checkpoint'), '{"vers')
  await again.close()
}

/** Commits of three days ago, and the file of a writer that crashed a day later. */
async function anOrphan({ constructor: DataCatalog }, root) {
  const catalog = await DataCatalog.open(root, { clock: () => NOW_NS - 3n * DAY_NS })
  await aWeek(catalog)
  await catalog.close()
  const [file] = readdirSync(join(root, 'bars'), { recursive: true }).filter((it) => it.endsWith('.parquet'))
  const orphan = join(root, 'bars', dirname(file), '2024-01-08.0123456789abcdef.parquet')
  writeFileSync(orphan, 'half a file')
  const at = Number((NOW_NS - 2n * DAY_NS) / 1_000_000_000n)
  utimesSync(orphan, at, at)
}

const heal = async (catalog) => {
  const { problems } = await catalog.verify({ series: AAPL, dryRun: true })
  await catalog.transaction('bars', async (tx) => {
    for (const it of problems) tx.dropFile(AAPL, it.file, 'checksum')
    await tx.write(AAPL, bars('2024-01-04', 4, 104))
  })
}

export const MUTATIONS = {
  'first write': { prepare: async () => undefined, run: (catalog) => catalog.write(AAPL, days(WEEK, 100)) },
  'append a day': { prepare: aWeek, run: (catalog) => catalog.write(AAPL, bars('2024-01-08', 4, 108)) },
  'append to a day': { prepare: aWeek, run: (catalog) => catalog.write(AAPL, bars('2024-01-05', 4, 105, 4)) },
  'merge over two days': {
    prepare: aWeek,
    run: (catalog) => catalog.write(AAPL, days(['2024-01-03', '2024-01-04'], 120), { mode: 'merge' }),
  },
  'two series at once': {
    prepare: aWeek,
    run: (catalog) =>
      catalog.transaction('bars', async (tx) => {
        tx.deleteRange(AAPL, { start: '2024-01-02', end: '2024-01-03' })
        await tx.write(MSFT, bars('2024-01-03', 4, 210))
      }),
  },
  'delete over days': {
    prepare: aWeek,
    run: (catalog) => catalog.deleteRange(AAPL, { start: '2024-01-02T14:32Z', end: '2024-01-05T14:32Z' }),
  },
  consolidate: { prepare: aWeek, run: (catalog) => catalog.consolidate() },
  quarantine: { prepare: aDamagedWeek, run: (catalog) => catalog.verify({ quarantine: true }) },
  heal: { prepare: aDamagedWeek, run: heal },
  restore: { prepare: aWeek, run: (catalog) => catalog.restore(AAPL, { asOf: 'bars@0' }) },
  checkpoint: { prepare: fortyNineCommits, run: (catalog) => catalog.write(AAPL, bars('2024-01-03')) },
  vacuum: { prepare: anOrphan, run: (catalog) => catalog.vacuum({ retain: '1d' }) },
  repair: { prepare: leftovers, run: (catalog) => catalog.repair() },
  'name a state': { prepare: aWeek, run: (catalog) => catalog.snapshot('before', { asOf: 'bars@2' }) },
  'drop a name': {
    prepare: async (catalog) => {
      await aWeek(catalog)
      await catalog.snapshot('before')
    },
    run: async (catalog) => {
      // Told twice, as after a refusal, it is gone already.
      const names = await catalog.snapshots()
      if (names.length > 0) await catalog.dropSnapshot('before')
    },
  },
  'record an instrument': {
    prepare: aWeek,
    run: (catalog) => catalog.putInstrument({ instrument: 'AAPL.NASDAQ', currency: 'USD', tickSize: 0.01 }),
  },
}
