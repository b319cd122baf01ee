#!/usr/bin/env node
import { preferFastStart } from '../parquet/engine.js'
import { runCli } from './run.js'

preferFastStart()
process.exitCode = await runCli(process.argv.slice(2), process)
