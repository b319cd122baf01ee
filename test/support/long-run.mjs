import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/**
 * Runs vitest once for each entry, all at once, adds up the figures that the tests report, and prints them as plain
 * tables. Ends the process with the worst status.
 *
 * @param {{ args: string[], env: Record<string, string> }[]} runs
 */
export async function longRun(runs) {
  const folder = mkdtempSync(join(tmpdir(), 'figures-'))
  const startMs = performance.now()
  const statuses = await Promise.all(
    runs.map((it, i) => vitest(it.args, { ...it.env, NTRADER_FIGURES: join(folder, `${i}`) })),
  )
  const reports = runs.flatMap((_, i) => reportsIn(join(folder, `${i}`)))
  rmSync(folder, { recursive: true })
  for (const [title, figures] of added(reports)) console.log(`\n${tableOf(title, figures)}`)
  console.log(`\n${((performance.now() - startMs) / 1000).toFixed(0)} s in all`)
  process.exit(Math.max(...statuses))
}

function vitest(args, env) {
  const child = spawn('npx', ['--no-install', 'vitest', 'run', ...args], {
    cwd: ROOT,
    stdio: 'inherit',
    shell: process.platform === 'win32',
    env: { ...process.env, ...env },
  })
  return new Promise((resolve) => child.on('close', (code) => resolve(code ?? 1)))
}

function reportsIn(path) {
  if (!existsSync(path)) return []
  return readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((it) => JSON.parse(it))
}

function added(reports) {
  const sums = new Map()
  for (const { title, figures } of reports) {
    const sum = sums.get(title) ?? {}
    for (const [name, value] of Object.entries(figures)) {
      const before = sum[name]
      if (typeof value === 'number') sum[name] = (before ?? 0) + value
      else sum[name] = before === undefined || before === value ? value : `${before} ${value}`
    }
    sums.set(title, sum)
  }
  return sums
}

/** `statesCompared` is shown as `states compared`. */
function tableOf(title, figures) {
  const rows = Object.entries(figures).map(([name, value]) => [
    name.replaceAll(/[A-Z]/g, (it) => ` ${it.toLowerCase()}`),
    typeof value === 'number' ? value.toLocaleString('en') : value,
  ])
  const [nameWidth, valueWidth] = [0, 1].map((column) => Math.max(...rows.map((it) => it[column].length)))
  return [title, ...rows.map(([name, value]) => `  ${name.padEnd(nameWidth)}  ${value.padStart(valueWidth)}`)].join(
    '\n',
  )
}
