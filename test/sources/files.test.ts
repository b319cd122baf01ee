import { spawnSync } from 'node:child_process'
import { copyFile, mkdir, readFile, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { InvalidDataError, InvalidRequestError, SourceRejectedError } from '../../src/model/errors.js'
import type { Frame } from '../../src/model/frame.js'
import { FilesSource } from '../../src/sources/files.js'
import { coverageText, errorOf } from '../service/world.js'
import { stamps } from '../support/bars.js'
import { dataDir } from '../support/data.js'
import { barsAt, type FilesWorld, filesWorld, HEADER, range, rowsAt } from './files-world.js'

const BARS = { type: 'bars', instrument: 'AAPL.NASDAQ', barType: '1-MINUTE-LAST' } as const
const TRADES = { type: 'trades', instrument: 'AAPL.NASDAQ' } as const
const DAY = { start: '2024-01-03T14:30:00Z', end: '2024-01-03T15:00:00Z' } as const

describe.skipIf(dataDir() === undefined)('real files', () => {
  const SPY = { type: 'bars', instrument: 'SPY.ARCA', barType: '1-MINUTE-LAST' } as const
  const FRIDAY = { start: '2019-02-15', end: '2019-02-16' } as const

  async function spyWorld(): Promise<FilesWorld> {
    const world = await filesWorld()
    await mkdir(join(world.folder, 'SPY.ARCA'))
    await copyFile(
      join(dataDir() ?? '', 'bars/alphavantage_desc_SPY_1min.csv'),
      join(world.folder, 'SPY.ARCA/1-MINUTE-LAST-alphavantage.csv'),
    )
    await writeFile(join(world.folder, 'options.json'), '{"timeZone":"America/New_York","stamp":"close"}')
    return world
  }

  test('serve a miss, and what they answered is not asked for again', async () => {
    const { files } = await spyWorld()
    const first = await files.fetchOrLoad(SPY, FRIDAY)
    expect(stamps(first.frame).at(0)).toBe('2019-02-15T14:30:00Z')
    expect(first.report).toMatchObject({ requests: 1, fetchedRows: 390, missing: [], bySource: { files: 390 } })
    expect((await files.fetchOrLoad(SPY, FRIDAY)).report).toMatchObject({ requests: 0, fetchedRows: 0, missing: [] })
  })

  test('leave what lies outside of them missing, recorded neither as empty nor as data', async () => {
    const { files, catalog } = await spyWorld()
    const wide = { start: '2019-02-08', end: '2019-02-20' } as const
    const { frame, report } = await files.fetchOrLoad(SPY, wide)
    expect(frame.numRows).toBe(1950)
    const missing = [
      { start: '2019-02-08T14:30:00Z', end: '2019-02-08T21:00:00Z' },
      { start: '2019-02-19T14:30:00Z', end: '2019-02-19T21:00:00Z' },
    ]
    expect(report).toMatchObject({ missing, knownEmpty: [] })
    expect((await catalog.coverage(SPY)).map((it) => it.state)).not.toContain('empty')
    const again = await files.fetchOrLoad(SPY, wide)
    expect(again.report).toMatchObject({ fetchedRows: 0, missing })
    expect(again.report.requests).toBeGreaterThan(0)
  })

  test('serve the rows that an import of the same file stores', async () => {
    const { files, put } = await filesWorld({ timeZone: 'America/New_York' })
    const bytes = await readFile(join(dataDir() ?? '', 'bars/ntrader_aapl_1m_2018.csv'))
    await put('1m.csv.gz', gzipSync(bytes))
    const { frame } = await files.fetchOrLoad(BARS, {
      start: '2018-02-05',
      end: '2018-02-09T01:00:00Z',
      session: 'all',
    })
    expect(frame.numRows).toBe(3235)
  })
})

describe('what an answer covers', () => {
  test('a hole of up to 30 minutes is covered, a longer one stays missing', async () => {
    const { files, catalog, put } = await filesWorld()
    await put('1-MINUTE-LAST.csv', barsAt(30, 61, 93, 94))
    const { report } = await files.fetchOrLoad(BARS, { start: '2024-01-03T14:30:00Z', end: '2024-01-03T15:40:00Z' })
    expect(await coverageText(catalog, BARS)).toEqual([
      'data 2024-01-03T14:30:00Z..2024-01-03T15:02:00Z',
      'data 2024-01-03T15:33:00Z..2024-01-03T15:35:00Z',
    ])
    expect(report.missing).toEqual([
      { start: '2024-01-03T15:02:00Z', end: '2024-01-03T15:33:00Z' },
      { start: '2024-01-03T15:35:00Z', end: '2024-01-03T15:40:00Z' },
    ])
  })

  test('a stretch without rows between covering rows is covered by them when it is asked for alone', async () => {
    const { files, catalog, put } = await filesWorld()
    await put('1-MINUTE-LAST.csv', barsAt(30, 50))
    const within = { start: '2024-01-03T14:35:00Z', end: '2024-01-03T14:40:00Z' } as const
    await errorOf(files.fetchOrLoad(BARS, within))
    expect(await coverageText(catalog, BARS)).toEqual(['data 2024-01-03T14:35:00Z..2024-01-03T14:40:00Z'])
  })

  test('the time between two files is bridged like that between two rows', async () => {
    const { files, catalog, put } = await filesWorld()
    await put('1-MINUTE-LAST-a.csv', barsAt(...range(30, 40)))
    await put('1-MINUTE-LAST-b.csv', barsAt(...range(50, 59)))
    await files.fetchOrLoad(BARS, DAY)
    expect(await coverageText(catalog, BARS)).toEqual(['data 2024-01-03T14:30:00Z..2024-01-03T15:00:00Z'])
  })

  test('a session without a row is not known to be empty', async () => {
    const { files, put } = await filesWorld()
    await put('1-MINUTE-LAST.csv', barsAt(...range(30, 59)))
    const nothing = { start: '2024-01-04', end: '2024-01-05' } as const
    expect(await errorOf(files.fetchOrLoad(BARS, nothing))).toMatchObject({ code: 'DATA_NOT_FOUND', knownEmpty: false })
    expect(await errorOf(files.fetchOrLoad(BARS, nothing))).toMatchObject({ knownEmpty: false })
  })
})

describe('several files of a series', () => {
  test('may overlap by equal bars', async () => {
    const { files, put } = await filesWorld()
    await put('1-MINUTE-LAST-1.csv', barsAt(...range(30, 49)))
    await put('1-MINUTE-LAST-EXTERNAL-2.csv.gz', gzipSync(barsAt(...range(40, 59))))
    const { frame, report } = await files.fetchOrLoad(BARS, DAY)
    expect(frame.numRows).toBe(30)
    expect(report).toMatchObject({ requests: 1, missing: [], rejected: [] })
  })

  test('that hold different bars for a stamp are refused, and nothing is stored', async () => {
    const { files, catalog, put } = await filesWorld()
    const one = await put(
      '1-MINUTE-LAST-1.csv',
      rowsAt([
        [30, 100],
        [31, 100],
      ]),
    )
    const two = await put(
      '1-MINUTE-LAST-2.csv',
      rowsAt([
        [31, 200],
        [32, 100],
      ]),
    )
    const error = await errorOf(files.fetchOrLoad(BARS, DAY))
    expect(error).toBeInstanceOf(InvalidDataError)
    expect(error).toMatchObject({ message: `${one} and ${two} hold different bars for 2024-01-03T14:31:00Z` })
    expect(await catalog.list()).toEqual([])
  })

  test('of ticks: those that both have are one, identical ones in a file stay', async () => {
    const { files, put } = await filesWorld()
    const tick = '2024-01-03T14:30:00.000000001Z,10,1,'
    await put('trades-1.csv', ['ts_event,price,size,exchange', tick, tick, '2024-01-03T14:30:01Z,10,2,'].join('\n'))
    await put(
      'trades-2.csv',
      ['ts_event,price,size,exchange', '2024-01-03T14:30:01Z,10,2,', '2024-01-03T14:30:02Z,9,3,'].join('\n'),
    )
    const { frame } = await files.fetchOrLoad(TRADES, { start: '2024-01-03T14:30:00Z', end: '2024-01-03T14:31:00Z' })
    expect(Array.from((frame as Frame<'trades'>).column('size'))).toEqual([1, 1, 2, 3])
  })

  test('are seen when they are added, and when they change', async () => {
    const { files, put } = await filesWorld()
    const path = await put('1-MINUTE-LAST-1.csv', barsAt(...range(30, 39)))
    expect((await files.fetchOrLoad(BARS, DAY)).frame.numRows).toBe(10)
    await writeFile(path, barsAt(...range(30, 49)))
    await utimes(path, new Date('2024-02-01'), new Date('2024-02-01'))
    expect((await files.fetchOrLoad(BARS, DAY)).frame.numRows).toBe(20)
    await put('1-MINUTE-LAST-2.csv', barsAt(...range(50, 59)))
    expect((await files.fetchOrLoad(BARS, DAY)).report).toMatchObject({ fetchedRows: 10, missing: [] })
  })
})

test('a file is read once: a second question is answered from what was read', async () => {
  const { files, put } = await filesWorld()
  const text = barsAt(...range(30, 59))
  const path = await put('1-MINUTE-LAST.csv', text)
  const asWritten = new Date('2024-02-01')
  await utimes(path, asWritten, asWritten)
  await files.fetchOrLoad(BARS, { start: DAY.start, end: '2024-01-03T14:40:00Z' })
  await writeFile(path, 'x'.repeat(text.length))
  await utimes(path, asWritten, asWritten)
  expect((await files.fetchOrLoad(BARS, DAY)).report).toMatchObject({ fetchedRows: 20, missing: [] })
})

describe('what is refused', () => {
  test('a bad row, naming file and line; nothing is claimed', async () => {
    const { files, catalog, put } = await filesWorld()
    const path = await put('1-MINUTE-LAST.csv', `${barsAt(30)}\n2024-01-03T14:31:00Z,1,0.5,1,1,10\n`)
    const error = await errorOf(files.fetchOrLoad(BARS, DAY))
    expect(error).toBeInstanceOf(InvalidDataError)
    expect((error as Error).message).toContain(`${path}: bad rows: line 3: high 0.5 is below low 1`)
    expect(await catalog.list()).toEqual([])
  })

  test('a directory that is not there', async () => {
    const { folder, serviceWith } = await filesWorld()
    const error = await errorOf(serviceWith(new FilesSource(join(folder, 'none'))).fetchOrLoad(BARS, DAY))
    expect(error).toBeInstanceOf(SourceRejectedError)
    expect((error as Error).message).toBe(`there is no directory ${join(folder, 'none')}`)
  })

  test('a series without a file, naming where it would have to be', async () => {
    const { files, folder, put } = await filesWorld()
    await put('1-MINUTE-LAST-INTERNAL.csv', barsAt(30))
    const error = await errorOf(files.fetchOrLoad(BARS, DAY))
    expect(error).toBeInstanceOf(SourceRejectedError)
    expect((error as SourceRejectedError).hint).toContain(`${join(folder, 'AAPL.NASDAQ/1-MINUTE-LAST')}*.csv`)
  })

  test('times without a zone, naming file and options.json; with it they are read', async () => {
    const { files, folder, put } = await filesWorld()
    const path = await put('1-MINUTE-LAST.csv', `${HEADER}\n2024-01-03 09:30:00,1,2,0.5,1.5,10\n`)
    const error = await errorOf(files.fetchOrLoad(BARS, DAY))
    expect(error).toBeInstanceOf(InvalidRequestError)
    expect((error as InvalidRequestError).message).toContain(path)
    expect((error as InvalidRequestError).hint).toContain('options.json')
    await writeFile(join(folder, 'options.json'), '{"timeZone":"Europe/London"}')
    await put('options.json', '{"timeZone":"America/New_York"}')
    const { frame } = await files.fetchOrLoad(BARS, DAY)
    expect(stamps(frame)).toEqual(['2024-01-03T14:30:00Z'])
  })

  test.each([
    ['{"tz":"UTC"}', "'tz' is not an option"],
    ['{"stamp":"end"}', 'stamp cannot be "end"'],
    ['{"columns":{"close":1}}', 'columns cannot be {"close":1}'],
    ['[]', 'it is not a JSON object'],
    ['{', 'it cannot be read as JSON'],
  ])('options.json %s', async (text, why) => {
    const { files, folder, put } = await filesWorld()
    await put('1-MINUTE-LAST.csv', barsAt(30))
    await writeFile(join(folder, 'options.json'), text)
    const error = await errorOf(files.fetchOrLoad(BARS, DAY))
    expect(error).toBeInstanceOf(InvalidRequestError)
    expect((error as Error).message).toBe(`${join(folder, 'options.json')}: ${why}`)
  })

  test.skipIf(process.platform === 'win32')(
    'a named pipe in the place of options.json, without waiting for it',
    async () => {
      const { files, folder, put } = await filesWorld()
      await put('1-MINUTE-LAST.csv', barsAt(30))
      spawnSync('mkfifo', [join(folder, 'options.json')])
      const error = await errorOf(files.fetchOrLoad(BARS, DAY))
      expect(error).toBeInstanceOf(InvalidRequestError)
      expect((error as Error).message).toBe(`${join(folder, 'options.json')}: it is a named pipe`)
    },
  )
})
