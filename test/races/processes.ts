import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterAll } from 'vitest'

/** A child process that runs one script of this folder and talks in JSON lines. */
export interface Child {
  readonly process: ChildProcess
  /** Everything said so far, in order. */
  readonly said: readonly Message[]
  /** Resolves when the child has said something with this key so many times, to the last of these messages. */
  heard(key: string, times?: number): Promise<Message>
  /** Resolves when the child has ended. @throws Error with its stderr unless it ended with 0 or by `signal` */
  ended(signal?: NodeJS.Signals): Promise<void>
}

export type Message = Readonly<Record<string, unknown>>

const started = new Set<ChildProcess>()
/** A test that fails or runs out of time leaves no process behind. */
afterAll(() => {
  for (const it of started) it.kill('SIGKILL')
})

export function startChild(script: string, task: unknown): Child {
  const path = fileURLToPath(new URL(script, import.meta.url))
  const child = spawn(process.execPath, [path, JSON.stringify(task)], { stdio: ['pipe', 'pipe', 'pipe'] })
  started.add(child)
  const said: Message[] = []
  const listeners = new Set<() => void>()
  let stderr = ''
  child.stderr.on('data', (chunk) => {
    stderr += chunk
  })
  let unfinished = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = `${unfinished}${chunk}`.split('\n')
    // A process that is killed may have said half a line.
    unfinished = lines.pop() ?? ''
    for (const line of lines) said.push(JSON.parse(line))
    for (const listener of listeners) listener()
  })
  const closed = new Promise<readonly [number | null, NodeJS.Signals | null]>((resolve) => {
    child.on('close', (code, signal) => resolve([code, signal]))
  })

  async function heard(key: string, times = 1): Promise<Message> {
    const message = new Promise<Message>((resolve) => {
      const look = (): void => {
        const found = said.filter((it) => key in it)[times - 1]
        if (found !== undefined) resolve(found)
      }
      listeners.add(look)
      look()
    })
    const gone = closed.then(() => {
      throw new Error(`${script} ended without saying '${key}': ${stderr}`)
    })
    return Promise.race([message, gone])
  }

  async function ended(signal?: NodeJS.Signals): Promise<void> {
    const [code, by] = await closed
    if (code === 0 || (signal !== undefined && by === signal)) return
    throw new Error(`${script} ended with ${code ?? by}: ${stderr}`)
  }

  return { process: child, said, heard, ended }
}
