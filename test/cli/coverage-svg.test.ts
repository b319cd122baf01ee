import { readdir, readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { importSample } from './sample.js'
import { errorOf, place } from './spawn-cli.js'

describe('coverage --svg', () => {
  test('writes the picture to a file, and says so on stderr', async () => {
    const here = await place()
    await importSample(here)
    const outcome = await here.run(['data', 'coverage', '--svg', 'coverage.svg'])
    expect(outcome).toMatchObject({
      code: 0,
      stdout: '',
      stderr: expect.stringMatching(/^coverage\.svg: 1 series, \d+\.\d kB\n$/),
    })
    const svg = await readFile(`${here.folder}/coverage.svg`, 'utf8')
    expect(svg).toContain('one cell a day, 2024-01-02 .. 2024-01-02 (UTC)')
    expect(svg).toContain('AAPL.NASDAQ 1-MINUTE-LAST')
    expect(svg).toMatch(/<path class="partial" d="M[\d.]+ 12h14"\/>/)
  })

  test('--json lists the entries beside it', async () => {
    const here = await place()
    await importSample(here)
    const json = await here.json(['data', 'coverage', '--svg', 'coverage.svg'])
    expect(json).toMatchObject([{ instrument: 'AAPL.NASDAQ', entries: [{ state: 'data' }, { state: 'data' }] }])
    expect(await readdir(here.folder)).toContain('coverage.svg')
  })

  test('an empty catalog makes no file, and that is said', async () => {
    const here = await place()
    const outcome = await here.run(['data', 'coverage', '--svg', 'coverage.svg'])
    expect(outcome.code).toBe(0)
    expect(outcome.stderr).toContain('coverage.svg: nothing to draw, nothing was written\n')
    expect(await readdir(here.folder)).toEqual([])
  })

  test('a file inside the catalog is refused', async () => {
    const here = await place()
    await importSample(here)
    const outcome = await here.run(['data', 'coverage', '--svg', `${here.catalog}/bars/_delta_log/x.svg`, '--json'])
    expect([outcome.code, errorOf(outcome).message]).toEqual([2, expect.stringContaining('lies inside the catalog')])
  })
})
