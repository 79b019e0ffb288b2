import type { GreyStack } from '@dilated-unet/core';
import { expect } from 'vitest';

/** Asserts that both stacks have the same size, type and values, and names the first pixel that differs. */
export function expectSameStack(received: GreyStack, expected: GreyStack): void {
  const shape = ({ width, height, depth, data }: GreyStack) =>
    `${width} x ${height} x ${depth} ${data.constructor.name}[${data.length}]`;
  expect(shape(received)).toBe(shape(expected));
  const { width, height } = expected;
  for (let i = 0; i < expected.data.length; i++) {
    const [a, b] = [received.data[i], expected.data[i]];
    if (!Object.is(a, b)) {
      const [x, y, z] = [i % width, Math.floor(i / width) % height, Math.floor(i / width / height)];
      expect.fail(`Pixel x ${x}, y ${y}, z ${z}: received ${a}, expected ${b}.`);
    }
  }
}

/** A sink that keeps what is written, and each write for itself. */
export function memorySink() {
  const chunks: Uint8Array[] = [];
  let all = new Uint8Array();
  return {
    chunks,
    bytes: () => all.slice(),
    write: (chunk: Uint8Array) => {
      chunks.push(chunk);
      all = new Uint8Array(Buffer.concat([all, chunk]));
    },
    overwrite: (position: number, bytes: Uint8Array) => {
      expect(position + bytes.length).toBeLessThanOrEqual(all.length);
      all.set(bytes, position);
    },
  };
}
