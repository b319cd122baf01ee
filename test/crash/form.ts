/** `npm run test:crash` goes through everything; `npm test` through a part that is always the same. */
export const IS_FULL = process.env['NTRADER_FULL'] === '1'

/** Every n-th of a list in the short form, another n-th for each list. */
export function sample<T>(all: readonly T[], every: number, offset: number): readonly T[] {
  return IS_FULL ? all : all.filter((_, i) => (i + offset) % every === 0)
}
