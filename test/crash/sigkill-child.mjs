import { watch } from './disk.mjs'
import { clock, MUTATIONS } from './scenarios.mjs'

/** Does one mutation, and kills itself at one change of it. */
const { folder, name, change, verdict } = JSON.parse(process.argv[2])
const { DataCatalog } = await import('../../dist/index.js')
watch(
  folder,
  (call) => (call.isChange && call.change === change ? verdict : undefined),
  () => process.kill(process.pid, 'SIGKILL'),
)
const catalog = await DataCatalog.open(`${folder}/catalog`, { clock })
await MUTATIONS[name].run(catalog)
process.send('acknowledged')
await catalog.close()
process.disconnect()
