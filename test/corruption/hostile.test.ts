import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../support/catalog.js'
import { dataDir } from '../support/data.js'

const IS_FULL = process.env['NTRADER_FULL'] === '1'
/** The process itself takes 60 MB; the rest is what all of the files together may make of it. */
const RSS_MAX_MB = 700
const ONE_FILE_MAX_MS = 60_000

interface Outcome {
  readonly tried: Readonly<Record<string, number>>
  readonly typed: Readonly<Record<string, number>>
  readonly read: Readonly<Record<string, number>>
  readonly untyped: readonly string[]
  readonly slowestMs: number
  readonly slowest: string
  readonly peakRssMb: number
}

async function run(env: Readonly<Record<string, string>>): Promise<{ readonly code: number; readonly stdout: string }> {
  const data = dataDir()
  const script = fileURLToPath(new URL('./hostile.mjs', import.meta.url))
  const corrupt = data === undefined ? '' : join(data, 'corrupt')
  const child = spawn(process.execPath, [script, await temporaryFolder(), corrupt], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let stdout = ''
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString()
  })
  const [code] = await once(child, 'close')
  return { code: Number(code), stdout }
}

test.runIf(IS_FULL)(
  'a program that unpacks a bomb before it looks is over the bound of memory',
  async () => {
    const { stdout } = await run({ HOSTILE_MUTANT: '1' })
    expect(JSON.parse(stdout).peakRssMb).toBeGreaterThan(RSS_MAX_MB)
  },
  600_000,
)

test('hostile files end in typed errors, within bounds of memory and time, and the process survives', async () => {
  const { code, stdout } = await run({ HOSTILE_STRIDE: IS_FULL ? '1' : '29' })
  expect(code).toBe(0)
  const outcome: Outcome = JSON.parse(stdout)
  const total = Object.values(outcome.tried).reduce((sum, it) => sum + it, 0)
  console.log(
    [
      `hostile files tried  ${total}`,
      ...Object.entries(outcome.tried).map(([kind, count]) => `  ${kind}: ${count}`),
      `typed errors         ${Object.values(outcome.typed).reduce((sum, it) => sum + it, 0)}`,
      ...Object.entries(outcome.typed).map(([kind, count]) => `  ${kind}: ${count}`),
      `untyped errors       ${outcome.untyped.length}`,
      'crashes              0',
      `peak RSS             ${outcome.peakRssMb} MB`,
      `slowest              ${outcome.slowestMs} ms (${outcome.slowest})`,
    ].join('\n'),
  )
  expect(outcome.untyped).toEqual([])
  expect(outcome.peakRssMb).toBeLessThan(RSS_MAX_MB)
  expect(outcome.slowestMs).toBeLessThan(ONE_FILE_MAX_MS)
  expect(outcome.read['sound foreign file']).toBe(1)
  expect(outcome.typed['foreign file encrypted UNSUPPORTED_FORMAT']).toBe(outcome.tried['foreign file encrypted'])
  // Whatever is no market data is refused; of flipped bits some fall where nobody looks.
  for (const kind of ['foreign file', 'foreign file encrypted']) expect(outcome.read[kind]).toBe(undefined)
  for (const code of ['CATALOG_CORRUPTION', 'CATALOG_LOCKED', 'STORAGE']) {
    expect(outcome.typed[`foreign file ${code}`]).toBe(undefined)
  }
}, 600_000)
