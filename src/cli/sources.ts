import { resolve } from 'node:path'
import { InvalidRequestError } from '../model/errors.js'
import type { HistoricalSource } from '../service/historical-source.js'
import type { Flags } from './command.js'
import type { Context } from './context.js'
import { text } from './flags.js'

const FILES = 'files:'

/**
 * The source that `--source` or the settings name (`ibkr`, `sim`, `files:DIR`), loaded only now; `undefined` when nobody
 * named one.
 *
 * @throws InvalidRequestError for a text that names none
 */
export async function sourceOf(context: Context, flags: Flags): Promise<HistoricalSource | undefined> {
  const { settings, host, log } = context
  const name = text(flags, 'source') ?? settings.source
  if (name === undefined) return undefined
  if (name === 'ibkr') {
    const { IbkrSource } = await import('../sources/ibkr/source.js')
    return new IbkrSource({ ...settings.ibkr, log })
  }
  if (name === 'sim') {
    const { SimSource } = await import('../sources/sim.js')
    return new SimSource()
  }
  if (name.startsWith(FILES)) {
    const { FilesSource } = await import('../sources/files.js')
    return new FilesSource(resolve(host.cwd(), folderIn(name)))
  }
  throw new InvalidRequestError(`'${name}' is not a source this version has`, {
    steps: [
      'Check --source, NTRADER_SOURCE and `source` of the configuration file: ntrader data doctor --config',
      'Use --source ibkr with TWS or IB Gateway running.',
      'Or --source sim with instruments of the venue SIM.',
      'Or --source files:DIR with CSV files at DIR/AAPL.NASDAQ/1-MINUTE-LAST*.csv.',
      'Or import files: ntrader data import csv',
    ],
  })
}

function folderIn(name: string): string {
  const folder = name.slice(FILES.length)
  if (folder.trim() !== '') return folder
  throw new InvalidRequestError(`the source '${name}' names no directory`, {
    steps: ['Write it after the colon: files:data/csv'],
  })
}
