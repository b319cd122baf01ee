import { mkdir, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { describe, expect, onTestFinished, test } from 'vitest'
import { checkClock, checkGateway, checkNode, checkPackages } from '../../src/cli/doctor/check-machine.js'
import { checkFileSystem, checkLock, checkRoot, checkTemporary } from '../../src/cli/doctor/check-root.js'
import type { Finding } from '../../src/cli/doctor/finding.js'
import { reach } from '../../src/cli/doctor/reach.js'
import { DeltaTable } from '../../src/delta/table.js'
import { LocalStorage } from '../../src/storage/local.js'
import { lookAtFileSystem, lookAtLock, lookAtPath } from '../../src/storage/probe.js'
import { temporaryFolder } from '../support/catalog.js'
import { importSample } from './sample.js'
import { type Place, place } from './spawn-cli.js'

const DOCTOR = ['data', 'doctor', '--json'] as const

interface Report {
  readonly code: number | null
  readonly ok: boolean
  readonly checks: readonly Finding[]
}

async function examine(here: Place, env: Record<string, string> = {}, ...args: readonly string[]): Promise<Report> {
  const { code, stdout } = await here.run([...DOCTOR, ...args], { IBKR_PORT: await unusedPort(), ...env })
  return { code, ...(JSON.parse(stdout) as Omit<Report, 'code'>) }
}

function found({ checks }: Report, check: string): Finding | undefined {
  return checks.find((it) => it.check === check)
}

/** A port where something listens until the test is over. */
async function listening(): Promise<string> {
  const server = createServer((socket) => socket.end())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const address = server.address()
  return String(typeof address === 'object' && address !== null ? address.port : 0)
}

/** A port where nothing listens: it was given out, and back. */
async function unusedPort(): Promise<string> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return String(typeof address === 'object' && address !== null ? address.port : 0)
}

