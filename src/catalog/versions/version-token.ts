import type { Snapshot } from '../../delta/snapshot.js'
import { InvalidRequestError, VersionExpiredError } from '../../model/errors.js'
import { isTableType, type TableType } from '../../model/schema.js'

declare const versionTokenBrand: unique symbol

/**
 * A state of the whole catalog as text: `bars@12-3f2a9c1b`, tables separated by commas. It holds each table's version
 * and the head of its id, so that a token of another catalog, or of a rebuilt log, is refused instead of answered
 * wrongly.
 */
export type VersionToken = string & { readonly [versionTokenBrand]: true }

const NOTHING = 'empty'
const ID_CHARS = 8

/** What a token says of one table. */
export interface TableState {
  readonly version: number
  readonly metadata: { readonly id: string }
}

export function formatToken(snapshots: ReadonlyMap<TableType, TableState | undefined>): VersionToken {
  const parts: string[] = []
  for (const [type, snapshot] of snapshots) {
    if (snapshot !== undefined) parts.push(`${type}@${snapshot.version}-${snapshot.metadata.id.slice(0, ID_CHARS)}`)
  }
  return (parts.length === 0 ? NOTHING : parts.join(',')) as VersionToken
}

/** Whether a text is a version and not the name of a snapshot, which has no `@`. */
export function isVersionToken(text: string): boolean {
  return text === NOTHING || text.includes('@')
}

export interface TableVersion {
  readonly version: number
  /** Head of the table's id; empty in the short form that history shows, which trusts its user. */
  readonly tableId: string
}

/**
 * The version of one table in a token; `undefined` when the table did not exist then.
 *
 * @throws InvalidRequestError when the text is not a token
 */
export function versionInToken(token: string, type: TableType): TableVersion | undefined {
  if (token === NOTHING) return undefined
  let found: TableVersion | undefined
  for (const part of token.split(',')) {
    const match = /^([a-z]+)@(\d{1,15})(?:-([0-9a-f-]{8}))?$/.exec(part)
    if (match === null || !isTableType(match[1] as string)) {
      throw new InvalidRequestError(`'${token}' is not a version of the catalog`, {
        steps: ["Use the text that catalog.version(), a fetch report or 'ntrader data info' gave."],
      })
    }
    if (match[1] === type) found = { version: Number(match[2]), tableId: match[3] ?? '' }
  }
  return found
}

/** @throws VersionExpiredError when the table is another one than the token was taken from */
export function checkTableId(snapshot: Snapshot, { tableId }: TableVersion, type: TableType): void {
  if (snapshot.metadata.id.startsWith(tableId)) return
  throw new VersionExpiredError(`the version was taken from another ${type} table than this catalog has now`, {
    steps: ['Open the catalog the version was taken from.', 'Or leave asOf out to read what is there now.'],
  })
}
