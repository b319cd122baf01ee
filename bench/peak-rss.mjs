import { existsSync, readFileSync, writeSync } from 'node:fs'

/** File descriptor on which the bench listens. */
const REPORT_FD = 3
const STATUS = '/proc/self/status'

/**
 * Most memory this process had resident, in KiB. Linux hands `maxRSS` down through fork and exec, so a small child of a
 * large process would be said to be as large; `VmHWM` is the process's own.
 */
function peakKib() {
  const own = existsSync(STATUS) ? /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(STATUS, 'utf8')) : null
  return own?.[1] ?? String(process.resourceUsage().maxRSS)
}

process.on('exit', () => writeSync(REPORT_FD, peakKib()))
