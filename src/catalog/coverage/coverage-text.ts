import { type ExactJson, stringifyExactJson } from '../../delta/exact-json.js'
import { CatalogCorruptionError } from '../../model/errors.js'
import type { Coverage, CoverageEntry, EmptyClaim, Provenance, Rejection, Setting } from './coverage.js'

/**
 * Coverage as the JSON text of `tags.coverage` and of a data file's footer: instants as decimal text of nanoseconds,
 * because JSON numbers lose the last digits in most readers.
 */
export function coverageToText(coverage: Coverage): string {
  return stringifyExactJson(coverage.map(entryToJson))
}

function entryToJson(entry: CoverageEntry): ExactJson {
  const span = { start: String(entry.startNs), end: String(entry.endNs), state: entry.state }
  switch (entry.state) {
    case 'data':
      return { ...span, provenance: withoutAbsent(entry.provenance) }
    case 'empty':
      return { ...span, claims: entry.claims.map((it) => withoutAbsent(it)) }
    case 'rejected':
      return { ...span, rejection: withoutAbsent(entry.rejection) }
  }
}

/** Drops `undefined`, nested settings included, and writes instants as text. */
function withoutAbsent(value: Provenance | EmptyClaim | Rejection | Setting): { readonly [key: string]: ExactJson } {
  const out: Record<string, ExactJson> = {}
  for (const [key, item] of Object.entries(value)) {
    if (item === undefined) continue
    out[key] = typeof item === 'bigint' ? String(item) : typeof item === 'object' ? withoutAbsent(item) : item
  }
  return out
}

/** @param where names the file, for errors. @throws CatalogCorruptionError when the text is not coverage */
export function coverageFromText(text: string, where: string): Coverage {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw damaged(where, cause)
  }
  if (!Array.isArray(json)) throw damaged(where)
  return json.map((item: unknown) => entryFromJson(record(item, where), where))
}

function entryFromJson(json: JsonRecord, where: string): CoverageEntry {
  const span = { startNs: instant(json['start'], where), endNs: instant(json['end'], where) }
  switch (json['state']) {
    case 'data':
      return { ...span, state: 'data', provenance: record(json['provenance'] ?? {}, where) as Provenance }
    case 'empty': {
      const claims = Array.isArray(json['claims']) ? json['claims'] : []
      return { ...span, state: 'empty', claims: claims.map((it) => recorded<EmptyClaim>(record(it, where), where)) }
    }
    case 'rejected':
      return { ...span, state: 'rejected', rejection: recorded<Rejection>(record(json['rejection'], where), where) }
    default:
      throw damaged(where)
  }
}

/** The two instants of a claim come back as nanoseconds; its texts and setting are as they were written. */
function recorded<T extends EmptyClaim | Rejection>(json: JsonRecord, where: string): T {
  const expires = json['expiresAtNs']
  return {
    ...json,
    recordedAtNs: instant(json['recordedAtNs'], where),
    ...(expires === undefined ? {} : { expiresAtNs: instant(expires, where) }),
  } as T
}

type JsonRecord = Readonly<Record<string, unknown>>

function record(value: unknown, where: string): JsonRecord {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw damaged(where)
  return value as JsonRecord
}

function instant(value: unknown, where: string): bigint {
  if (typeof value !== 'string' || !/^-?\d{1,19}$/.test(value)) throw damaged(where)
  return BigInt(value)
}

function damaged(where: string, cause?: unknown): CatalogCorruptionError {
  return new CatalogCorruptionError(`the coverage of ${where} cannot be read`, {
    steps: ['Restore the log file that names it from a backup of the catalog.'],
    cause,
  })
}
