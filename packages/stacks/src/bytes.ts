import { InvalidImageError } from '@dilated-unet/core';
import { addressText } from './address.ts';
import { refused, request, wholeBody } from './request.ts';

/** What every read takes. */
export interface ReadOptions {
  /** Stops the read: before it begins, while bytes are awaited, and between two of them. */
  readonly signal?: AbortSignal | undefined;
}

/** What a read of bytes takes. */
export interface SliceOptions extends ReadOptions {
  /** Memory of as many bytes, which it may fill and give back in place of its own. */
  readonly into?: Uint8Array<ArrayBuffer> | undefined;
}

/** A file that is read in parts: on a disk, in memory, or on a server (the form of hyparquet's AsyncBuffer). */
export interface ByteSource {
  /** Bytes in all. */
  readonly byteLength: number;
  /** Bytes `start` (included) to `end` (excluded), both inside the file; memory of the caller's own. */
  slice(start: number, end: number, options?: SliceOptions): Promise<Uint8Array<ArrayBuffer>>;
  /** Frees what it holds, such as a file handle. */
  close?(): Promise<void>;
}

/** `bytes` as a source. They must not change while it is in use. */
export function memoryBytes(bytes: Uint8Array): ByteSource {
  return {
    byteLength: bytes.byteLength,
    slice: (start, end, { signal } = {}) => {
      signal?.throwIfAborted();
      // Not bytes.slice, which does not copy where they are a Buffer of Node.
      return Promise.resolve(new Uint8Array(bytes.subarray(start, end)));
    },
  };
}

/** A Blob or File as a source; only the parts that are asked for are read. */
export function blobBytes(blob: Blob): ByteSource {
  return {
    byteLength: blob.size,
    slice: async (start, end, { signal } = {}) => {
      signal?.throwIfAborted();
      const bytes = new Uint8Array(await blob.slice(start, end).arrayBuffer());
      signal?.throwIfAborted();
      return bytes;
    },
  };
}

/** Bytes of the first request, which also tells how long the file is. */
const FIRST_BYTES = 2 ** 16;

/**
 * The file at `url` as a source that asks for ranges (RFC 9110, section 14). A server that ignores them sends the whole
 * file: up to 256 MiB it is kept in memory, above that it is an error. A user and password in the address are sent as such.
 *
 * @throws InvalidImageError when the server has no such file, or one that is too large to be read without ranges;
 * EnvironmentError when it cannot be reached or is busy, after some tries.
 */
export function urlBytes(url: string | URL, options: ReadOptions = {}): Promise<ByteSource> {
  return request(url, { start: 0, end: FIRST_BYTES }, options, async (first) => {
    if (first.status === 200) return memoryBytes(await wholeBody(url, first));
    const range = first.headers.get('content-range');
    const byteLength = Number(/\/(\d+)$/.exec(range ?? '')?.[1] ?? NaN);
    if (first.status === 416 && byteLength === 0) return memoryBytes(new Uint8Array(0));
    if (first.status !== 206) throw refused(url, first);
    if (Number.isNaN(byteLength)) {
      throw new InvalidImageError(
        `${addressText(url)}: the server does not tell how long the file is (Content-Range: ${range ?? 'missing'}). Where it is ` +
          'another site, it must expose this header (Access-Control-Expose-Headers).',
      );
    }
    return rangesAfter(url, new Uint8Array(await first.arrayBuffer()), byteLength);
  });
}

/** The file at `url`, of which `head` is here already. */
function rangesAfter(url: string | URL, head: Uint8Array<ArrayBuffer>, byteLength: number): ByteSource {
  return {
    byteLength,
    slice: async (start, end, { signal } = {}) => {
      signal?.throwIfAborted();
      if (end <= head.length) return head.slice(start, end);
      return request(url, { start, end }, { signal }, async (response) => {
        // A server that has sent ranges before and now sends the whole file is not waited for.
        const bytes = response.status === 206 ? new Uint8Array(await response.arrayBuffer()) : undefined;
        if (bytes?.length === end - start) return bytes;
        await response.body?.cancel().catch(() => undefined);
        const received = bytes === undefined ? `status ${response.status}` : `${bytes.length} bytes`;
        throw new InvalidImageError(
          `${addressText(url)}: asked for bytes ${start} to ${end}, the server answers with ${received}. Has the file changed?`,
        );
      });
    },
  };
}
