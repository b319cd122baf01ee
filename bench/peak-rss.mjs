import { writeSync } from 'node:fs'

/** File descriptor on which the bench listens. */
const REPORT_FD = 3
process.on('exit', () => writeSync(REPORT_FD, String(process.resourceUsage().maxRSS)))
