import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const SRC = fileURLToPath(new URL('../../src', import.meta.url))

/** Modules that a source file loads at run time, and those it loads only when a function asks. */
function importsOf(file: string): { readonly eager: string[]; readonly lazy: string[] } {
  const text = readFileSync(`${SRC}/${file}`, 'utf8')
  const eager = [...text.matchAll(/^(?:import|export) (?!type\b)[^']*? from '([^']+)'/gm)].map((it) => it[1] as string)
  const lazy = [...text.matchAll(/\b(?:import|require)\('([^']+)'\)/g)].map((it) => it[1] as string)
  return { eager, lazy }
}

describe('doors', () => {
  test('only src/parquet/engine.ts names parquet-wasm', () => {
    const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((it) => it.endsWith('.ts'))
    const naming = files.filter((it) => /'parquet-wasm'/.test(readFileSync(`${SRC}/${it}`, 'utf8')))
    expect(naming).toEqual(['parquet/engine.ts'])
  })

  test('nothing that decoding loads at once loads apache-arrow', () => {
    const seen = new Set<string>()
    const visit = (file: string): void => {
      if (seen.has(file)) return
      seen.add(file)
      for (const name of importsOf(file).eager) {
        expect(name, file).not.toBe('apache-arrow')
        if (name.startsWith('.')) visit(new URL(name.replace(/\.js$/, '.ts'), `file:///${file}`).pathname.slice(1))
      }
    }
    visit('parquet/decode.ts')
    expect(seen).toContain('parquet/engine.ts')
    expect(seen).toContain('model/frame.ts')
  })

  test('apache-arrow is never loaded before a function asks for it', () => {
    const files = ['parquet', 'model/arrow'].flatMap((dir) => readdirSync(`${SRC}/${dir}`).map((it) => `${dir}/${it}`))
    for (const file of files) expect(importsOf(file).eager, file).not.toContain('apache-arrow')
    expect(importsOf('model/arrow/record-batch.ts').lazy).toContain('apache-arrow')
  })
})
