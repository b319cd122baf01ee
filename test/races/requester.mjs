import { appendFileSync } from 'node:fs'
import { Pacer } from '../../dist/sources/ibkr/pacing/pacer.js'
import { say, task } from './child.mjs'

/** Asks for one thing after the other, six at a time, as fast as the pacer lets it; each sending is a line in a file. */
const { login, directory, mode, timeScale, journal, requests } = task
const pacer = Pacer.open({ login, directory, mode, timeScale, onWarning: (message) => say({ warning: message }) })
const signal = new AbortController().signal
const queue = [...requests]

async function work() {
  for (let request = queue.shift(); request !== undefined; request = queue.shift()) {
    const deadlineMs = Number.POSITIVE_INFINITY
    await pacer.acquire(request, { signal, deadlineMs, onWait: (reason) => say({ reason }) })
    // As one line at once: rivals write to the same file.
    appendFileSync(journal, `${JSON.stringify({ request, arrivedMs: Date.now(), isStrict: mode === 'strict' })}\n`)
  }
}

say({ ready: true })
await Promise.all(Array.from({ length: 6 }, work))
