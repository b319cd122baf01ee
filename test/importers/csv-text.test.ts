import { createReadStream, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { dir } from 'tmp-promise'
import { describe, expect, it } from 'vitest'
import { readCsv } from '../../src/importers/csv/read-csv.js'
import { takeFields } from '../../src/importers/csv/records.js'
import { InvalidDataError } from '../../src/model/errors.js'
import { sameRows } from '../../src/model/frame-edit.js'
import { barOptions, barsAt, problemsOf, readChunks, readText, stampsOf } from './read-csv.js'

const ROWS = barsAt('2024-01-02T14:30Z', '2024-01-02T14:31Z')
const EXPECTED = ['2024-01-02T14:30:00Z', '2024-01-02T14:31:00Z']

describe('text', () => {
  it.each([
    ['with a final newline', `${ROWS}\n`],
    ['without one', ROWS],
    ['with CRLF', ROWS.replaceAll('\n', '\r\n')],
    ['with a lone CR', ROWS.replaceAll('\n', '\r')],
    ['with CRLF once only', ROWS.replace('\n', '\r\n')],
    ['with a byte order mark', `\ufeff${ROWS}`],
    ['of tabs', ROWS.replaceAll(',', '\t')],
    ['of semicolons', ROWS.replaceAll(',', ';')],
    ['of quoted fields', ROWS.replaceAll(/[^,\n]+/g, '"$&"')],
    ['of quoted fields with CRLF', ROWS.replaceAll(/[^,\n]+/g, '"$&"').replaceAll('\n', '\r\n')],
    ['of quoted fields after spaces', ROWS.replaceAll(/[^,\n]+/g, ' "$&" ')],
    ['with blank lines before the header', `\n\r\n  \n${ROWS}`],
  ])('%s', async (_, text) => {
    const bars = await readText(text)
    expect([problemsOf(bars), stampsOf(bars)]).toEqual([[], EXPECTED])
  })

  it('in UTF-16 with its byte order mark', async () => {
    const bytes = Buffer.from(`\ufeff${ROWS}`, 'utf16le')
    expect(stampsOf(await readChunks([bytes]))).toEqual(EXPECTED)
    expect(stampsOf(await readChunks([Buffer.from(bytes).swap16()]))).toEqual(EXPECTED)
  })

  it('names in other scripts are names', async () => {
    const text = `timestamp,open,high,low,收盘\n2024-01-02T14:30Z,1,2,0.5,1.5\n`
    expect(stampsOf(await readText(text, { columns: { close: '收盘' } }))).toHaveLength(1)
  })
})

describe('line numbers are those of the file', () => {
  const bad = '2024-01-02T14:32Z,x,2,0.5,1.5,'
  const header = 'timestamp,open,high,low,close,note'

  it.each([
    ['past blank lines', `${header}\n\n2024-01-02T14:30Z,1,2,0.5,1.5,\n , ,\n,,,,,\n${bad}\n`, 6],
    ['past blank lines with CRLF', `${header}\r\n\r\n\r\n${bad}\r\n`, 4],
    ['past quoted line ends', `${header}\n2024-01-02T14:30Z,1,2,0.5,1.5,"a\n\nb"\n${bad}\n`, 5],
    ['past quoted CRLF', `${header}\r\n2024-01-02T14:30Z,1,2,0.5,1.5,"a\r\nb"\r\n${bad}\r\n`, 4],
    ['at the first line of a record of several', `${header}\n2024-01-02T14:30Z,x,2,0.5,1.5,"a\nb"\n`, 2],
  ])('%s', async (_, text, line) => {
    expect((await readText(text)).problems).toEqual([{ line, message: "open 'x' is not a number" }])
  })
})

describe('quotes', () => {
  it.each([
    ['a,b', ['a', 'b']],
    ['"a,b",c', ['a,b', 'c']],
    ['"a ""b""",c', ['a "b"', 'c']],
    ['"",""', ['', '']],
    ['a"b,c', ['a"b', 'c']],
    ['"a"b,c', ['ab', 'c']],
    ['x,', ['x', '']],
    ['""""', ['"']],
  ])('%s', (record, expected) => {
    const fields: string[] = []
    expect(takeFields(fields, record, 0, ',')).toBeUndefined()
    expect(fields).toEqual(expected)
  })

  it('one that is never closed spoils its own line only', async () => {
    const rows = Array.from(
      { length: 400 },
      (_, i) => `2024-01-02T${String(i % 24).padStart(2, '0')}:${String(i % 60).padStart(2, '0')}Z,1,2,0.5,1.5`,
    )
    rows[1] = `"${rows[1]}`
    rows[398] = `"${rows[398]}`
    const bars = await readText(`timestamp,open,high,low,close\n${rows.join('\n')}\n`)
    expect(problemsOf(bars)).toEqual([
      'line 3: a quote is opened and never closed',
      'line 400: a quote is opened and never closed',
    ])
    expect(bars.rowsRead).toBe(400)
  })

  it('one that every line closes and opens again is read in a time that grows with the file', async () => {
    const startMs = performance.now()
    const bars = await readText(`timestamp,open,high,low,close\n${'b","\n'.repeat(20_000)}`)
    expect(performance.now() - startMs).toBeLessThan(60_000)
    expect(bars.problemCount).toBe(bars.rowsRead)
    expect(bars.rowsRead).toBeGreaterThan(19_000)
  })

  it('a field may span a hundred lines', async () => {
    const text = `timestamp,open,high,low,close,note\n2024-01-02T14:30Z,1,2,0.5,1.5,"${'x\n'.repeat(99)}"\n`
    expect((await readText(text)).frame.numRows).toBe(1)
  })

  it('a long quoted field is one field', async () => {
    const text = `timestamp,open,high,low,close,note\n2024-01-02T14:30Z,1,2,0.5,1.5,"${'x'.repeat(20_000)}"\n`
    expect((await readText(text)).frame.numRows).toBe(1)
  })

  it('one that is never closed in the header refuses the file', async () => {
    await expect(readText(`"timestamp,open,high,low,close\n`)).rejects.toThrow(/line 1: a quote/)
  })
})

describe('bytes', () => {
  it('gzip is known by its first bytes', async () => {
    expect(stampsOf(await readChunks([gzipSync(ROWS)]))).toEqual(EXPECTED)
  })

  it('gzip of several members is read to its end', async () => {
    const [header = '', first = '', second = ''] = ROWS.split('\n')
    const members = [gzipSync(`${header}\n${first}\n`), gzipSync(second)]
    expect(stampsOf(await readChunks(members))).toEqual(EXPECTED)
  })

  it('gzip that is cut off is damaged data, with its cause', async () => {
    const whole = gzipSync(ROWS)
    const reading = readChunks([whole.subarray(0, whole.length - 9)])
    await expect(reading).rejects.toThrow(InvalidDataError)
    await expect(reading).rejects.toMatchObject({ cause: expect.objectContaining({ code: 'Z_BUF_ERROR' }) })
  })

  it.each([
    ['a zip archive', Buffer.from('PK\x03\x04....')],
    ['a Parquet file', Buffer.from('PAR1....')],
    ['binary data', Buffer.from([1, 2, 0, 4, 0, 0, 44, 10])],
    ['prose', Buffer.from('Dear all\nplease find attached\n')],
    ['nothing', Buffer.alloc(0)],
    ['blank lines', Buffer.from('\n\n  \n')],
  ])('%s is not a CSV file', async (_, bytes) => {
    await expect(readChunks([bytes])).rejects.toThrow(InvalidDataError)
  })

  it('a line without end is refused before it fills the memory', async () => {
    function* endless(): Generator<Uint8Array> {
      for (;;) yield Buffer.alloc(100_000, 'a,')
    }
    await expect(readChunks(endless())).rejects.toThrow(/over 1048576 characters/)
  })

  it('however they are cut, the bars are the same', async () => {
    const text = `\ufefftimestamp,open,high,low,close,notiz\r\n2024-01-02T14:30Z,1,2,0.5,1.5,"ä, ""b""\r\n€"\r\n\r\n2024-01-02T14:31Z,x,2,0.5,1.5,😀\r\n2024-01-02T14:32Z,1,2,0.5,1.5,`
    const whole = await readText(text)
    expect([whole.frame.numRows, whole.problems[0]?.line]).toEqual([2, 5])
    const pieces = (bytes: Uint8Array, size: number) =>
      Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size))
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 40 }), fc.boolean(), async (size, isZipped) => {
        const bytes = Buffer.from(text)
        const cut = await readChunks(pieces(isZipped ? gzipSync(bytes) : bytes, size))
        expect(sameRows(cut.frame, whole.frame)).toBe(true)
        expect([cut.lines, cut.problems]).toEqual([whole.lines, whole.problems])
      }),
      { numRuns: 60 },
    )
  })

  it('a source’s own error passes through, plain and zipped', async () => {
    for (const bytes of [Buffer.from(ROWS), gzipSync(ROWS)]) {
      async function* failing(): AsyncGenerator<Uint8Array> {
        yield bytes.subarray(0, 20)
        throw new Error('disk on fire')
      }
      await expect(readCsv(failing(), barOptions())).rejects.toThrow('disk on fire')
    }
  })

  it('the file is closed when reading fails', async () => {
    const folder = await dir({ unsafeCleanup: true })
    for (const [name, bytes] of [
      ['a.csv', Buffer.from('open,high\n1,2\n')],
      ['b.zip', Buffer.from('PK\x03\x04')],
    ] as const) {
      writeFileSync(join(folder.path, name), bytes)
      const stream = createReadStream(join(folder.path, name))
      await expect(readCsv(stream, barOptions())).rejects.toThrow()
      expect(stream.destroyed).toBe(true)
    }
    await folder.cleanup()
  })
})
