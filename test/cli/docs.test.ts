import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { dir } from 'tmp-promise'
import { beforeAll, describe, expect, test } from 'vitest'
import { BAD_FILE, importOptions, REAL_FILES } from './real-files.js'
import { PROGRAM, place, placeIn } from './spawn-cli.js'

const SRC = fileURLToPath(new URL('../../src/cli', import.meta.url))
const MANUAL = readFileSync(fileURLToPath(new URL('../../docs/CLI.md', import.meta.url)), 'utf8')

/** The part of the manual under a heading, up to the next of its level. */
function chapter(heading: string): string {
  const [, text = ''] = MANUAL.split(`\n## ${heading}\n`)
  return text.split('\n## ')[0] ?? ''
}

function optionsIn(help: string): readonly string[] {
  return [...help.matchAll(/^ {2}(?:(-\w), )?(--[a-z-]+)/gm)].flatMap(([, short, long]) =>
    [short, long].filter((it) => it !== undefined && it !== '-h'),
  ) as string[]
}

/** What every command says of itself, by the heading of its chapter; `''` and `gateway` are the groups. */
const helps = new Map<string, string>()
const GROUPS = ['', 'gateway']
beforeAll(async () => {
  const helpOf = async (...args: readonly string[]): Promise<string> => {
    const { stdout } = await placeIn(SRC).run([...args, '--help'], { COLUMNS: '80' })
    return stdout
  }
  const addGroup = async (group: string, headingOf: (command: string) => string): Promise<void> => {
    const whole = await helpOf(group)
    const [, list = ''] = whole.split('\nCommands:\n')
    const commands = [...list.matchAll(/^ {2}([a-z]+) /gm)].map((it) => it[1] ?? '').filter((it) => it !== 'help')
    helps.set(headingOf('').trim(), whole)
    await Promise.all(commands.map(async (it) => helps.set(headingOf(it), await helpOf(group, it))))
  }
  await addGroup('data', (it) => it)
  await addGroup('gateway', (it) => `gateway ${it}`)
}, 60_000)

test('every help fits a terminal of 80 columns', () => {
  const long = [...helps.values()].flatMap((it) => it.split('\n')).filter((it) => it.length > 80)
  expect(long).toEqual([])
})

test('a help has the options of its command before those of every command', () => {
  const sections = helps.get('gaps')?.match(/^[A-Z].*:$/gm)
  expect(sections).toEqual(['Options:', 'Global options:'])
})

