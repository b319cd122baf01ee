import type { InstrumentRecord } from '../../catalog/instruments/instrument-record.js'
import { DataNotFoundError } from '../../model/errors.js'
import type { Context } from '../context.js'
import { factLines } from '../render/facts.js'
import { contractsText, instrumentFacts, instrumentJson } from '../render/instrument.js'
import { renderTable } from '../render/table.js'

/** What is known of all instruments, or all that is known of one. */
export async function run(context: Context, [id]: readonly string[]): Promise<number> {
  const catalog = await context.openCatalog()
  const records = id === undefined ? await catalog.instruments() : [await catalog.instrument(id)]
  const known = records.filter((it) => it !== undefined)
  if (id !== undefined && known.length === 0) throw notRecorded(id)
  if (known.length === 0) context.say('no instrument is recorded')
  await context.print(known.map(instrumentJson), () => {
    if (id !== undefined) return known.flatMap((it) => factLines(it.instrument, instrumentFacts(it)))
    return known.length === 0 ? [] : instrumentTable(known, context)
  })
  return 0
}

function instrumentTable(records: readonly InstrumentRecord[], { terminal }: Context): readonly string[] {
  const columns = [
    { header: 'instrument' },
    { header: 'type' },
    { header: 'currency' },
    { header: 'tick size', align: 'right' },
    { header: 'time zone' },
    { header: 'contracts' },
    { header: 'description', canShrink: true },
  ] as const
  const rows = records.map((it) => [
    it.instrument,
    it.securityType ?? '-',
    it.currency ?? '-',
    String(it.tickSize ?? '-'),
    it.timeZone ?? '-',
    contractsText(it) || '-',
    it.description ?? '-',
  ])
  return renderTable(columns, rows, terminal.out)
}

function notRecorded(id: string): DataNotFoundError {
  return new DataNotFoundError(`nothing is recorded of what ${id} is`, {
    steps: [
      'See what is recorded: ntrader data instruments',
      'A source that knows the instrument records it when it is fetched; a program: catalog.putInstrument(…).',
    ],
  })
}
