import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { longRun } from '../support/long-run.mjs'

/**
 * `npm run test:interop`: a virtual environment of its own below node_modules/.cache, with the readers of
 * requirements.txt, then the test that asks them. Without Python, or where its packages cannot be had, it says so and
 * ends well; where CI has a Python, that is a failure.
 */
const HERE = fileURLToPath(new URL('.', import.meta.url))
const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const VENV = join(ROOT, 'node_modules/.cache/ntrader-interop')
const PYTHON = process.platform === 'win32' ? join(VENV, 'Scripts/python.exe') : join(VENV, 'bin/python')

const system = ['python3', 'python'].find((it) => succeeds(it, ['-c', 'import sys; assert sys.version_info >= (3, 9)']))
if (system === undefined) skip('no Python of version 3.9 or newer was found', false)
if (!canRead()) prepare()
await longRun([{ args: ['test/interop'], env: { NTRADER_PYTHON: PYTHON } }])

function canRead() {
  return existsSync(PYTHON) && succeeds(PYTHON, ['-c', 'import deltalake, polars, pyarrow'])
}

function prepare() {
  mkdirSync(join(ROOT, 'node_modules/.cache'), { recursive: true })
  if (!succeeds(system, ['-m', 'venv', VENV])) skip('python -m venv does not work here', true)
  const pip = spawnSync(PYTHON, ['-m', 'pip', 'install', '--quiet', '-r', join(HERE, 'requirements.txt')], {
    encoding: 'utf8',
  })
  if (pip.status !== 0 || !canRead()) skip(`the packages could not be installed:\n${pip.stderr}`, true)
}

function succeeds(command, args) {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0
}

function skip(why, isFailureInCi) {
  console.log(`skipped: outside readers were not asked, because ${why}`)
  process.exit(isFailureInCi && process.env.CI ? 1 : 0)
}
