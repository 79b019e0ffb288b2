import type { ByteSource, ReadOptions } from '../../../bytes.ts';

/** Bytes that are read at once where a few are asked for: a directory and its tables usually lie together. */
const CHUNK_BYTES = 2 ** 14;
/** Chunks that are kept, 1 MiB: the last ones used. */
const CHUNKS = 64;

/**
 * `source` with a small memory, for the many short reads that directories take, and with the options of all of them. A
 * read of more than a chunk goes to the source as it is.
 */
export function buffered(source: ByteSource, options: ReadOptions): ByteSource {
  const { byteLength } = source;
  const chunks = new Map<number, Uint8Array>();
  const chunkAt = async (start: number): Promise<Uint8Array> => {
    const chunk = chunks.get(start) ?? (await source.slice(start, Math.min(start + CHUNK_BYTES, byteLength), options));
    // The one used longest ago is first.
    chunks.delete(start);
    chunks.set(start, chunk);
    if (chunks.size > CHUNKS) chunks.delete(chunks.keys().next().value as number);
    return chunk;
  };
  return {
    byteLength,
    slice: async (start, end) => {
      if (end - start > CHUNK_BYTES) return source.slice(start, end, options);
      const out = new Uint8Array(end - start);
      for (let at = start; at < end;) {
        const first = at - (at % CHUNK_BYTES);
        const part = (await chunkAt(first)).subarray(at - first, end - first);
        out.set(part, at - start);
        at += part.length;
      }
      return out;
    },
  };
}
