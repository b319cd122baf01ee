import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { fetchDays, importMinutes, importSample, MINUTES, NEW_YORK, writeSample } from './sample.js'
import { errorOf, type Outcome, place } from './spawn-cli.js'

const NOTHING: Outcome = { code: 0, signal: null, stdout: '', stderr: '' }

describe('an empty or absent catalog', () => {
  test('is an empty list, on stdout nothing but []', async () => {
    const { run, folder } = await place()
    expect(await run(['data', 'list', '--json', '--quiet'])).toEqual({ ...NOTHING, stdout: '[]\n' })
    expect(await run(['data', 'list', '--json'])).toMatchObject({ code: 0, stdout: '[]\n' })
    expect(await readdir(folder)).toEqual([])
  })

  test('is named on stderr for a person', async () => {
    const { run, catalog } = await place()
    const outcome = await run(['data', 'list'])
    expect(outcome).toEqual({ ...NOTHING, stderr: `the catalog ${catalog} is empty\n` })
  })

  test('has no files, no history, no coverage, and is in order; looking at it creates nothing', async () => {
    const { json, folder } = await place()
    expect(await json(['data', 'files'])).toEqual([])
    expect(await json(['data', 'history'])).toEqual([])
    expect(await json(['data', 'coverage'])).toEqual([])
    expect(await json(['data', 'verify'])).toEqual({ ok: true, files: 0, orphans: 0, problems: [] })
    expect(await json(['data', 'consolidate'])).toEqual({ dryRun: false, periods: [], filesRemoved: 0, filesAdded: 0 })
    expect(await readdir(folder)).toEqual([])
  })

  test('a directory that is there and empty is an empty catalog too', async () => {
    const { json, catalog } = await place()
    await mkdir(catalog)
    expect(await json(['data', 'list'])).toEqual([])
  })

  test('a directory with other content is refused', async () => {
    const { run, folder } = await place()
    await mkdir(`${folder}/photos`)
    await writeFile(`${folder}/photos/cat.jpg`, '')
    const outcome = await run(['data', 'list', '--catalog', folder, '--json'])
    expect(outcome.code).toBe(2)
    expect(errorOf(outcome).message).toContain("it holds the directory 'photos'")
  })
})

describe('global options', () => {
  test('mean the same before and after the subcommand', async () => {
    const here = await place()
    await importSample(here)
    const expected = await here.ok(['data', 'list', '--json'])
    const elsewhere = { NTRADER_CATALOG: `${here.folder}/elsewhere` }
    for (const args of [
      ['--json', '--catalog', here.catalog, 'data', 'list'],
      ['data', '--json', '--catalog', here.catalog, 'list'],
      ['data', 'list', '--json', '--catalog', here.catalog],
      ['--json', 'data', '--catalog', here.catalog, 'list'],
    ]) {
      expect((await here.run(args, elsewhere)).stdout, args.join(' ')).toBe(expected)
    }
  })

  test('the one nearest to the subcommand wins', async () => {
    const here = await place()
    await importSample(here)
    const args = ['--catalog', `${here.folder}/other`, 'data', 'list', '--catalog', here.catalog, '--json']
    expect(JSON.parse((await here.run(args)).stdout)).toHaveLength(1)
  })

  test('--quiet leaves results and errors, and no talk', async () => {
    const here = await place()
    const file = await writeSample(here)
    const args = importMinutes(file, 'AAPL.NASDAQ', ...NEW_YORK)
    expect(await here.run([...args, '--quiet'])).toEqual({ ...NOTHING, stdout: `${file}: 4 rows read, 4 new\n` })
    const failed = await here.run([...args, '--quiet', '--max-hole', '30 parsecs'])
    expect(failed.stderr).toMatch(/^error: --max-hole: '30 parsecs' is not a duration\n/)
  })

  test('--dry-run makes no file of a picture or of rows', async () => {
    const here = await place()
    await importSample(here)
    const before = await readdir(here.folder)
    const rows = await here.run(['data', 'query', 'AAPL.NASDAQ', ...MINUTES, '-o', 'rows.csv', '--dry-run'])
    expect(rows.stderr).toMatch(/^rows\.csv: would be 4 rows \(dry run, nothing was written\)\n/)
    const picture = await here.run(['data', 'coverage', '--svg', 'c.svg', '--dry-run'])
    expect(picture).toEqual({ ...NOTHING, stderr: 'c.svg: would be 1 series (dry run, nothing was written)\n' })
    expect(await readdir(here.folder)).toEqual(before)
  })

  test('--dry-run writes nothing where it is accepted', async () => {
    const { run, folder } = await place()
    await run(fetchDays('AAPL.SIM', '2024-01-02', '2024-01-02', '--source', 'sim', '--dry-run'))
    expect(await readdir(folder)).toEqual([])
  })

  test('--no-color and NO_COLOR take the colour away that FORCE_COLOR gives', async () => {
    const { run } = await place()
    const args = ['data', 'list', '--start', 'x']
    const escapeCode = String.fromCharCode(27)
    expect((await run(args, { FORCE_COLOR: '1' })).stderr).toContain(escapeCode)
    expect((await run([...args, '--no-color'], { FORCE_COLOR: '1' })).stderr).not.toContain(escapeCode)
    expect((await run(args, { NO_COLOR: '1' })).stderr).not.toContain(escapeCode)
    expect((await run(args)).stderr).not.toContain(escapeCode)
  })

  test('--verbose adds where an error comes from, and the log as JSON lines', async () => {
    const { run } = await place()
    const args = fetchDays('A.SIM', '2024-01-02', '2024-01-02', '--source', 'sim', '--verbose', '--json')
    const outcome = await run(args)
    const log = outcome.stderr.trimEnd().split('\n')
    const ids = log.map((line) => JSON.parse(line).correlationId).filter((it) => it !== undefined)
    expect(ids.length).toBeGreaterThan(1)
    expect(new Set(ids).size).toBe(1)
    const failed = await run(['data', 'query', 'nonsense', '--bar-type', '1m', '--verbose'])
    expect(failed.stderr).toMatch(/\n {4}at /)
  })

  test('--version and --help are results', async () => {
    const { run } = await place()
    expect(await run(['--version'])).toEqual({ ...NOTHING, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) })
    const help = await run(['data', 'gaps', '--help'])
    expect(help).toEqual({ ...NOTHING, stdout: expect.stringContaining('Usage: ntrader data gaps [options] <id>') })
  })
})

