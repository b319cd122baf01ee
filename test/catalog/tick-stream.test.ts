import { dir } from 'tmp-promise'
import { expect, test } from 'vitest'
import { startChild } from '../races/processes.js'

/** 1.5 million trades of one day; NTRADER_FULL=1 for the five million that one file may hold. */
const ROWS = process.env['NTRADER_FULL'] === '1' ? 5_000_000 : 1_500_000
const MB = 1_000_000
/**
 * Measured with five million: 60 to 110 MB between two collections of garbage, whatever the number of rows. A reader
 * that kept 1.5 million rows would need 200 MB more at the end than after a tenth.
 */
const GROWTH_MAX_BYTES = 128 * MB
/** Measured: 0.7 GB. The rows of one part are in memory as they were, as they will be and as they are read back. */
const WRITING_MAX_BYTES = 1500 * MB

test(`${ROWS} trades of one day are written in batches and streamed in order, in flat memory`, async () => {
  const { path: root, cleanup } = await dir({ unsafeCleanup: true })
  try {
    const written = await run({ root, action: 'write', rows: ROWS })
    const files = written['files'] as readonly (readonly [number, number])[]
    expect(files.reduce((sum, [rows]) => sum + rows, 0)).toBe(ROWS)
    expect(files.length).toBe(Math.ceil(ROWS / 1_249_995))
    expect(written['peakBytes']).toBeLessThan(WRITING_MAX_BYTES)
    const streamed = await run({ root, action: 'stream' })
    expect(streamed['rows']).toBe(ROWS)
    const rss = streamed['rssBytes'] as readonly number[]
    expect(rss.length).toBeGreaterThanOrEqual(ROWS / 100_000)
    const tenth = Math.ceil(rss.length / 10)
    const growth = Math.max(...rss.slice(tenth)) - Math.max(...rss.slice(0, tenth))
    console.log(
      `${ROWS} rows: written in ${written['ms']} ms, at most ${mb(written['peakBytes'])} MB; ` +
        `streamed in ${streamed['ms']} ms, at most ${mb(streamed['peakBytes'])} MB, ${mb(growth)} MB more after the first tenth`,
    )
    expect(growth).toBeLessThan(GROWTH_MAX_BYTES)
  } finally {
    await cleanup()
  }
}, 240_000)

async function run(task: unknown): Promise<Readonly<Record<string, unknown>>> {
  const child = startChild('../catalog/tick-stream.mjs', task)
  const result = await child.heard('done')
  await child.ended()
  return result
}

function mb(bytes: unknown): number {
  return Math.round(Number(bytes) / MB)
}
