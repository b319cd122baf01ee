import { parseDuration } from '../model/duration.js'
import { InvalidRequestError } from '../model/errors.js'
import type { Globals } from './globals.js'

/** Who said what a setting is. */
export type Origin =
  | { readonly kind: 'flag' | 'environment'; readonly name: string }
  | { readonly kind: 'file'; readonly path: string; readonly name: string }
  | { readonly kind: 'default' }

export interface StatedSetting {
  readonly key: string
  /** `undefined` where nobody said anything and there is no default. */
  readonly value: string | undefined
  readonly origin: Origin
}

/** One setting: where it can be said, and what it can be. */
export interface Spec<T> {
  /** In the configuration file, nested keys joined by dots. */
  readonly key: string
  readonly inFile?: false
  /** In the file a section with keys of its own; its text is JSON. */
  readonly isSection?: true
  readonly flag?: { readonly name: string; readonly of: (globals: Globals) => string | undefined }
  /** The first that is set counts. */
  readonly variables?: readonly { readonly name: string; readonly of?: (value: string) => string }[]
  readonly fallback?: string
  /** Completes "'x' is not …". */
  readonly what: string
  /** How to write it. */
  readonly write: string
  /** `undefined` for a text that is none. */
  readonly parse: (text: string) => T | undefined
}

export interface ConfigFile {
  readonly path: string
  /** As the user names it, for messages. */
  readonly name: string
  readonly values: ReadonlyMap<string, string>
}

export interface Said {
  readonly globals: Globals
  readonly env: NodeJS.ProcessEnv
  readonly file: ConfigFile | undefined
}

export function required<T>(spec: Spec<T> & { readonly fallback: string }, said: Said): T {
  const { text = spec.fallback, origin } = find(spec, said)
  return parsed(spec, text, origin)
}

export function optional<T>(spec: Spec<T>, said: Said): T | undefined {
  const { text, origin } = find(spec, said)
  return text === undefined ? undefined : parsed(spec, text, origin)
}

export function find<T>(
  spec: Spec<T>,
  { globals, env, file }: Said,
): { readonly text: string | undefined; readonly origin: Origin } {
  const flag = spec.flag?.of(globals)
  if (flag !== undefined) return { text: flag, origin: { kind: 'flag', name: spec.flag?.name ?? '' } }
  for (const { name, of } of spec.variables ?? []) {
    // A variable that is set to nothing says nothing.
    const value = env[name] || undefined
    if (value !== undefined) return { text: of?.(value) ?? value, origin: { kind: 'environment', name } }
  }
  const value = file?.values.get(spec.key)
  if (file !== undefined && value !== undefined) {
    return { text: value, origin: { kind: 'file', path: file.path, name: file.name } }
  }
  return { text: spec.fallback, origin: { kind: 'default' } }
}

function parsed<T>(spec: Spec<T>, text: string, origin: Origin): T {
  const value = spec.parse(text)
  if (value !== undefined) return value
  const where = whereSaid(spec, origin)
  const message = text.trim() === '' ? `${where} is empty` : `${where}: '${text}' is not ${spec.what}`
  throw new InvalidRequestError(message, { steps: [spec.write] })
}

function whereSaid<T>(spec: Spec<T>, origin: Origin): string {
  if (origin.kind === 'file') return `${origin.name}: ${spec.key}`
  return origin.kind === 'default' ? spec.key : origin.name
}

export function textSpec(key: string, what: string, write: string): Spec<string> {
  return { key, what, write, parse: (text) => (text.trim() === '' ? undefined : text) }
}

export function choiceSpec<const T extends string>(key: string, what: string, choices: readonly T[]): Spec<T> {
  const parse = (text: string): T | undefined => choices.find((it) => it === text.trim().toLowerCase())
  return { key, what, write: `Use one of ${choices.join(', ')}.`, parse }
}

export function wholeNumberSpec(key: string, what: string, min: number, max: number): Spec<number> {
  const parse = (text: string): number | undefined => {
    const value = /^\d{1,10}$/.test(text.trim()) ? Number(text) : Number.NaN
    return value >= min && value <= max ? value : undefined
  }
  return { key, what, write: `Write a whole number from ${min} to ${max}.`, parse }
}

export function switchSpec(key: string): Spec<boolean> {
  const parse = (text: string): boolean | undefined => {
    const said = text.trim().toLowerCase()
    return said === 'true' ? true : said === 'false' ? false : undefined
  }
  return { key, what: 'true or false', write: 'Write true or false.', parse }
}

export function durationSpec(key: string): Spec<bigint> {
  const parse = (text: string): bigint | undefined => {
    try {
      return parseDuration(text)
    } catch {
      return undefined
    }
  }
  return {
    key,
    what: 'a duration',
    write: 'Write a whole number and a unit: 30s, 5m, 24h, 7d; or ISO 8601: PT30M.',
    parse,
  }
}
