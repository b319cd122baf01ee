import { InvalidRequestError } from '../model/errors.js'
import { nearest } from './nearest.js'

/**
 * What a configuration file says, nested keys joined by dots: `ibkr.port`. A key without a value is not there.
 *
 * @param name of the file, for messages and for its format
 * @param keys every key a file may have, nested ones joined by dots
 * @param sections those of them that hold keys of their own: their value is what stands there, as JSON
 * @throws InvalidRequestError naming the file, the key, what it is, and the keys there are
 */
export async function parseConfig(
  text: string,
  name: string,
  keys: readonly string[],
  sections: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const values = new Map<string, string>()
  const content = await parseText(text, name)
  if (content !== null && content !== undefined) readSection({ name, keys, sections, values }, content, '')
  return values
}

/** yaml takes 30 ms to load: only who has such a file pays for it. */
async function parseText(text: string, name: string): Promise<unknown> {
  try {
    if (name.toLowerCase().endsWith('.json')) return JSON.parse(text)
    const { parse } = await import('yaml')
    return parse(text)
  } catch (cause) {
    throw new InvalidRequestError(`${name} cannot be read as ${name.endsWith('.json') ? 'JSON' : 'YAML'}`, {
      steps: ['Correct the file, or leave it out with --config OTHER.'],
      cause,
    })
  }
}

interface Reading {
  readonly name: string
  readonly keys: readonly string[]
  readonly sections: readonly string[]
  readonly values: Map<string, string>
}

/** @param prefix `''` for the file itself, `ibkr.` for the section of that name */
function readSection(reading: Reading, content: unknown, prefix: string): void {
  const { name, keys, sections, values } = reading
  const known = [...new Set(keys.filter((it) => it.startsWith(prefix)).map((it) => headOf(it.slice(prefix.length))))]
  const where = prefix === '' ? '' : ` of ${prefix.slice(0, -1)}`
  const steps = [`Known keys${where}: ${known.join(', ')}.`]
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    const what = prefix === '' ? name : `${name}: ${prefix.slice(0, -1)}`
    throw new InvalidRequestError(`${what} is ${shown(content)}, not keys with values`, { steps })
  }
  for (const [key, value] of Object.entries(content)) {
    const full = prefix + key
    if (!known.includes(key)) throw unknownKey(name, full, nearest(key, known), steps)
    if (value === null || value === undefined) continue
    if (!keys.includes(full)) readSection(reading, value, `${full}.`)
    else values.set(full, sections.includes(full) ? sectionText(name, full, value) : scalarText(name, full, value))
  }
}

/** JSON.parse takes what nests a million deep, and JSON.stringify does not. */
function sectionText(name: string, key: string, value: unknown): string {
  try {
    return JSON.stringify(value)
  } catch (cause) {
    throw new InvalidRequestError(`${name}: ${key} nests too deep`, { steps: ['Correct the file.'], cause })
  }
}

function headOf(key: string): string {
  return key.split('.', 1)[0] ?? key
}

function unknownKey(
  name: string,
  key: string,
  meant: string | undefined,
  steps: readonly string[],
): InvalidRequestError {
  return new InvalidRequestError(`${name}: there is no key '${key}'`, {
    steps: [...(meant === undefined ? [] : [`Did you mean '${meant}'?`]), ...steps],
  })
}

function scalarText(name: string, key: string, value: unknown): string {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value)
  throw new InvalidRequestError(`${name}: ${key} is ${shown(value)}, not one text or number`, {
    steps: [`Give it one value: ${key.split('.').join(': ')}: …`],
  })
}

function shown(value: unknown): string {
  return Array.isArray(value) ? 'a list' : typeof value === 'object' ? 'a section' : `'${String(value)}'`
}
