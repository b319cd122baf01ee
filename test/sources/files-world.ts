import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { DataCatalogService } from '../../src/service/service.js'
import { FilesSource, type FilesSourceOptions } from '../../src/sources/files.js'
import { createWorld, type World } from '../service/world.js'
import { temporaryFolder } from '../support/catalog.js'

export const HEADER = 'timestamp,open,high,low,close,volume'

export interface FilesWorld extends World {
  readonly folder: string
  readonly files: DataCatalogService
  /** Writes a file of the instrument. */
  put(name: string, content: string | Uint8Array): Promise<string>
}

export async function filesWorld(options: FilesSourceOptions = {}): Promise<FilesWorld> {
  const world = await createWorld()
  const folder = await temporaryFolder()
  await mkdir(join(folder, 'AAPL.NASDAQ'))
  const put = async (name: string, content: string | Uint8Array): Promise<string> => {
    const path = join(folder, 'AAPL.NASDAQ', name)
    await writeFile(path, content)
    return path
  }
  return { ...world, folder, files: world.serviceWith(new FilesSource(folder, options)), put }
}

/** A file of bars at minutes after 14:00 on the day. */
export function barsAt(...minutes: readonly number[]): string {
  return rowsAt(minutes.map((minute) => [minute, 100]))
}

export function rowsAt(rows: readonly (readonly [minute: number, close: number])[]): string {
  const stamp = (minute: number): string => new Date(Date.UTC(2024, 0, 3, 14, minute)).toISOString()
  return [
    HEADER,
    ...rows.map(([minute, close]) => `${stamp(minute)},${close},${close + 1},${close - 1},${close},10`),
  ].join('\n')
}

export function range(first: number, last: number): readonly number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i)
}
