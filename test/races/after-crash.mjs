import { DataCatalog, say, task } from './child.mjs'

/** What a fresh process finds after a crash, and whether the interrupted work can simply be done again. */
const catalog = await DataCatalog.open(task.root)
const closes = async () => {
  if ((await catalog.list()).length === 0) return []
  return [...(await catalog.query(task.series)).column('close')]
}
const verified = await catalog.verify()
const found = await closes()
for (const rows of task.batches) {
  await catalog.write(
    task.series,
    rows.map((row) => ({ ...row, ts_event: BigInt(row.ts_event) })),
  )
}
const again = await catalog.verify()
say({ verified, found, again, completed: await closes() })
await catalog.close()
