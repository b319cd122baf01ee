import { describe, expect, it } from 'vitest'
import { lookOf, plainLook } from '../../../src/cli/render/look.js'
import { renderTable, type TableColumn } from '../../../src/cli/render/table.js'
import { displayWidth, printable, truncate } from '../../../src/cli/render/width.js'

const COLUMNS: readonly TableColumn[] = [
  { header: 'instrument', canShrink: true },
  { header: 'bar type', canShrink: true },
  { header: 'rows', align: 'right' },
  { header: 'size', align: 'right' },
]
const ROWS = [
  ['AAPL.NASDAQ', '1-MINUTE-LAST-EXTERNAL', '98,280', '1.9 MB'],
  ['EUR/USD.IDEALPRO', '1-HOUR-MID-EXTERNAL', '512', '48.0 kB'],
]

it('text stands left, numbers right, and no line ends in spaces', () => {
  expect(renderTable(COLUMNS, ROWS, plainLook(80))).toEqual([
    'instrument        bar type                  rows     size',
    'AAPL.NASDAQ       1-MINUTE-LAST-EXTERNAL  98,280   1.9 MB',
    'EUR/USD.IDEALPRO  1-HOUR-MID-EXTERNAL        512  48.0 kB',
  ])
  expect(
    renderTable(
      [{ header: 'a' }, { header: 'note' }],
      [
        ['x', ''],
        ['yy', 'z'],
      ],
      plainLook(80),
    ),
  ).toEqual(['a   note', 'x', 'yy  z'])
})

it('a narrow line cuts the widest text first and numbers never', () => {
  expect(renderTable(COLUMNS, ROWS, plainLook(50))).toEqual([
    'instrument        bar type           rows     size',
    'AAPL.NASDAQ       1-MINUTE-LAST-…  98,280   1.9 MB',
    'EUR/USD.IDEALPRO  1-HOUR-MID-EXT…     512  48.0 kB',
  ])
})

it('what still does not fit is left out whole, named, and gives its room back', () => {
  expect(renderTable(COLUMNS, ROWS, plainLook(40))).toEqual([
    'instrument        bar type          rows',
    'AAPL.NASDAQ       1-MINUTE-LAST…  98,280',
    'EUR/USD.IDEALPRO  1-HOUR-MID-EX…     512',
    'not shown (too narrow): size',
  ])
})

it('without unicode the cut is ..', () => {
  expect(renderTable(COLUMNS.slice(0, 1), [['EUR/USD.IDEALPRO']], plainLook(14, false))).toEqual([
    'instrument',
    'EUR/USD.IDEA..',
  ])
})

it('no line is wider than the window, however narrow', () => {
  for (let columns = 12; columns <= 80; columns++) {
    for (const line of renderTable(COLUMNS, ROWS, plainLook(columns)).slice(0, 3)) {
      expect(displayWidth(line)).toBeLessThanOrEqual(columns)
    }
  }
})

it('colour does not move anything', () => {
  const columns = [{ header: 'id' }, { header: 'rows', align: 'right', style: 'green' }] as const
  const colored = renderTable(columns, [['A', '1']], lookOf({ isTTY: true, columns: 80 }, {}))
  expect(colored).toEqual(['\x1b[1mid\x1b[22m  \x1b[1mrows\x1b[22m', 'A   \x1b[32m   1\x1b[39m'])
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it takes the colours out again
  const bare = colored.map((it) => it.replace(/\x1b\[\d+m/g, ''))
  expect(bare).toEqual(renderTable(columns, [['A', '1']], plainLook(80)))
})

it('a cell cannot move the cursor or break the line', () => {
  expect(renderTable([{ header: 'text' }], [['a\nb\x1b[2Jc']], plainLook(80))).toEqual(['text', 'a b [2Jc'])
})

describe('display width', () => {
  it.each([
    ['AAPL', 4],
    ['日本', 4],
    ['7203.東証', 9],
    ['é', 1],
    ['e\u0301', 1],
    ['🍎', 2],
    ['…×█', 3],
  ])('%s takes %d cells', (text, cells) => expect(displayWidth(text)).toBe(cells))

  it('a cut never splits a wide character', () => {
    expect(truncate('日本語', 4)).toBe('日…')
    expect(truncate('日本語', 5)).toBe('日本…')
    expect(truncate('日本語', 6)).toBe('日本語')
    expect(truncate('abc', 1)).toBe('…')
    expect(truncate('abc', 0)).toBe('')
  })

  it('control characters become one space', () => expect(printable('a\r\n\tb')).toBe('a b'))
})
