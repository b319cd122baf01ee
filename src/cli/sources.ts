import { resolve } from 'node:path'
import { InvalidRequestError } from '../model/errors.js'
import type { HistoricalSource } from '../service/historical-source.js'

const FILES = 'files:'

/**
 * The source that a text names (`sim`, `files:DIR`), loaded only now; `undefined` when nobody named one.
 *
 * @param cwd what a relative DIR is relative to
 * @throws InvalidRequestError for a text that names none
 */
export async function createSource(text: string | undefined, cwd: string): Promise<HistoricalSource | undefined> {
  if (text === undefined) return undefined
  if (text === 'sim') {
    const { SimSource } = await import('../sources/sim.js')
    return new SimSource()
  }
  if (text.startsWith(FILES)) {
    const { FilesSource } = await import('../sources/files.js')
    return new FilesSource(resolve(cwd, folderIn(text)))
  }
  throw new InvalidRequestError(`'${text}' is not a source this version has`, {
    steps: [
      'Check --source, NTRADER_SOURCE and `source` of the configuration file: ntrader data doctor --config',
      'Use --source sim with instruments of the venue SIM.',
      'Or --source files:DIR with CSV files at DIR/AAPL.NASDAQ/1-MINUTE-LAST*.csv.',
      'Or import files: ntrader data import csv',
    ],
  })
}

function folderIn(text: string): string {
  const folder = text.slice(FILES.length)
  if (folder.trim() !== '') return folder
  throw new InvalidRequestError(`the source '${text}' names no directory`, {
    steps: ['Write it after the colon: files:data/csv'],
  })
}
