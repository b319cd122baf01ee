import { describe, expect, test } from 'vitest'
import { importSample, TOKEN } from './sample.js'
import { type Place, place } from './spawn-cli.js'

const SIM = ['--source', 'sim'] as const
const UPDATE = ['data', 'update'] as const

/** Daily bars of two simulated instruments, up to long ago, and minute bars that were imported. */
async function stored(): Promise<Place> {
  const here = await place()
  const range = ['--bar-type', '1d', '--start', '2024-01-02', '--end', '2024-01-31']
  await here.ok(['data', 'fetch', 'AAPL.SIM', 'MSFT.SIM', ...range, ...SIM])
  await importSample(here)
  return here
}

/** The objects that `--json` prints, one a line. */
const linesOf = (stdout: string): readonly unknown[] =>
  stdout
    .trimEnd()
    .split('\n')
    .map((it) => JSON.parse(it) as unknown)

describe('update', () => {
  test('brings every series of the source up to now, an object each, and names on stderr what it skips', async () => {
    const here = await stored()
    const { code, stdout, stderr } = await here.run([...UPDATE, ...SIM, '--json'])
    expect(code).toBe(0)
    const barType = '1-DAY-LAST-EXTERNAL'
    const updated = { type: 'bars', barType, requests: 1, missing: [], asOf: TOKEN }
    expect(linesOf(stdout)).toMatchObject([
      { ...updated, instrument: 'AAPL.SIM' },
      { ...updated, instrument: 'MSFT.SIM' },
    ])
    expect(stderr).toBe(
      'AAPL.NASDAQ 1-MINUTE-LAST-EXTERNAL: skipped, sim has brought nothing of it; name it to update it all the same\n',
    )
    const [first] = (await here.json(['data', 'list'])) as readonly { rows: number }[]
    expect(first).toMatchObject({ instrument: 'AAPL.NASDAQ', rows: 4 })
    const rows = (linesOf(stdout)[0] as { rows: number; fetchedRows: number }).rows
    expect(rows).toBeGreaterThan(400)
  })

  test('of an id touches nothing else', async () => {
    const here = await stored()
    expect(await here.ok([...UPDATE, 'MSFT.SIM', ...SIM])).toMatch(
      /^MSFT\.SIM 1-DAY-LAST-EXTERNAL: [\d,]+ bars, [\d,]+ fetched by 1 request\n$/,
    )
    const list = (await here.json(['data', 'list'])) as readonly { instrument: string; rows: number }[]
    expect(list.find((it) => it.instrument === 'AAPL.SIM')?.rows).toBe(21)
  })

  test('of an id that the source does not serve fails, and the others are still updated', async () => {
    const here = await stored()
    const { code, stdout, stderr } = await here.run([...UPDATE, 'AAPL.NASDAQ', 'AAPL.SIM', ...SIM])
    expect(code).toBe(1)
    expect(stderr).toContain('the simulated source does not serve AAPL.NASDAQ')
    expect(stdout).toContain('AAPL.SIM 1-DAY-LAST-EXTERNAL: ')
  })

  test('of an id that is not stored is exit 3, and the others are still updated', async () => {
    const here = await stored()
    const { code, stdout, stderr } = await here.run([...UPDATE, 'TSLA.SIM', 'AAPL.SIM', ...SIM])
    expect(code).toBe(3)
    expect(stderr).toContain('the catalog holds nothing of TSLA.SIM')
    expect(stdout).toContain('AAPL.SIM 1-DAY-LAST-EXTERNAL: ')
  })

  test('of ids that are not stored updates nothing else', async () => {
    const here = await stored()
    const { code, stdout } = await here.run([...UPDATE, 'TSLA.SIM', ...SIM])
    expect([code, stdout]).toEqual([3, ''])
  })

  test('--bar-type and --type choose among the series', async () => {
    const here = await stored()
    expect(await here.ok([...UPDATE, '--type', 'quotes', ...SIM])).toBe('')
    const { stdout, stderr } = await here.run([...UPDATE, '--bar-type', '1d', '--dry-run', ...SIM])
    expect(stderr).toBe('')
    expect(stdout.match(/^\S+ 1-DAY-LAST-EXTERNAL: [\d,]+ gaps, 1 request/gm)).toHaveLength(2)
  })

  test('with --dry-run stores nothing', async () => {
    const here = await stored()
    const before = await here.json(['data', 'history'])
    await here.ok([...UPDATE, '--dry-run', ...SIM])
    expect(await here.json(['data', 'history'])).toEqual(before)
  })

  test('without a source is exit 3', async () => {
    const here = await stored()
    expect((await here.run([...UPDATE])).code).toBe(3)
    expect((await here.run([...UPDATE, 'AAPL.SIM'], { NTRADER_SOURCE: 'sim' })).code).toBe(0)
  })
})
