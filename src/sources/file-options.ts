import { join } from 'node:path'
import { DATE_FORMATS, type DateFormat } from '../importers/csv/stamp.js'
import type { CsvFileOptions } from '../importers/csv-file.js'
import { InvalidRequestError } from '../model/errors.js'
import { zoneOf } from '../model/zone.js'
import { isNamedPipe, readUserText } from '../storage/user-files.js'

export const OPTIONS_FILE = 'options.json'

/** How each key is read; `undefined` for a value that it cannot have. */
const KEYS: Readonly<Record<keyof CsvFileOptions, (value: unknown) => CsvFileOptions | undefined>> = {
  timeZone: (value) => (typeof value === 'string' ? { timeZone: zoneOf(value).name } : undefined),
  stamp: (value) => (value === 'open' || value === 'close' ? { stamp: value } : undefined),
  dateFormat: (value) => (isDateFormat(value) ? { dateFormat: value } : undefined),
  columns: (value) => (isTextMap(value) ? { columns: new Map(Object.entries(value)) } : undefined),
}
const EXAMPLE =
  '{"timeZone": "America/New_York", "stamp": "close", "dateFormat": "D/M/Y", "columns": {"close": "Last"}}'

/**
 * What `options.json` in a folder says of the CSV files there and below: the options of an import.
 *
 * @throws InvalidRequestError naming the file and the key
 */
export function readFileOptions(folder: string): CsvFileOptions {
  const path = join(folder, OPTIONS_FILE)
  // The folder may be one that others drop files into.
  if (isNamedPipe(path)) throw invalid(path, 'it is a named pipe')
  const text = readUserText(path)
  if (text === undefined) return {}
  let options: CsvFileOptions = {}
  for (const [key, value] of Object.entries(parseObject(text, path))) {
    if (!isKey(key)) throw invalid(path, `'${key}' is not an option`)
    const read = KEYS[key](value)
    if (read === undefined) throw invalid(path, `${key} cannot be ${shown(value)}`)
    options = { ...options, ...read }
  }
  return options
}

function parseObject(text: string, path: string): object {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  } catch (cause) {
    throw invalid(path, 'it cannot be read as JSON', cause)
  }
  throw invalid(path, 'it is not a JSON object')
}

function invalid(path: string, why: string, cause?: unknown): InvalidRequestError {
  return new InvalidRequestError(`${path}: ${why}`, {
    steps: [`Write it like ${EXAMPLE}; every key may be left out.`],
    cause,
  })
}

const SHOWN_MAX_CHARS = 80

/** A value as it stands in the file. A list may nest a million deep, which JSON.parse takes and JSON.stringify does not. */
function shown(value: unknown): string {
  try {
    const text = JSON.stringify(value)
    return text.length > SHOWN_MAX_CHARS ? `${text.slice(0, SHOWN_MAX_CHARS)}…` : text
  } catch {
    return 'a value that nests so deep'
  }
}

function isKey(key: string): key is keyof CsvFileOptions {
  return Object.hasOwn(KEYS, key)
}

function isDateFormat(value: unknown): value is DateFormat {
  return DATE_FORMATS.some((it) => it === value)
}

function isTextMap(value: unknown): value is Readonly<Record<string, string>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  return Object.values(value).every((it) => typeof it === 'string')
}
