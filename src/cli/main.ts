#!/usr/bin/env node
import { preferFastStart } from '../parquet/engine.js'
import { runCli } from './run.js'

preferFastStart()
const code = await runCli(process.argv.slice(2), process)
// Node 20 can hang while it winds down by itself (nodejs/node#54918): leave once everything that was said is out.
await Promise.all([process.stdout, process.stderr].map((stream) => new Promise((done) => stream.write('', done))))
process.exit(code)
