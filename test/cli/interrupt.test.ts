import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, existsSync, type WriteStream } from 'node:fs'
import { readdir, utimes, writeFile } from 'node:fs/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import { ScriptedGateway } from '../support/scripted-gateway.js'
import { fetchDays, importMinutes, importSample, MINUTES, NEW_YORK } from './sample.js'
import { errorOf, type Place, place, type Running } from './spawn-cli.js'

const SIM = ['--source', 'sim'] as const

/** A year of simulated minutes: more requests than are answered before anybody can stop it. */
const LONG_FETCH = fetchDays('AAPL.SIM', '2019-01-01', '2019-12-31', ...SIM)
const LONG_FETCH_ROWS = 252 * 390 - 3 * 180

describe('130: interrupted', () => {
  test.each(['SIGINT', 'SIGTERM'] as const)(
    '%s stops a fetch; what is stored is sound, and the rest is fetched next',
    async (signal) => {
      const here = await place()
      const fetch = here.start([...LONG_FETCH, '--verbose'])
      await fetch.saysOnStderr('"msg":"answered"')
      fetch.child.kill(signal)
      const outcome = await fetch.ended
      expect(outcome).toMatchObject({ code: 130, signal: null, stdout: '' })
      expect(outcome.stderr).toContain('interrupted: stopped; what was committed stays')
      expect(await here.json(['data', 'verify'])).toMatchObject({ ok: true, orphans: 0, problems: [] })
      const stored = await rowsStored(here)
      expect(stored).toBeGreaterThan(0)
      const fetchedRows = LONG_FETCH_ROWS - stored
      expect(await here.json(LONG_FETCH)).toMatchObject({ rows: LONG_FETCH_ROWS, fetchedRows, missing: [] })
    },
  )

  test('with --json all that stderr says is JSON, the error last', async () => {
    const here = await place()
    const fetch = here.start([...LONG_FETCH, '--json', '--verbose'])
    await fetch.saysOnStderr('"msg":"answered"')
    fetch.child.kill('SIGINT')
    const outcome = await fetch.ended
    expect(outcome).toMatchObject({ code: 130, stdout: '' })
    const lines = outcome.stderr
      .trimEnd()
      .split('\n')
      .map((it) => JSON.parse(it))
    expect(lines.at(-1)).toEqual({ error: { code: 'ABORTED', message: expect.any(String), hint: expect.any(String) } })
  })

  test('SIGINT stops an import that is still reading; nothing of the file is stored', async () => {
    const here = await place()
    const { importing, rows } = await importFromPipe(here)
    importing.child.kill('SIGINT')
    await importing.saysOnStderr('stopping')
    rows.end('2024-01-02T14:30:00Z,100,101,99,100,1\n')
    expect(await importing.ended).toMatchObject({ code: 130, stdout: '' })
    expect(await here.json(['data', 'history'])).toEqual([])
  })
})

describe.each(['SIGINT', 'SIGTERM'] as const)(
  'an import that waits for a pipe is ended at once by a second %s',
  (signal) => {
    test('where the writer says no more', async () => {
      const { importing } = await importFromPipe(await place())
      await stopTwice(importing, signal)
    })

    test('where there is no writer', async () => {
      const here = await place()
      execFileSync('mkfifo', [`${here.folder}/silent.csv`])
      const importing = here.start([...importMinutes('missing.csv', 'AAPL.NASDAQ'), 'silent.csv'])
      await importing.saysOnStderr('there is no file')
      await stopTwice(importing, signal)
    })
  },
)

async function stopTwice({ child, ended, saysOnStderr }: Running, signal: NodeJS.Signals): Promise<void> {
  child.kill(signal)
  await saysOnStderr('stopping')
  child.kill(signal)
  const { code, signal: diedOf } = await ended
  // Where data came in between, the first one had its safe point.
  expect([130, signal]).toContain(code ?? diedOf)
}

