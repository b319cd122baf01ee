const FIRST_MS = 1_000
const LAST_MS = 60_000

/**
 * How long to wait before trying again: 1 s, 2 s, 4 s … 60 s, each shortened by up to half, so that many who lost the
 * same gateway do not come back at the same moment.
 *
 * @param attempt from 0
 */
export function backOffMs(attempt: number, timeScale: number): number {
  const fullMs = Math.min(FIRST_MS * 2 ** Math.min(attempt, 10), LAST_MS)
  return (fullMs * (0.5 + Math.random() / 2)) / timeScale
}