describe('where the catalog is', () => {
  test('flag > NTRADER_CATALOG > NAUTILUS_PATH > configuration file > ./catalog', async () => {
    const { run, folder } = await place()
    const config = `${folder}/ntrader.config.json`
    const rootWith = async (args: readonly string[], env: Record<string, string>): Promise<string> => {
      const { stderr } = await run(['data', 'list', ...args], env)
      return stderr.replace(/^the catalog (.*) is empty\n$/, '$1').replace(`${folder}/`, '')
    }
    const nowhere = { NTRADER_CATALOG: '' }
    expect(await rootWith([], nowhere)).toBe('catalog')
    await writeFile(config, '{"catalog":"configured"}')
    expect(await rootWith([], nowhere)).toBe('configured')
    expect(await rootWith([], { ...nowhere, NAUTILUS_PATH: `${folder}/nautilus` })).toBe('nautilus/catalog')
    expect(await rootWith([], { NTRADER_CATALOG: 'named', NAUTILUS_PATH: 'nautilus' })).toBe('named')
    expect(await rootWith(['--catalog', 'flag'], { NTRADER_CATALOG: 'named' })).toBe('flag')
  })

  test('a YAML configuration sets source, compression and lock timeout', async () => {
    const { ok, folder } = await place()
    await writeFile(`${folder}/ntrader.config.yaml`, 'source: sim\ncompression: zstd\nlockTimeout: 5s\n')
    await ok(fetchDays('AAPL.SIM', '2024-01-02', '2024-01-02'))
    expect(await ok(['data', 'list', '--json'])).toContain('"rows":390')
  })

  test('a key that the configuration does not have is an error naming it and the known ones', async () => {
    const { run, folder } = await place()
    await writeFile(`${folder}/mine.json`, '{"catalgo":"x"}')
    const outcome = await run(['data', 'list', '--config', 'mine.json', '--json'])
    expect(outcome.code).toBe(2)
    expect(errorOf(outcome).message).toContain('catalgo')
    expect(errorOf(outcome).hint).toContain('catalog, source, compression, lockTimeout')
  })
})

test('names with spaces, slashes, percent signs and letters of every script are kept apart', async () => {
  const here = await place()
  const file = await writeSample(here)
  const ids = ['EUR/USD.IDEALPRO', 'BRK B.NYSE', 'brk b.NYSE', 'AAP.NYSE', 'AAp.NYSE', '../x.NYSE', 'Münch%20 株.XETRA']
  for (const id of ids) await here.ok(importMinutes(file, id, ...NEW_YORK))
  const list = JSON.parse(await here.ok(['data', 'list', '--json']))
  expect(list.map((it: { instrument: string }) => it.instrument).sort()).toEqual([...ids].sort())
  expect(await readdir(here.folder)).toEqual(['catalog', 'sample.csv'])
  for (const id of ids) expect(await here.json(['data', 'query', id, ...MINUTES])).toHaveLength(4)
  const rate = list.find((it: { instrument: string }) => it.instrument === 'EUR/USD.IDEALPRO')
  expect(rate.barType).toBe('1-MINUTE-MID-EXTERNAL')
})