describe('docs/CLI.md', () => {
  test('has a chapter for every command, and every option of it there or among those of all commands', () => {
    expect([...helps.keys()]).toContain('consolidate')
    const common = chapter('Things that hold for every command')
    for (const [command, help] of helps) {
      if (GROUPS.includes(command)) continue
      const options = optionsIn(help)
      expect(options, command).toContain('--catalog')
      const own = chapter(command)
      expect(own, `a chapter for ${command}`).not.toBe('')
      for (const option of options) expect(common + own, command).toMatch(new RegExp(`[\`[ ]${option}[\`\\] ]`))
    }
  })

  test('names no command and no option that is not there', () => {
    const chapters = [...MANUAL.matchAll(/^## ([a-z]+(?: [a-z]+)?)$/gm)].map((it) => it[1] ?? '')
    expect(chapters.filter((it) => !helps.has(it))).toEqual([])
    const known = new Set([...helps.values()].flatMap(optionsIn))
    const named = new Set([...MANUAL.matchAll(/(?<=[\s`[])--[a-z][a-z-]+/g)].map((it) => it[0]))
    expect([...named].filter((it) => !known.has(it))).toEqual(['--version'])
  })

  test('names every environment variable that the command line reads', () => {
    const sources = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((it) => it.endsWith('.ts'))
    const text = sources.map((it) => readFileSync(`${SRC}/${it}`, 'utf8')).join('\n')
    const names = new Set(text.match(/\b(?:(?:NTRADER|NAUTILUS)_[A-Z]+|IBKR_(?:HOST|PORT|CLIENT_ID|TIME_SCALE))\b/g))
    expect(names).toContain('NTRADER_CATALOG')
    for (const name of names) expect(chapter('Configuration'), name).toContain(`\`${name}\``)
  })

  test('names every key of the configuration file', async () => {
    const { folder, run } = await place()
    await promisify(execFile)('sh', ['-c', 'echo "{\\"x\\":1}" > ntrader.config.json'], { cwd: folder })
    const known = /Known keys: (.*)\./.exec((await run(['data', 'list'])).stderr)?.[1]?.split(', ') ?? []
    expect(known).toContain('compression')
    for (const key of known) expect(chapter('Configuration')).toMatch(new RegExp(`^${key}: `, 'm'))
  })

  test('names every exit code', () => {
    const named = [...chapter('Exit codes').matchAll(/^\| (\d+) \|/gm)].map((it) => Number(it[1]))
    expect(named).toEqual([0, 1, 2, 3, 4, 5, 6, 130])
  })

  test('has the options of every real file that the tests import', () => {
    for (const file of REAL_FILES) {
      expect(MANUAL, file.name).toContain(`| \`${file.name}\` | \`${importOptions(file).join(' ')}\` |`)
    }
    expect(MANUAL).toContain(BAD_FILE)
  })

  test('links to chapters that are there', () => {
    const anchors = [...MANUAL.matchAll(/^##+ (.*)$/gm)].map((it) => (it[1] ?? '').toLowerCase().replaceAll(' ', '-'))
    for (const [, anchor] of MANUAL.matchAll(/\]\(#([^)]+)\)/g)) expect(anchors).toContain(anchor)
  })

  test('prints in its console blocks what the program prints', async () => {
    const { path, cleanup } = await dir({ unsafeCleanup: true })
    try {
      for (const { command, output } of consoleCommands()) {
        expect(normalized(await shell(command, path), path), command).toBe(normalized(output, path))
      }
    } finally {
      await cleanup()
    }
  })
})

interface ConsoleCommand {
  readonly command: string
  readonly output: string
}

/** `$` begins a command, `>` goes on with it, all else is what it prints. */
function consoleCommands(): readonly ConsoleCommand[] {
  const commands: { command: string; output: string }[] = []
  for (const [, block = ''] of MANUAL.matchAll(/^```console\n(.*?)^```$/gms)) {
    for (const line of block.trimEnd().split('\n')) {
      const last = commands.at(-1)
      if (line.startsWith('$ ')) commands.push({ command: line.slice(2), output: '' })
      else if (last !== undefined && line.startsWith('> ')) last.command += `\n${line.slice(2)}`
      else if (last !== undefined) last.output += `${line}\n`
    }
  }
  return commands
}

/** Both streams of a command in the order in which a terminal would show them. */
async function shell(command: string, cwd: string): Promise<string> {
  const script = `ntrader() { '${process.execPath}' '${PROGRAM}' "$@"; }\nexec 2>&1\n${command}`
  const env = { PATH: process.env['PATH'] ?? '', TZ: 'Pacific/Chatham' }
  const run = promisify(execFile)('bash', ['-c', script], { cwd, env })
  return run.then(
    ({ stdout }) => stdout,
    (error: { readonly stdout: string }) => error.stdout,
  )
}

/** Progress of slow work, and all that differs from run to run by its nature: ids, sizes, the time of a commit. */
function normalized(text: string, folder: string): string {
  return text
    .replace(/^[^:\n]+: +(?:\d+ %,|[\d,]+(?: of [\d,]+)? [a-z]+ in \d).*\n/gm, '')
    .replaceAll(folder, '/home/ann')
    .replace(/@(\d+)-[0-9a-f]{8}/g, '@$1-TABLE')
    .replace(/\.[0-9a-f]{16}\.parquet/g, '.ID.parquet')
    .replace(/\b20(?:2[5-9]|[3-9]\d)-\d\d-\d\dT[\d:.]+Z/g, 'NOW')
    .replace(/\d+(?:\.\d)? k?B\b/g, 'SIZE')
    .replace(/"bytes":\d+/g, '"bytes":SIZE')
    .replace(/ +/g, ' ')
}