describe('doctor', () => {
  test('finds a sound catalog sound, names what it looked at, and leaves nothing behind', async () => {
    const here = await place()
    await importSample(here)
    const before = await readdir(here.folder, { recursive: true })
    const report = await examine(here, { IBKR_PORT: await listening() })
    expect(report).toMatchObject({ code: 0, ok: true })
    expect(report.checks.filter((it) => it.status !== 'ok')).toEqual([])
    expect(report.checks.map((it) => it.check)).toEqual([
      'node',
      'packages',
      'clock',
      'catalog',
      'hard-links',
      'fsync',
      'disk-clock',
      'temporary',
      'log-bars',
      'lock-bars',
      'gateway',
    ])
    expect(found(report, 'log-bars')?.message).toBe('bars: version 0, 1 series, 1 file (Delta reader 1, writer 2)')
    expect(await readdir(here.folder, { recursive: true })).toEqual(before)
  })

  test('an absent catalog is fine where it can be made, and is not made', async () => {
    const here = await place()
    const report = await examine(here, {}, '--catalog', 'a/b')
    expect(report).toMatchObject({ code: 0, ok: true })
    expect(found(report, 'catalog')).toMatchObject({
      status: 'ok',
      message: `${here.folder}/a/b is made by the first write`,
    })
    expect(await readdir(here.folder)).toEqual([])
  })

  test('a file in the place of the catalog is a problem, and exit 1', async () => {
    const here = await place()
    await writeFile(here.catalog, '')
    const report = await examine(here)
    expect(report).toMatchObject({ code: 1, ok: false })
    expect(found(report, 'catalog')).toMatchObject({
      status: 'problem',
      message: `${here.catalog} is a file, not a directory`,
    })
  })

  test('a directory with other content is a problem', async () => {
    const here = await place()
    await mkdir(`${here.catalog}/photos`, { recursive: true })
    await writeFile(`${here.catalog}/photos/cat.jpg`, '')
    expect(found(await examine(here), 'content')).toMatchObject({ status: 'problem' })
  })

  test('a log that cannot be read is a problem that says which, and what to do', async () => {
    const here = await place()
    await importSample(here)
    await writeFile(`${here.catalog}/bars/_delta_log/00000000000000000000.json`, 'not json')
    const report = await examine(here)
    expect(report.code).toBe(1)
    expect(found(report, 'log-bars')).toMatchObject({ status: 'problem' })
    expect(found(report, 'log-bars')?.steps.length).toBeGreaterThan(0)
    expect(found(report, 'log-bars')?.message).toContain('bars/_delta_log/00000000000000000000.json')
  })

  test('so is a commit that a checkpoint covers; the step that is named mends it', async () => {
    const here = await place()
    await importSample(here)
    await here.ok(['data', 'snapshot', 'second-commit'])
    await new DeltaTable(new LocalStorage(here.catalog), 'bars').checkpoint()
    await writeFile(`${here.catalog}/bars/_delta_log/00000000000000000000.json`, 'not json')
    const finding = found(await examine(here), 'log-bars')
    expect(finding).toMatchObject({ status: 'problem' })
    expect(finding?.steps.at(-1)).toContain('ntrader data repair --rebuild')
    const said = await here.ok(['data', 'repair', '--rebuild'])
    expect(said).toContain('commits of its log that a checkpoint covers are damaged; it was made anew')
    expect(said).not.toContain('may have come back')
    expect((await examine(here)).ok).toBe(true)
  })

  test('data files whose log is gone are a warning', async () => {
    const here = await place()
    await importSample(here)
    await rm(`${here.catalog}/bars/_delta_log`, { recursive: true })
    expect(found(await examine(here), 'content')).toMatchObject({ status: 'warning' })
  })

  test('where they were written after a first commit it is a problem', async () => {
    const here = await place()
    await importSample(here)
    await here.ok([
      'data',
      'fetch',
      'AAPL.SIM',
      '--bar-type',
      '1m',
      '--start',
      '2024-01-02',
      '--end',
      '2024-01-02',
      '--source',
      'sim',
    ])
    await rm(`${here.catalog}/bars/_delta_log`, { recursive: true })
    const report = await examine(here)
    expect(report.code).toBe(1)
    expect(found(report, 'log-bars')?.steps.join()).toContain('ntrader data repair --rebuild')
  })

  test('a lock is told apart as held and as left behind, with its holder', async () => {
    const here = await place()
    await importSample(here)
    const lock = `${here.catalog}/bars/_lock`
    await mkdir(lock)
    await writeFile(`${lock}.json`, JSON.stringify({ pid: 7, host: 'quant', since: '2024-01-02T00:00:00Z' }))
    expect(found(await examine(here), 'lock-bars')).toMatchObject({
      status: 'ok',
      message: 'bars is locked by process 7 on quant since 2024-01-02T00:00:00Z, which is writing',
    })
    const minuteAgo = new Date(Date.now() - 60_000)
    await utimes(lock, minuteAgo, minuteAgo)
    expect(found(await examine(here), 'lock-bars')).toMatchObject({
      status: 'warning',
      message: expect.stringContaining('gave no sign of life for 1 m'),
    })
  })

  test('an absent gateway is a warning, and a problem only where it is the source', async () => {
    const here = await place()
    expect(found(await examine(here), 'gateway')).toMatchObject({ status: 'warning' })
    const report = await examine(here, { NTRADER_SOURCE: 'ibkr' })
    expect([report.code, found(report, 'gateway')?.status]).toEqual([1, 'problem'])
  })

  test('for people it is a line a check, with numbered steps, and a sum on stderr', async () => {
    const here = await place()
    const port = await unusedPort()
    const { stdout, stderr, code } = await here.run(['data', 'doctor'], { IBKR_PORT: port })
    expect(code).toBe(0)
    expect(stdout).toMatch(/^ok {7}Node\.js \d+\.\d+\.\d+ \(20\.19 or newer is needed\)\n/)
    expect(stdout).toContain(
      `warning  no IB gateway answers at 127.0.0.1:${port} (ECONNREFUSED)\n         1. Start TWS`,
    )
    expect(stderr).toBe('8 checks: 0 problems, 1 warning\n')
  })
})

