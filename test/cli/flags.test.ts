import { describe, expect, test } from 'vitest'
import { matches, outputPath, seriesOf } from '../../src/cli/flags.js'
import { parseSeries } from '../../src/model/series.js'

describe('a bar type beside ticks', () => {
  const flags = { type: 'trades', barType: '1m' }
  const refusal = { code: 'INVALID_REQUEST', message: '--bar-type 1m is for bars, and --type trades was given' }

  test('is refused where a series is named: delete must not take trades where bars were meant', () => {
    expect(() => seriesOf('AAPL.NASDAQ', flags)).toThrow(expect.objectContaining(refusal))
  })

  test('is refused where series are chosen', () => {
    const stored = parseSeries({ type: 'trades', instrument: 'AAPL.NASDAQ' })
    expect(() => matches(stored, 'AAPL.NASDAQ', flags)).toThrow(expect.objectContaining(refusal))
  })
})

test.each(['', ' '])("a file to write named '%s' is refused, naming the option", (svg) => {
  expect(() => outputPath({ svg }, 'svg')).toThrow(
    expect.objectContaining({ code: 'INVALID_REQUEST', message: '--svg is empty' }),
  )
})
