import { InvalidRequestError } from '../../../../model/errors.js'

const NOT_FOUND: readonly unknown[] = ['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND']

/** Loads the optional client library. @throws InvalidRequestError when it, or what it needs itself, is not installed */
export async function loadPeer<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load()
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && NOT_FOUND.includes(error.code))) throw error
    throw new InvalidRequestError('The client "stoqey" needs the package @stoqey/ib, which is not installed.', {
      cause: error,
      steps: ['Install it: npm install @stoqey/ib', 'Or use the client "ib-tws-api", which comes with the catalog.'],
    })
  }
}
