import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type ExactJson, parseExactJson, stringifyExactJson } from '../../src/delta/exact-json.js'

describe('exact JSON', () => {
  test('nanoseconds keep all 19 digits, both ways', () => {
    const text = '{"min":1704205800000000601,"max":-9223372036854775808}'
    expect(parseExactJson(text)).toEqual({ min: 1_704_205_800_000_000_601n, max: -(2n ** 63n) })
    expect(stringifyExactJson(parseExactJson(text))).toBe(text)
  })

  test('digits inside a text stay a text', () => {
    const text = '{"a":"1704205800000000601","b":"\\"1704205800000000601","c\\"1704205800000000601":1}'
    expect(stringifyExactJson(parseExactJson(text))).toBe(text)
  })

  test.each([
    ['0.30000000000000004', 0.1 + 0.2],
    ['-0.30000000000000004', -(0.1 + 0.2)],
    ['187.12345678901234567', 187.12345678901235],
    ['1.7042058000000006e+18', Number('1.7042058000000006e18')],
    ['1234567890123456.5', 1234567890123456.5],
  ])('%s, as other engines write statistics of prices, is a double', (text, value) => {
    expect(parseExactJson(`{"close":${text}}`)).toEqual({ close: value })
  })

  test('property: what is written reads back the same', () => {
    const long = fc.bigInt({ min: 10n ** 15n, max: 2n ** 63n })
    const leaf = fc.oneof(
      fc.constant(null),
      fc.boolean(),
      fc.string(),
      fc.maxSafeInteger().filter((it) => Math.abs(it) < 1e15 && !Object.is(it, -0)),
      fc.double({ noNaN: true, noDefaultInfinity: true }).filter((it) => !Object.is(it, -0) && !Number.isInteger(it)),
      long,
      long.map((it) => -it),
    )
    const tree = fc.letrec<{ readonly json: ExactJson }>((tie) => ({
      json: fc.oneof(
        { maxDepth: 3 },
        leaf,
        fc.array(tie('json'), { maxLength: 4 }),
        fc.dictionary(fc.string(), tie('json'), { maxKeys: 4, noNullPrototype: true }),
      ),
    })).json
    fc.assert(
      fc.property(tree, (json) => {
        expect(parseExactJson(stringifyExactJson(json))).toEqual(json)
      }),
    )
  })
})