describe('130: interrupted while a gateway lets in and never answers', () => {
  test.each([
    ['fetch', [...fetchDays('AAPL.SIM', '2024-01-02', '2024-01-02'), '--source', 'ibkr']],
    ['doctor', ['data', 'doctor', '--source', 'ibkr']],
    ['probe', ['gateway', 'probe']],
  ])('%s ends at once, and leaves no connection', async (_, command) => {
    await using gateway = await ScriptedGateway.start({ version: undefined })
    const here = await place()
    await writeFile(`${here.folder}/ntrader.config.json`, '{ "ibkr": { "connectTimeout": "1h" } }')
    const running = here.start([...command, '--ibkr-port', String(gateway.port)])
    await expect.poll(() => gateway.offered, { timeout: 10_000 }).not.toBe('')
    running.child.kill('SIGINT')
    expect(await running.ended).toMatchObject({ code: 130, signal: null })
    await expect.poll(() => gateway.openSockets).toBe(0)
  })
})

describe('6: locked', () => {
  test('the holder is named by its process id after --lock-timeout', async () => {
    const here = await place()
    const file = await importSample(here)
    const holder = await holdLock(here)
    const args = importMinutes(file, 'MSFT.NASDAQ', ...NEW_YORK, '--lock-timeout', '1s')
    const startedMs = performance.now()
    const outcome = await here.run([...args, '--json', '--quiet'])
    expect(performance.now() - startedMs).toBeGreaterThan(1000)
    expect(outcome).toMatchObject({ code: 6, stdout: '' })
    expect(errorOf(outcome)).toMatchObject({ code: 'CATALOG_LOCKED', hint: expect.stringContaining('--lock-timeout') })
    expect(errorOf(outcome).message).toContain(`process ${holder.pid} on `)
  })

  test('readers do not care', async () => {
    const here = await place()
    await importSample(here)
    await holdLock(here)
    expect(await here.json(['data', 'query', 'AAPL.NASDAQ', ...MINUTES])).toHaveLength(4)
    expect(await here.json(['data', 'verify'])).toMatchObject({ ok: true })
  })

  test('who waits for a lock that is given back goes on', async () => {
    const here = await place()
    const file = await importSample(here)
    const holder = await holdLock(here)
    const waiting = here.start(importMinutes(file, 'MSFT.NASDAQ', ...NEW_YORK))
    await waiting.saysOnStderr(`process ${holder.pid}`)
    holder.stdin?.end()
    expect((await waiting.ended).code).toBe(0)
  })
})

describe('killed in the middle of an import', () => {
  test.each([
    ['when it begins to write', 1],
    ['when half is written', 60],
  ])('%s: verify finds nothing wrong, and the next import has every row once', async (_name, filesWritten) => {
    const here = await place()
    const [days, file] = [120, `${here.folder}/minutes.csv`]
    await writeFile(file, minutesOfDays(days))
    const args = importMinutes(file, 'AAPL.NASDAQ')
    const importing = here.start(args)
    await untilTrue(async () => (await dataFiles(here)) >= filesWritten, importing)
    importing.child.kill('SIGKILL')
    expect((await importing.ended).signal).toBe('SIGKILL')

    expect(await here.json(['data', 'list'])).toEqual([])
    expect(await here.json(['data', 'verify'])).toMatchObject({ ok: true, files: 0, problems: [] })
    await ageLock(here)
    expect(await here.json(args)).toMatchObject({ rowsAdded: days * 390, committed: true })
    expect(await here.json(['data', 'verify'])).toMatchObject({ ok: true, files: days, problems: [] })
    const rows = (
      await here.ok(['data', 'query', 'AAPL.NASDAQ', ...MINUTES, '--format', 'csv', '--columns', 'ts_event'])
    )
      .trimEnd()
      .split('\n')
      .slice(1)
    expect(rows).toHaveLength(days * 390)
    expect(new Set(rows).size).toBe(days * 390)
  })
})

