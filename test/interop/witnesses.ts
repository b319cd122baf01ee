import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { tableFromIPC } from 'apache-arrow'

export const READERS = ['delta-rs', 'polars'] as const
export type Reader = (typeof READERS)[number]

export interface Question {
  readonly reader: Reader
  /** Directory of the table. */
  readonly table: string
  /** The newest version, when it is not stated. */
  readonly version: number | null
  /** Only rows with `ts_event` from the first instant to before the second, as decimal text: readers prune by statistics. */
  readonly between: readonly [string, string] | null
}

/** What a reader that is not ours made of a table: its rows as text, in no order, or why it refuses it. */
export type Answer =
  | { readonly kinds: Readonly<Record<string, string>>; readonly rows: readonly Row[] }
  | { readonly error: string }

export type Row = ReadonlyMap<string, unknown>

export interface Testimony {
  readonly readers: Readonly<Record<string, string>>
  readonly answers: readonly Answer[]
}

/** Asks all at once: a Python that has loaded its libraries answers hundreds of questions. */
export function ask(python: string, folder: string, questions: readonly Question[]): Testimony {
  const jobs = questions.map((it, i) => ({ ...it, out: join(folder, `answer-${i}.arrow`) }))
  const jobsPath = join(folder, 'jobs.json')
  writeFileSync(jobsPath, JSON.stringify(jobs))
  const script = fileURLToPath(new URL('read_tables.py', import.meta.url))
  const { status, stdout, stderr } = spawnSync(python, [script, jobsPath], { encoding: 'utf8', maxBuffer: 1 << 28 })
  if (status !== 0) throw new Error(`the readers ended with ${status}: ${stderr}`)
  const [readers, ...results] = stdout
    .trim()
    .split('\n')
    .map((it) => JSON.parse(it))
  const answers = results.map((it, i): Answer => {
    if ('error' in it) return it
    const rows = rowsOf(jobs[i]?.out ?? '')
    if (rows.length !== it.rows) throw new Error(`${rows.length} of ${it.rows} rows came through`)
    return { kinds: it.kinds, rows }
  })
  return { readers, answers }
}

function rowsOf(path: string): readonly Row[] {
  const table = tableFromIPC(readFileSync(path))
  const columns = table.schema.fields.map((it, i) => ({ name: it.name, values: table.getChildAt(i) }))
  return Array.from({ length: table.numRows }, (_, row) => {
    return new Map(columns.map(({ name, values }): [string, unknown] => [name, values?.get(row)]))
  })
}
