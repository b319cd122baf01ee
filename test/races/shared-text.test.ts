import { readdirSync } from 'node:fs'
import { expect, test, vi } from 'vitest'
import { SharedText } from '../../src/storage/shared-text.js'
import { temporaryFolder } from '../support/catalog.js'
import { startChild } from './processes.js'

const TIMES = 300

test('of many processes that change one text no change is lost, although some are killed in the middle', async () => {
  const directory = `${await temporaryFolder()}/text`
  const tasks = ['a', 'b', 'c'].map((name) => ({ directory, name, times: TIMES }))
  const others = tasks.map((it) => startChild('counter.mjs', it))
  const marks: string[] = []
  for (let round = 0; round < 5; round++) {
    const killed = startChild('counter.mjs', { directory, name: `killed ${round}`, isToBeKilled: true })
    await vi.waitUntil(() => killed.said.length > 20, { timeout: 30_000, interval: 1 })
    killed.process.kill('SIGKILL')
    await killed.ended('SIGKILL')
    marks.push(...killed.said.map((it) => String(it['mark'])))
  }
  await Promise.all(others.map((it) => it.ended()))
  for (const { said } of others) marks.push(...said.map((it) => String(it['mark'])))

  const text = new SharedText(directory)
  const kept = new Set(String(text.read()?.text).trim().split('\n'))
  expect(marks.filter((it) => !kept.has(it))).toEqual([])
  // A killed process may have added one mark more than it came to say.
  expect(kept.size - marks.length).toBeLessThanOrEqual(5)
  // What a killed process left behind is cleared away by the next change.
  await text.change((it) => `${it?.text ?? ''}last\n`)
  expect(readdirSync(directory).filter((it) => it.endsWith('.json'))).toHaveLength(32)
})
