import { pipeline, Readable } from 'node:stream'
import { createGzip } from 'node:zlib'

/** Text or bytes as gzip, a piece at a time. The same input gives the same bytes: Node stamps no time into it. */
export async function* gzipped(
  chunks: AsyncIterable<string | Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  // The callback has nothing to do: an error of the source destroys the gzip stream, and comes out of the loop below.
  const stream = pipeline(Readable.from(chunks), createGzip(), () => undefined)
  for await (const chunk of stream) yield chunk as Uint8Array
}
