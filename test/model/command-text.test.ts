import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { seriesArguments, shellWord } from '../../src/model/command-text.js'
import { parseSeries } from '../../src/model/series.js'

describe('a text on the command line', () => {
  test.each(['AAPL.NASDAQ', "it's.X", '$HOME.X', 'A B.X', '`id`.X', 'EUR/USD.IDEALPRO', "'';id.X", '株.T'])(
    '%j is one word to a shell, unchanged',
    (text) => {
      expect(execFileSync('sh', ['-c', `printf %s ${shellWord(text)}`], { encoding: 'utf8' })).toBe(text)
    },
  )

  test('names a series by its id and its bar type or type', () => {
    expect(seriesArguments(parseSeries({ type: 'bars', instrument: 'AAPL.NASDAQ', barType: '1m' }))).toBe(
      "'AAPL.NASDAQ' --bar-type 1-MINUTE-LAST-EXTERNAL",
    )
    expect(seriesArguments(parseSeries({ type: 'trades', instrument: 'AAPL.NASDAQ' }))).toBe(
      "'AAPL.NASDAQ' --type trades",
    )
  })
})
