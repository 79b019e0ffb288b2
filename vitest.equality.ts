import { expect } from 'vitest';

const bytes = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** Equal bytes are equal values, at once: one by one, the weights of a network take minutes. */
function haveEqualBytes(a: unknown, b: unknown): true | undefined {
  if (!ArrayBuffer.isView(a) || !ArrayBuffer.isView(b) || a.constructor !== b.constructor) return undefined;
  return a.byteLength === b.byteLength && Buffer.compare(bytes(a), bytes(b)) === 0 ? true : undefined;
}

expect.addEqualityTesters([haveEqualBytes]);
