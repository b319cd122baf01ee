import { SharedText } from '../../dist/storage/shared-text.js'
import { say, task } from './child.mjs'

/** Adds its mark to a text that its rivals change too, and says so each time; for ever, if it is to be killed. */
const text = new SharedText(task.directory)
for (let i = 0; task.isToBeKilled || i < task.times; i++) {
  const mark = `${task.name}:${i}`
  await text.change((it) => `${it?.text ?? ''}${mark}\n`)
  say({ mark })
}
