import { crop, type Rectangle } from '@dilated-unet/core';
import { stackSource, type StackSource } from '@dilated-unet/stacks';
import { expect, test, vi } from 'vitest';
import { heldBytes, holdRows, isBlock, type HeldFacts } from '../src/held-rows.ts';
import { noiseStack } from '../../stacks/test/support/images.ts';

const STACK = noiseStack(40, 3000, 2);

/** `STACK`, and what is read of it. */
function counted(): { readonly source: StackSource; readonly reads: string[] } {
  const reads: string[] = [];
  const source = stackSource(STACK);
  const read: StackSource['read'] = (z, region, options) => {
    reads.push(`${z}: ${region.y}+${region.height}`);
    return source.read(z, region, options);
  };
  return { source: { ...source, read }, reads };
}

const expected = (z: number, region: Rectangle): Uint8Array =>
  crop({ width: 40, height: 3000, data: STACK.data.subarray(z * 120_000, (z + 1) * 120_000) }, region).data;

test('each row is read once where tiles come row by row, though they overlap', async () => {
  const { source, reads } = counted();
  const held = holdRows(source, 1024);
  for (let y = 0; y <= 2400; y += 300) {
    for (const x of [0, 15]) {
      const region = { x, y, width: 25, height: 600 };
      expect((await held.read(1, region)).data).toEqual(expected(1, region));
    }
  }
  expect(reads).toEqual(['1: 0+1024', '1: 1024+1024', '1: 2048+952']);
});

test('blocks that were not used for longest are dropped, those of another section too', async () => {
  const { source, reads } = counted();
  const held = holdRows(source, 1024);
  const row = (y: number): Rectangle => ({ x: 0, y, width: 40, height: 1 });
  for (const y of [0, 1024, 2048, 0]) await held.read(0, row(y));
  expect(reads).toEqual(['0: 0+1024', '0: 1024+1024', '0: 2048+952', '0: 0+1024']);
});

test('a section of one block is read once, to be measured and to be segmented', async () => {
  const source = stackSource(noiseStack(40, 1000, 3));
  const read = vi.spyOn(source, 'read');
  expect(isBlock(source)).toBe(true);
  expect(isBlock(stackSource(STACK))).toBe(false);
  const held = holdRows(source, 1024);
  const whole = { x: 0, y: 0, width: 40, height: 1000 };
  // One is measured while the one before it is segmented.
  for (const z of [0, 1, 0, 2, 1, 2]) expect((await held.read(z, whole)).data.length).toBe(40_000);
  expect(read.mock.calls.map(([z]) => z)).toEqual([0, 1, 2]);
});

test('what is decoded from its top is read in few large blocks', async () => {
  const { source, reads } = counted();
  const fromTop = { ...source, fromTop: true };
  expect(isBlock(fromTop)).toBe(true);
  const held = holdRows(fromTop, 1024);
  for (let y = 0; y < 3000; y += 600) {
    const region = { x: 5, y, width: 30, height: 600 };
    expect((await held.read(0, region)).data).toEqual(expected(0, region));
  }
  expect(reads).toEqual(['0: 0+3000']);

  const large = { shape: [1, 16384, 16384], dtype: 'uint8' } as const;
  const bytes = (facts: HeldFacts): number => heldBytes(facts, 2 * 1536);
  // Two blocks of 4096 rows, and as much to measure with.
  expect(bytes({ ...large, fromTop: true })).toBe(3 * 2 ** 26);
  expect(bytes(large)).toBe(4 * 2 ** 24);
  // What a read takes, as a file: of many, those of up to three sections.
  expect(bytes({ ...large, readBytes: 1e8 })).toBe(4 * 2 ** 24 + 1e8);
  expect(bytes({ ...large, shape: [9, 16384, 16384], readBytes: 1e8 })).toBe(4 * 2 ** 24 + 3e8);
  // And what the source keeps.
  expect(holdRows({ ...source, keptBytes: 5e8 }, 1024).heldBytes).toBe(heldBytes(source, 1024) + 5e8);
});

test('a block that could not be read is read again', async () => {
  const { source } = counted();
  let isBroken = true;
  const held = holdRows(
    { ...source, read: (...given) => (isBroken ? Promise.reject(new Error('offline')) : source.read(...given)) },
    1024,
  );
  const region = { x: 3, y: 5, width: 7, height: 2 };
  await expect(held.read(0, region)).rejects.toThrow('offline');
  isBroken = false;
  expect((await held.read(0, region)).data).toEqual(expected(0, region));
});
