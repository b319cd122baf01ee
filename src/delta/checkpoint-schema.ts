import type { SchemaElement } from 'hyparquet'

/** The footer's key-value pair that holds the sha256 of the log file of the checkpoint's version. */
export const COMMIT_KEY = 'ntrader.commit_sha256'

/**
 * The columns of a V1 checkpoint (PROTOCOL.md, "Checkpoint Schema"): one struct for each kind of action, of which a row
 * fills one. `name`, `description` and `txn` are never filled here; readers that list the columns they want find them.
 */
export const CHECKPOINT_SCHEMA: readonly SchemaElement[] = [
  { name: 'spark_schema', num_children: 5 },
  ...struct('txn', text('appId'), long('version'), long('lastUpdated')),
  ...struct(
    'add',
    text('path'),
    textMap('partitionValues'),
    long('size'),
    long('modificationTime'),
    flag('dataChange'),
    textMap('tags'),
    text('stats'),
  ),
  ...struct(
    'remove',
    text('path'),
    long('deletionTimestamp'),
    flag('dataChange'),
    flag('extendedFileMetadata'),
    textMap('partitionValues'),
    long('size'),
    textMap('tags'),
  ),
  ...struct(
    'metaData',
    text('id'),
    text('name'),
    text('description'),
    struct('format', text('provider'), textMap('options')),
    text('schemaString'),
    textList('partitionColumns'),
    textMap('configuration'),
    long('createdTime'),
  ),
  ...struct('protocol', int('minReaderVersion'), int('minWriterVersion')),
]

/** An element and those below it, in the order of a Parquet footer. */
type Elements = readonly SchemaElement[]

function struct(name: string, ...children: readonly Elements[]): Elements {
  return [{ name, repetition_type: 'OPTIONAL', num_children: children.length }, ...children.flat()]
}

function textMap(name: string): Elements {
  return [
    { name, repetition_type: 'OPTIONAL', num_children: 1, converted_type: 'MAP', logical_type: { type: 'MAP' } },
    { name: 'key_value', repetition_type: 'REPEATED', num_children: 2 },
    ...text('key').map((it): SchemaElement => ({ ...it, repetition_type: 'REQUIRED' })),
    ...text('value'),
  ]
}

function textList(name: string): Elements {
  return [
    { name, repetition_type: 'OPTIONAL', num_children: 1, converted_type: 'LIST', logical_type: { type: 'LIST' } },
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
    ...text('element'),
  ]
}

function text(name: string): Elements {
  const logical_type = { type: 'STRING' } as const
  return [{ name, type: 'BYTE_ARRAY', repetition_type: 'OPTIONAL', converted_type: 'UTF8', logical_type }]
}

function long(name: string): Elements {
  return [{ name, type: 'INT64', repetition_type: 'OPTIONAL' }]
}

function int(name: string): Elements {
  return [{ name, type: 'INT32', repetition_type: 'OPTIONAL' }]
}

function flag(name: string): Elements {
  return [{ name, type: 'BOOLEAN', repetition_type: 'OPTIONAL' }]
}
