import { describe, expect, test } from 'vitest'
import { fetchDays, TOKEN } from './sample.js'
import { place } from './spawn-cli.js'

const SIM = ['--source', 'sim'] as const
const tuesday = (...more: readonly string[]): string[] => fetchDays('AAPL.SIM', '2024-01-02', '2024-01-02', ...more)

describe('fetch --refresh', () => {
  test('asks for what is stored again and replaces it', async () => {
    const { ok, json } = await place()
    await ok(tuesday(...SIM, '--session', 'all'))
    const again = await json(tuesday(...SIM, '--session', 'all', '--refresh'))
    expect(again).toMatchObject({ requests: 1, missing: [], asOf: TOKEN })
    const { rows, fetchedRows } = again as { rows: number; fetchedRows: number }
    expect(fetchedRows).toBe(rows)
    expect(rows).toBeGreaterThan(390)
  })

  test('with --dry-run says what it would replace, and asks nothing', async () => {
    const { ok } = await place()
    await ok(tuesday(...SIM))
    expect(await ok(tuesday(...SIM, '--refresh', '--dry-run'))).toBe(
      [
        'AAPL.SIM 1-MINUTE-LAST-EXTERNAL: 1 range to replace, 1 request (dry run, nothing was asked)',
        '  2024-01-02T00:00:00Z .. 2024-01-03T00:00:00Z',
        '',
      ].join('\n'),
    )
    expect(await ok(['data', 'history'])).toMatch(/bars@0 [^\n]*\n$/)
  })

  test('without a source is exit 3, and changes nothing', async () => {
    const { ok, run } = await place()
    await ok(tuesday(...SIM))
    expect((await run(tuesday('--refresh'))).code).toBe(3)
    expect(await ok(tuesday())).toContain('390 bars, 0 fetched by 0 requests')
  })
})

test('fetch --all-or-nothing brings a range in by one commit', async () => {
  const { ok, json } = await place()
  await ok(fetchDays('AAPL.SIM', '2023-06-01', '2024-01-31', ...SIM, '--all-or-nothing'))
  expect(await json(['data', 'history'])).toHaveLength(1)
})
