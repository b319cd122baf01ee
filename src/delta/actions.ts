import type { PartitionValues } from '../model/series.js'

/**
 * The actions of the Delta protocol that this catalog writes, reader version 1 and writer version 2, as plain values.
 * Source: PROTOCOL.md of delta-io/delta; the traps are in docs/FORMAT.md.
 */
export type Action =
  | { readonly kind: 'commitInfo'; readonly commitInfo: CommitInfo }
  | { readonly kind: 'protocol'; readonly protocol: Protocol }
  | { readonly kind: 'metaData'; readonly metaData: TableMetadata }
  | { readonly kind: 'add'; readonly add: AddFile }
  | { readonly kind: 'remove'; readonly remove: RemoveFile }

export interface CommitInfo {
  readonly timestampMs: number
  readonly operation: string
  readonly operationParameters: Readonly<Record<string, string>>
  readonly engineInfo: string
  /** Unique to the attempt: tells our own commit from another's after a lost reply. */
  readonly txnId: string
}

export interface Protocol {
  readonly minReaderVersion: number
  readonly minWriterVersion: number
}
export const PROTOCOL: Protocol = { minReaderVersion: 1, minWriterVersion: 2 }

export interface TableMetadata {
  readonly id: string
  readonly schemaString: string
  readonly partitionColumns: readonly string[]
  /** Table properties; this catalog's own begin with `ntrader.`. */
  readonly configuration: Readonly<Record<string, string>>
  readonly createdTimeMs: number
}

/** Every value is text: readers refuse a table whose tags hold anything else. */
export type Tags = Readonly<Record<string, string>>

export interface AddFile {
  /** Below the table's root, `/` between segments, decoded from the log's URI. */
  readonly path: string
  readonly partitionValues: PartitionValues
  readonly sizeBytes: number
  readonly modificationTimeMs: number
  readonly dataChange: boolean
  readonly stats: FileStats | undefined
  readonly tags: Tags
}

/** What the log says of a file's rows. Instants are exact to the nanosecond. */
export interface FileStats {
  readonly numRecords: number
  /** Smallest and largest `ts_event`; absent for a file without rows. */
  readonly tsEvent: { readonly minNs: bigint; readonly maxNs: bigint } | undefined
  readonly tsInit: { readonly minNs: bigint; readonly maxNs: bigint } | undefined
}

export interface RemoveFile {
  readonly path: string
  readonly partitionValues: PartitionValues
  readonly sizeBytes: number
  readonly deletionTimestampMs: number
  readonly dataChange: boolean
  readonly tags: Tags
}
