import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { DataCatalog } from '../../src/catalog/catalog.js'
import { CatalogCorruptionError } from '../../src/model/errors.js'
import { type Call, watch } from './disk.mjs'
import { type Fault, faultsOf, nameOf, strike, wrongError } from './faults.js'
import { sample } from './form.js'
import { LOOKED_AT, READS } from './reads.js'
import { clock } from './scenarios.mjs'
import { namesIn } from './state.js'
import { useWorkbench } from './workbench.js'

const figures = { calls: 0, faults: 0, wrongAnswers: 0 }
const bench = useWorkbench('reads refused by the system', figures)

/** What a read answers, to compare. */
function textOf(answer: unknown): string {
  return JSON.stringify(answer, (_, value) => (typeof value === 'bigint' ? String(value) : value))
}

type Read = (catalog: DataCatalog) => Promise<unknown>

/** What a read answers, and the calls it makes. */
async function callsOf(
  folder: string,
  read: Read,
): Promise<{ readonly right: string; readonly calls: readonly Call[] }> {
  const calls: Call[] = []
  const disk = watch(folder, (call) => void calls.push(call))
  const catalog = await DataCatalog.open(join(folder, 'catalog'), { clock })
  const right = textOf(await read(catalog))
  await catalog.close()
  disk.unwatch()
  return { right, calls }
}

/** What is wrong with how a read takes a fault: it must answer rightly or say what it was refused. */
function faultInRead(folder: string, read: Read, right: string, fault: Fault): Promise<string | undefined> {
  return strike(folder, fault, read, async ({ error, answer, hasChanged }, again) => {
    if (hasChanged) return 'it changed something'
    if (error === undefined && textOf(answer) !== right) return `a wrong answer: ${textOf(answer)}`
    const wrong = error === undefined ? undefined : wrongError(error, fault.errno)
    if (wrong !== undefined) return wrong
    const later = textOf(await again())
    return later === right ? undefined : `a wrong answer when the fault is gone: ${later}`
  })
}

async function lookedAt(prepare: (typeof LOOKED_AT)[string]): Promise<string> {
  const folder = bench.folder()
  const root = join(folder, 'catalog')
  const catalog = await DataCatalog.open(root, { clock })
  await prepare(catalog, root)
  await catalog.close()
  return folder
}

describe.each(Object.entries(LOOKED_AT))(
  'a read of %s of which any call is refused says so, or answers rightly',
  (_, prepare) => {
    let folder: string
    beforeAll(async () => {
      folder = await lookedAt(prepare)
    })

    test.each(Object.entries(READS))('%s', { timeout: 900_000 }, async (name, read) => {
      const { right, calls } = await callsOf(folder, read)
      figures.calls += calls.length
      const wrong: string[] = []
      for (const fault of sample(faultsOf(calls), 97, name.length)) {
        const reason = await faultInRead(folder, read, right, fault)
        if (reason !== undefined) wrong.push(`${nameOf(fault)}: ${reason}`)
        figures.faults++
      }
      expect(wrong).toEqual([])
      expect(namesIn(join(folder, 'catalog/bars/_quarantine'))).toEqual([])
    })
  },
)

test('the suite fails where a refusal is taken for absence', async () => {
  const folder = await lookedAt(LOOKED_AT['a young catalog'] ?? (() => Promise.resolve()))
  const read = READS['query'] as Read
  const { right, calls } = await callsOf(folder, read)
  const call = calls.find((it) => it.name === 'readFile' && it.path.endsWith('.parquet')) as Call
  const found = await faultInRead(folder, read, right, { call, errno: 'ENOENT', isLasting: false })
  expect(found).toContain(CatalogCorruptionError.name)
})
