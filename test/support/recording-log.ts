import type { Log } from '../../src/model/log.js'

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn'
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** A logger that keeps its lines; children write to the same list, with their fields. */
export class RecordingLog implements Log {
  readonly lines: LogLine[]
  readonly #fields: object

  constructor(lines: LogLine[] = [], fields: object = {}) {
    this.lines = lines
    this.#fields = fields
  }

  debug(fields: object, message: string): void {
    this.#keep('debug', fields, message)
  }

  info(fields: object, message: string): void {
    this.#keep('info', fields, message)
  }

  warn(fields: object, message: string): void {
    this.#keep('warn', fields, message)
  }

  child(fields: object): Log {
    return new RecordingLog(this.lines, { ...this.#fields, ...fields })
  }

  #keep(level: LogLine['level'], fields: object, message: string): void {
    this.lines.push({ level, message, fields: { ...this.#fields, ...fields } })
  }
}
