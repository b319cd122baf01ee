import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** Median, least and most of some figures. */
export function summary(values) {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const median = sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  return { median, min: sorted[0], max: sorted.at(-1), runs: sorted.length }
}

/**
 * Runs the works in turn, `repeats` times each, so that a busy moment of the machine hits all of them alike.
 *
 * @param works functions by name; what they resolve to is their figure, or else the milliseconds they took
 * @returns summaries by name
 */
export async function interleaved(repeats, works) {
  const figures = Object.fromEntries(Object.keys(works).map((name) => [name, []]))
  for (let i = 0; i < repeats; i++) {
    for (const [name, work] of Object.entries(works)) {
      const startMs = performance.now()
      const figure = await work()
      figures[name].push(typeof figure === 'number' ? figure : performance.now() - startMs)
    }
  }
  return Object.fromEntries(Object.entries(figures).map(([name, values]) => [name, summary(values)]))
}

const PEAK_RSS = fileURLToPath(new URL('./peak-rss.mjs', import.meta.url))

/** Milliseconds from starting `node …args` to its end. @throws Error when it does not end with 0 */
export async function wallOf(args) {
  const startMs = performance.now()
  await run(args, ['ignore', 'ignore', 'pipe'], 1)
  return performance.now() - startMs
}

/** Most memory that `node …args` had resident, in MB. A run of its own: the probe is one more module to load. */
export async function peakRssOf(args) {
  const text = await run(['--import', PEAK_RSS, ...args], ['ignore', 'ignore', 'pipe', 'pipe'], 3)
  return (Number(text) * 1024) / 1e6
}

/** What `node …args` prints, as JSON. */
export async function outputOf(args) {
  return JSON.parse(await run(args, ['ignore', 'pipe', 'pipe'], 1))
}

/** Runs `node …args` and resolves to what it wrote to the file descriptor `read`. */
function run(args, stdio, read) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { stdio })
    let [said, output] = ['', '']
    child.stdio[2].on('data', (chunk) => {
      said += chunk
    })
    child.stdio[read]?.on('data', (chunk) => {
      output += chunk
    })
    child.on('error', reject)
    child.on('close', (code) => {
      if (code === 0) resolve(output)
      else reject(new Error(`node ${args.join(' ')} ended with ${code}: ${said}`))
    })
  })
}
