import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { VERSION } from '../src/version.js'

const root = new URL('../', import.meta.url)
const read = (name: string): string => readFileSync(new URL(name, root), 'utf8')
const manifest: {
  readonly version: string
  readonly engines: { readonly node: string }
  readonly dependencies: Record<string, string>
  readonly devDependencies: Record<string, string>
} = JSON.parse(read('package.json'))

describe('the package', () => {
  test('has one version: manifest, source and newest entry of the changelog', () => {
    const entries = [...read('CHANGELOG.md').matchAll(/^## \[(\d+\.\d+\.\d+)\] - (\d{4}-\d\d-\d\d)$/gm)]
    expect(VERSION).toBe(manifest.version)
    expect(entries[0]?.[1]).toBe(manifest.version)
    const dates = entries.map((it) => it[2] ?? '')
    expect(dates).toEqual([...dates].sort().reverse())
  })

  test('names every dependency by an exact version', () => {
    for (const [name, version] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })) {
      expect(version, name).toMatch(/^\d+\.\d+\.\d+$/)
    }
  })

  test('keeps the owner’s libraries and Node 20.19', () => {
    expect(manifest.engines.node).toBe('>=20.19')
    for (const name of ['apache-arrow', 'parquet-wasm', 'proper-lockfile', '@js-temporal/polyfill', 'pino']) {
      expect(manifest.dependencies).toHaveProperty([name])
    }
  })

  test('locks every optional package of its dependencies, whatever the platform: npm ci refuses a lock that does not', () => {
    const { packages }: { packages: Record<string, { optionalDependencies?: Record<string, string> }> } = JSON.parse(
      read('package-lock.json'),
    )
    for (const [path, { optionalDependencies = {} }] of Object.entries(packages)) {
      for (const name of Object.keys(optionalDependencies)) {
        const locked = [`node_modules/${name}`, `${path}/node_modules/${name}`].some((it) => it in packages)
        expect(locked, `${path} -> ${name}`).toBe(true)
      }
    }
  })
})
