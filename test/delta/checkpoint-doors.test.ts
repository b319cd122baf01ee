import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const SRC = fileURLToPath(new URL('../../src', import.meta.url))

/** Files that load a module, at once or when a function asks; types cost nothing. */
function loading(module: RegExp): { readonly eager: string[]; readonly lazy: string[] } {
  const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((it) => it.endsWith('.ts'))
  const matching = (statement: RegExp): string[] =>
    files.filter((file) =>
      [...readFileSync(`${SRC}/${file}`, 'utf8').matchAll(statement)].some((it) => module.test(it[1] ?? '')),
    )
  return {
    eager: matching(/^(?:import|export) (?!type\b)[^']*? from '([^']+)'/gm),
    lazy: matching(/\bimport\('([^']+)'\)/g),
  }
}

test('hyparquet is loaded by one file, and hyparquet-writer by another, when a checkpoint is met', () => {
  expect(loading(/^hyparquet(?:\/|$)/)).toEqual({ eager: [], lazy: ['delta/checkpoint-leaves.ts'] })
  expect(loading(/^hyparquet-writer(?:\/|$)/)).toEqual({ eager: [], lazy: ['delta/checkpoint-encode.ts'] })
})
