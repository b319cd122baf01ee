import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createTerminal, type OutputStream } from '../../src/cli/render/terminal.js'
import { harmless } from '../../src/cli/render/width.js'
import { plainWord, shellWord } from '../../src/model/command-text.js'
import { place } from '../cli/spawn-cli.js'

const ESC = '\u001b'

/** What terminals act on: cursor, title, clipboard, a link, the 8-bit forms, and text that runs backwards. */
const ATTACKS = [
  `${ESC}[2J`,
  `${ESC}]0;title\u0007`,
  `${ESC}]52;c;Y2xpcA==\u0007`,
  `${ESC}]8;;http://x\u0007`,
  `${ESC}P+q544e${ESC}\\`,
  '\u009b2J',
  '\u009d0;title\u009c',
  '\r overwritten',
  '\b\b\b',
  '\u202e txt.exe',
]

function terminal(isTTY: boolean): { readonly all: string[]; readonly terminal: ReturnType<typeof createTerminal> } {
  const all: string[] = []
  const stream: OutputStream = {
    isTTY,
    columns: 80,
    write: (chunk, done) => {
      all.push(String(chunk))
      done()
      return true
    },
    on: () => undefined,
  }
  return { all, terminal: createTerminal({ stdout: stream, stderr: stream, env: {}, onBrokenPipe: () => undefined }) }
}

describe('a terminal', () => {
  test.each(ATTACKS)('gets nothing of %j that it would act on, on either stream', async (attack) => {
    const { all, terminal: it } = terminal(true)
    it.err.line(`before ${attack} after`)
    await it.out.write(`before ${attack} after\n`)
    const left = all.join('').replaceAll('\n', '')
    expect(left).not.toMatch(/[\p{Cc}\u202a-\u202e]/u)
    expect(left).toContain('before')
    expect(left).toContain('after')
  })

  test('keeps the colours that this program paints with, line ends and tabs', () => {
    expect(harmless(`${ESC}[31mred${ESC}[0m\tcell\nnext`)).toBe(`${ESC}[31mred${ESC}[0m\tcell\nnext`)
  })

  test('a pipe gets every byte of a result as it is', async () => {
    const { all, terminal: it } = terminal(false)
    await it.out.write(ATTACKS.join(''))
    expect(all).toEqual([ATTACKS.join('')])
  })
})

describe('the command line', () => {
  test('shows no control character of a file name, a cell or a column that it names in an error', async () => {
    const here = await place()
    const name = `evil${ESC}[2J.csv`
    writeFileSync(
      join(here.folder, name),
      `timestamp,open,high,low,close\n2024-01-02${ESC}[2J,1,2,1,x${ESC}]0;t\u0007\n`,
    )
    const args = ['data', 'import', 'csv', name, '--instrument', 'A.B', '--bar-type', '1d']
    for (const more of [[], ['--verbose'], ['--json']]) {
      const { stderr, code } = await here.run([...args, ...more])
      expect(code).toBeGreaterThan(0)
      expect(stderr.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u)
    }
  })

  test('never shows a variable of the environment, or a secret of the configuration, in an error or a log', async () => {
    const here = await place()
    const env = { API_TOKEN: 'hunter2-token', PGPASSWORD: 'hunter2-password', NTRADER_LOG: 'trace' }
    mkdirSync(join(here.folder, 'empty'))
    for (const args of [
      [
        'data',
        'fetch',
        'A.B',
        '--bar-type',
        '1m',
        '--start',
        '2024-01-02',
        '--end',
        '2024-01-03',
        '--source',
        'files:empty',
      ],
      ['data', 'doctor'],
      ['data', 'doctor', '--config'],
      ['data', 'query', 'A.B', '--bar-type', '1m', '--verbose'],
    ]) {
      const { stdout, stderr } = await here.run(args, env)
      expect(stdout + stderr).not.toContain('hunter2')
    }
    writeFileSync(join(here.folder, 'ntrader.config.json'), '{"ibkr": {"password": "hunter2-config"}}')
    const refused = await here.run(['data', 'list', '--verbose'], env)
    expect(refused.code).toBe(2)
    expect(refused.stderr).toContain('ibkr.password')
    expect(refused.stderr).not.toContain('hunter2')
  })
})

describe('a command that an error offers to paste', () => {
  test.each(["it's.X", '$(touch pwned).X', '`id`.X', '-rf.X', 'a"b.X', 'A;B.X', 'A&&B.X', 'A|B.X', 'A\\B.X'])(
    'quotes the id %s as one word of a shell',
    async (id) => {
      const here = await place()
      const { stderr } = await here.run(['data', 'query', '--bar-type', '1m', '--', id])
      expect(stderr).toContain(`ntrader data fetch ${shellWord(id)} `)
    },
  )

  test('quotes a word only where a shell would act on it', () => {
    expect([plainWord('files:/data/daily'), plainWord('files:/my data'), plainWord('$x')]).toEqual([
      'files:/data/daily',
      "'files:/my data'",
      "'$x'",
    ])
  })
})
