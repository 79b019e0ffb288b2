import { expect } from 'vitest';
import type { ByteSource } from '../../src/index.ts';

/** `source`, and what was read of it: the first and the last byte (excluded) of each read. */
export function counted(source: ByteSource) {
  const reads: [start: number, end: number][] = [];
  const slice: ByteSource['slice'] = (start, end, options) => {
    reads.push([start, end]);
    return source.slice(start, end, options);
  };
  const bytes = (): number => reads.reduce((sum, [start, end]) => sum + end - start, 0);
  return { source: { ...source, slice }, reads, bytes };
}

/** `bytes` as a source that fills the memory that it is given, as a file does. */
export function filling(bytes: Uint8Array): ByteSource {
  const slice: ByteSource['slice'] = (start, end, { into = new Uint8Array(end - start) } = {}) => {
    expect(into.length).toBe(end - start);
    into.set(bytes.subarray(start, end));
    return Promise.resolve(into);
  };
  return { byteLength: bytes.length, slice };
}
