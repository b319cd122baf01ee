/** How a check came out. Only a problem makes the doctor's exit code 1. */
export type Verdict = 'ok' | 'warning' | 'problem'

export interface Finding {
  /** Stable name, for scripts: `hard-links`. */
  readonly check: string
  readonly status: Verdict
  /** What was found, in one line. */
  readonly message: string
  /** What to do about it, in order; none when it is ok. */
  readonly steps: readonly string[]
}

export function ok(check: string, message: string): Finding {
  return { check, status: 'ok', message, steps: [] }
}

export function warning(check: string, message: string, steps: readonly string[]): Finding {
  return { check, status: 'warning', message, steps }
}

export function problem(check: string, message: string, steps: readonly string[]): Finding {
  return { check, status: 'problem', message, steps }
}