describe('the checks', () => {
  test.each([
    ['20.19.0', 'ok'],
    ['20.18.3', 'problem'],
    ['18.20.8', 'problem'],
    ['22.1.0', 'ok'],
  ])('Node.js %s is %s', (version, status) => expect(checkNode(version, '>=20.19').status).toBe(status))

  test.each([
    ['1970-01-01T00:00:00Z', 'problem'],
    ['2023-12-31T23:59:59Z', 'problem'],
    ['2024-01-01T00:00:00Z', 'ok'],
  ])('a clock at %s is %s', (now, status) => expect(checkClock(new Date(now)).status).toBe(status))

  test('a package that is needed and not there is a problem, an optional one is not', async () => {
    const manifest = { engines: { node: '>=20' }, dependencies: { a: '1' }, peerDependencies: { b: '1', c: '1' } }
    const message = 'all packages are installed; optional: b; optional and not installed: c'
    expect(checkPackages(manifest, (it) => it !== 'c')).toMatchObject({ status: 'ok', message })
    expect(checkPackages(manifest, (it) => it !== 'a')).toMatchObject({
      status: 'problem',
      message: 'not installed: a',
    })
  })

  const SOUND = { write: { ok: true }, hardLinks: { ok: true }, fsync: { ok: true }, clockSkewMs: 0 } as const
  const FACTS = { root: '/c', kind: 'directory', triedIn: '/c' } as const
  test.each([
    ['no hard links', { hardLinks: { ok: false, errno: 'EPERM' } }, ['warning', 'ok', 'ok']],
    ['no fsync', { fsync: { ok: false, errno: 'EINVAL' } }, ['ok', 'problem', 'ok']],
    ['a clock 2 s off', { clockSkewMs: -2000 }, ['ok', 'ok', 'warning']],
    ['a clock 1.9 s off', { clockSkewMs: 1900 }, ['ok', 'ok', 'ok']],
  ] as const)('%s', (_, look, expected) => {
    const findings = checkFileSystem({ ...FACTS, look: { ...SOUND, ...look } })
    expect(findings.map((it) => it.status)).toEqual(expected)
  })

  test('a catalog that cannot be written can still be read; one that cannot be made is a problem', () => {
    const look = { write: { ok: false, errno: 'EROFS' } } as const
    expect(checkRoot({ ...FACTS, look })).toMatchObject({
      status: 'warning',
      message: '/c cannot be written (EROFS); reading works',
    })
    expect(checkRoot({ ...FACTS, kind: 'absent', triedIn: '/', look }).status).toBe('problem')
    expect(checkFileSystem({ ...FACTS, look })).toEqual([])
  })

  test('temporary files on another file system are a problem', () => {
    expect(checkTemporary([]).status).toBe('ok')
    expect(checkTemporary(['/c/bars/_tmp'])).toMatchObject({
      status: 'problem',
      message: expect.stringContaining('/c/bars/_tmp'),
    })
  })

  test('a lock from the future is a warning that says how to end it', () => {
    const finding = checkLock('bars', '/c/bars/_lock', { state: 'held', holder: 'process 7', ageMs: -3_600_000 })
    expect(finding).toMatchObject({
      status: 'warning',
      message: 'bars is locked by process 7, with a stamp 1 h in the future',
    })
    expect(finding.steps.join()).toContain('/c/bars/_lock')
  })

  test('every warning and problem says what to do', () => {
    const facts = { host: 'h', port: 1, errno: 'TIMEOUT' }
    for (const isNeeded of [true, false]) expect(checkGateway({ ...facts, isNeeded }).steps.length).toBeGreaterThan(1)
  })
})

describe('the looks', () => {
  test('a file system is tried where it is asked, and what was made is gone', async () => {
    const folder = await temporaryFolder()
    expect(await lookAtFileSystem(folder)).toEqual({
      write: { ok: true },
      hardLinks: { ok: true },
      fsync: { ok: true },
      clockSkewMs: expect.any(Number),
    })
    expect(await readdir(folder)).toEqual([])
  })

  test('a place that is not there cannot be written, and why', async () => {
    const folder = await temporaryFolder()
    expect(await lookAtFileSystem(`${folder}/nowhere`)).toEqual({ write: { ok: false, errno: 'ENOENT' } })
  })

  test('the nearest directory on the way to a path is found', async () => {
    const folder = await temporaryFolder()
    await symlink(folder, `${folder}/link`)
    await writeFile(`${folder}/file`, '')
    expect(lookAtPath(`${folder}/a/b/c`)).toEqual({ kind: 'absent', nearest: folder })
    expect(lookAtPath(`${folder}/link`)).toEqual({ kind: 'directory', nearest: `${folder}/link` })
    expect(lookAtPath(`${folder}/file`)).toEqual({ kind: 'file', nearest: folder })
    expect(lookAtPath(tmpdir()).kind).toBe('directory')
  })

  test('a lock that nobody holds is free', async () => {
    expect(lookAtLock(`${await temporaryFolder()}/_lock`)).toEqual({ state: 'free' })
  })

  test('an address is reached or not, and why', async () => {
    expect(await reach('127.0.0.1', Number(await listening()))).toBeUndefined()
    expect(await reach('127.0.0.1', Number(await unusedPort()))).toBe('ECONNREFUSED')
  })
})

test('the Node.js that is needed is the one the manifest names', async () => {
  const manifest = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'))
  expect(manifest.engines.node).toMatch(/^>=\d+\.\d+$/)
})
