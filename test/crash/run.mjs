import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** `npm run test:crash`: the suites of this folder in their full form, and then their figures as one table. */
const folder = mkdtempSync(join(tmpdir(), 'ntrader-crash-'))
const figures = join(folder, 'figures')
const vitest = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url))
const { status } = spawnSync(process.execPath, [vitest, 'run', 'test/crash'], {
  stdio: 'inherit',
  env: { ...process.env, NTRADER_CRASH_FORM: 'full', NTRADER_CRASH_FIGURES: figures },
})
try {
  const lines = existsSync(figures) ? readFileSync(figures, 'utf8').trimEnd().split('\n') : []
  const suites = lines.map((line) => JSON.parse(line))
  const rows = suites.flatMap(({ suite, figures: all }) => Object.entries(all).map((row) => [suite, ...row]))
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column].length)))
  for (const [suite, name, value] of rows) {
    console.log(`${suite.padEnd(widths[0])}  ${name.padEnd(widths[1])}  ${String(value).padStart(8)}`)
  }
} finally {
  rmSync(folder, { recursive: true })
}
process.exitCode = status ?? 1
