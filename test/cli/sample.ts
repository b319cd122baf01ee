import { writeFile } from 'node:fs/promises'
import { expect } from 'vitest'
import type { Place } from './spawn-cli.js'

/** A version of a catalog that holds bars only. */
export const TOKEN: unknown = expect.stringMatching(/^bars@\d+-[0-9a-f]{8}$/)

/** Four minutes of a session in New York, with a hole of six hours before the last and a volume that is not there. */
export const SAMPLE_CSV = `timestamp,open,high,low,close,volume
2024-01-02 09:30:00,100,101,99.5,100.5,1200
2024-01-02 09:31:00,100.5,100.75,100.25,100.25,800.5
2024-01-02 09:32:00,100.25,100.5,100,100.1,
2024-01-02 15:59:00,101,101.5,100.9,101.25,4400
`

export const NEW_YORK = ['--tz', 'America/New_York'] as const

/** The options that name a series of minute bars. */
export const MINUTES = ['--bar-type', '1m'] as const

/** The command line that imports a file as minute bars. */
export function importMinutes(file: string, instrument: string, ...more: readonly string[]): readonly string[] {
  return ['data', 'import', 'csv', file, '--instrument', instrument, ...MINUTES, ...more]
}

/** The command line that brings whole days of simulated minutes in. */
export function fetchDays(instrument: string, start: string, end: string, ...more: readonly string[]): string[] {
  return ['data', 'fetch', instrument, ...MINUTES, '--start', start, '--end', end, ...more]
}

export async function writeSample(place: Place, name = 'sample.csv', text = SAMPLE_CSV): Promise<string> {
  const file = `${place.folder}/${name}`
  await writeFile(file, text)
  return file
}

/** A place whose catalog holds the sample as AAPL.NASDAQ. */
export async function importSample(place: Place): Promise<string> {
  const file = await writeSample(place)
  await place.ok(importMinutes(file, 'AAPL.NASDAQ', ...NEW_YORK))
  return file
}
