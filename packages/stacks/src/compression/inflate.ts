import { DecodeError, tooLong } from './errors.ts';

/**
 * Undoes Deflate in its zlib (RFC 1950) or gzip wrapper (RFC 1952), checksum included, by the platform's own DecompressionStream. Node has its
 * zlib in place of this module (`#inflate` in package.json): there it takes half of the time.
 *
 * @returns at most `limit` bytes; a longer stream is dropped after one chunk too many, not inflated to its end
 * @throws DecodeError for damaged or cut-off data or more than `limit` bytes.
 */
export async function decodeDeflate(
  input: Uint8Array<ArrayBuffer>,
  limit: number,
  wrapper: 'zlib' | 'gzip' = 'zlib',
): Promise<Uint8Array> {
  const { readable, writable } = new DecompressionStream(wrapper === 'zlib' ? 'deflate' : 'gzip');
  // What goes wrong here is also thrown by the reader below.
  void feed(writable, input).catch(() => undefined);
  const output = new Uint8Array(limit);
  let length = 0;
  const reader = readable.getReader();
  for (;;) {
    const { done, value } = await reader.read().catch((cause: unknown) => {
      throw new DecodeError('its Deflate data is damaged or cut off', { cause });
    });
    if (done) return output.subarray(0, length);
    if (length + value.length > limit) {
      await reader.cancel().catch(() => undefined);
      throw tooLong(limit);
    }
    output.set(value, length);
    length += value.length;
  }
}

async function feed(writable: WritableStream<BufferSource>, input: Uint8Array<ArrayBuffer>): Promise<void> {
  const writer = writable.getWriter();
  await Promise.all([writer.write(input), writer.close()]);
}
