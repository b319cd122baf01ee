import { readFile, writeFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { fetchDays } from './sample.js'
import { type Place, place } from './spawn-cli.js'

const EVERY_SECOND = ['data', 'maintain', '--schedule', '* * * * * *'] as const

/** Two simulated days of January 2024, one of them replaced by its own deletion and another download. */
async function twoDays(): Promise<Place> {
  const here = await place()
  await here.ok(fetchDays('AAPL.SIM', '2024-01-02', '2024-01-03', '--source', 'sim'))
  await here.ok([
    'data',
    'delete',
    'AAPL.SIM',
    '--bar-type',
    '1m',
    '--start',
    '2024-01-03',
    '--end',
    '2024-01-03',
    '--yes',
  ])
  await here.ok(fetchDays('AAPL.SIM', '2024-01-02', '2024-01-03', '--source', 'sim'))
  return here
}

async function damageFirstFile({ ok }: Place): Promise<void> {
  const path = (await ok(['data', 'files', 'AAPL.SIM'])).split('\n')[0] ?? ''
  const bytes = await readFile(path)
  await writeFile(path, bytes.fill(0, 100, 110))
}

describe('maintain', () => {
  test('consolidates, vacuums and verifies in one run without a question, and says what was left out', async () => {
    const { json, run } = await twoDays()
    expect(await json(['data', 'maintain', '--retain', '0d'])).toMatchObject({
      update: { skipped: 'no source is configured' },
      verify: { ok: true, files: 2 },
      consolidate: { filesRemoved: 2, filesAdded: 1 },
      vacuum: { files: 3 },
      exitCode: 0,
    })
    const again = await run(['data', 'maintain', '--retain', '0d'])
    expect(again.code).toBe(0)
    expect(again.stdout).toContain('nothing to consolidate')
    expect(again.stdout).toContain('nothing to delete')
    expect(again.stderr).toContain('update: skipped, no source is configured')
  })

  test('goes on after a step that found damage, keeps what vacuum would take, and ends with the worst code', async () => {
    const here = await twoDays()
    await damageFirstFile(here)
    const outcome = await here.run(['data', 'maintain', '--retain', '0d', '--json'])
    expect(outcome.code).toBe(4)
    expect(JSON.parse(outcome.stdout)).toMatchObject({
      verify: { ok: false },
      vacuum: { skipped: expect.stringContaining('damaged') },
      exitCode: 4,
    })
  })

  test('on a schedule runs again and again, also after a run that failed, until SIGTERM', async () => {
    const here = await twoDays()
    await damageFirstFile(here)
    const { child, ended, saysOnStderr } = here.start([...EVERY_SECOND, '--json'])
    await saysOnStderr('run ended with 4')
    child.stderr?.removeAllListeners('data')
    const runs: string[] = []
    await new Promise<void>((resolve) => {
      child.stderr?.on('data', (chunk: Buffer) => {
        runs.push(...(chunk.toString().match(/run ended with 4/g) ?? []))
        if (runs.length >= 2) resolve()
      })
    })
    child.kill('SIGTERM')
    const { code, stdout } = await ended
    expect([0, 130]).toContain(code)
    for (const line of stdout.trimEnd().split('\n')) expect(JSON.parse(line)).toHaveProperty('exitCode', 4)
  })

  test('waiting for its next run ends at once with 0', async () => {
    const { start } = await place()
    const { child, ended, saysOnStderr } = start(['data', 'maintain', '--schedule', '0 0 1 1 *', '--tz', 'UTC'])
    await saysOnStderr('next run at 20')
    child.kill('SIGTERM')
    expect(await ended).toMatchObject({ code: 0, stdout: '' })
  })

  test.each([
    [['--schedule', 'at night']],
    [['--schedule']],
    [['--schedule', '0 0 31 2 *']],
    [['--schedule', '0 0 * * *', '--tz', 'Mars/Olympus']],
    [['--retain', 'a week']],
  ])('%j is an error of its caller', async (args) => {
    const { run } = await place()
    const outcome = await run(['data', 'maintain', ...args, '--json'])
    expect(outcome.code).toBe(2)
  })
})