test('killed while it reads, an import leaves nothing', async () => {
  const here = await place()
  const { importing } = await importFromPipe(here)
  importing.child.kill('SIGKILL')
  expect((await importing.ended).signal).toBe('SIGKILL')
  expect(await here.json(['data', 'verify'])).toEqual({ ok: true, files: 0, orphans: 0, problems: [] })
  expect(await here.json(['data', 'history'])).toEqual([])
})

test('a reader that has seen enough (head -1) ends the program quietly', async () => {
  const here = await place()
  await here.ok(fetchDays('AAPL.SIM', '2024-01-02', '2024-03-28', ...SIM))
  const args = ['data', 'query', 'AAPL.SIM', ...MINUTES, '--format', 'csv']
  const query = here.start(args)
  await once(query.child.stdout as NodeJS.ReadableStream, 'data')
  query.child.stdout?.destroy()
  expect(await query.ended).toMatchObject({ code: 0, stderr: '' })
})

/** An import that has begun to read, and waits for more rows than a day's. */
async function importFromPipe(here: Place): Promise<{ readonly importing: Running; readonly rows: WriteStream }> {
  const pipe = `${here.folder}/pipe.csv`
  execFileSync('mkfifo', [pipe])
  const importing = here.start(importMinutes(pipe, 'AAPL.NASDAQ'))
  const rows = createWriteStream(pipe)
  onTestFinished(() => void rows.destroy())
  rows.on('error', () => undefined)
  // A pipe opens once somebody reads from it.
  await once(rows, 'open')
  await new Promise((resolve) => rows.write(minutesOfDays(1), resolve))
  return { importing, rows }
}

async function rowsStored(here: Place): Promise<number> {
  const list = (await here.json(['data', 'list'])) as readonly { readonly rows: number }[]
  return list[0]?.rows ?? 0
}

async function dataFiles({ catalog }: Place): Promise<number> {
  const names = await readdir(catalog, { recursive: true }).catch(() => [])
  return names.filter((it) => it.includes('bar_type=') && it.endsWith('.parquet')).length
}

async function untilTrue(condition: () => boolean | Promise<boolean>, { child }: Running): Promise<void> {
  while (!(await condition())) {
    if (child.exitCode !== null) throw new Error('the program ended first')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** Whole sessions of minutes from 2024-01-01 on, weekends and all: what is read does not ask the calendar. */
function minutesOfDays(days: number): string {
  const lines = ['timestamp,open,high,low,close,volume']
  for (let day = 0; day < days; day++) {
    for (let minute = 0; minute < 390; minute++) {
      const stamp = new Date(Date.UTC(2024, 0, 1 + day, 14, 30 + minute)).toISOString()
      lines.push(`${stamp},100,101,99,${100 + minute / 1000},${minute}`)
    }
  }
  return `${lines.join('\n')}\n`
}

/** Another process that holds the lock of the bars until its stdin ends. */
async function holdLock({ catalog }: Place): Promise<ChildProcess> {
  const lock = new URL('../../dist/storage/lock.js', import.meta.url)
  const program = `
    const { acquireLock } = await import(${JSON.stringify(lock.href)})
    const held = await acquireLock(${JSON.stringify(`${catalog}/bars/_lock`)}, { timeoutMs: 0 })
    console.log('held')
    process.stdin.resume().on('end', async () => { await held.release(); process.exit(0) })`
  const holder = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['pipe', 'pipe', 'inherit'] })
  onTestFinished(() => void holder.kill('SIGKILL'))
  await once(holder.stdout, 'data')
  return holder
}

/** Makes the lock that a killed process left as old as it is after the ten seconds it takes to be void. */
async function ageLock({ catalog }: Place): Promise<void> {
  const lock = `${catalog}/bars/_lock`
  const longAgo = new Date(Date.now() - 60_000)
  if (existsSync(lock)) await utimes(lock, longAgo, longAgo)
}
