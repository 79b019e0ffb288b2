import { IGNORED, type StackSource } from '@dilated-unet/stacks';
import { describe, expect, it } from 'vitest';
import { countRows } from '../../../src/data/streamed/count-rows.ts';

/** Labels in chunks of 64 columns, of which none counts, that are read until the sections of a layer were. */
function labelsOf(shape: StackSource['shape'], chunk: readonly [layer: number, rows: number]) {
  const read: { z: number; pixels: number }[] = [];
  const source: StackSource = {
    ...{ shape, axes: ['z', 'y', 'x'], dtype: 'uint8', chunk: [...chunk, 64] },
    read(z, { x, width, height }) {
      if (x > 0) throw new Error('enough');
      read.push({ z, pixels: width * height });
      return Promise.resolve({ width, height, data: new Uint8Array(width * height).fill(IGNORED) });
    },
  };
  return { read, source };
}

describe('counting where labels count', () => {
  it('holds the bands of as many sections of a chunk as are 128 MiB of labels', async () => {
    for (const [chunk, sections] of [
      [[4, 512], 4],
      [[256, 512], 6],
    ] as const) {
      const { read, source } = labelsOf([256, 512, 40_000], chunk);
      await expect(countRows(source, 32)).rejects.toThrow('enough');
      expect(read.map(({ z }) => z)).toEqual(Array.from({ length: sections }, (_, z) => z));
      expect(sections * 512 * 40_000).toBeLessThanOrEqual(2 ** 27);
    }
  });

  it('goes on where one band is more', async () => {
    const { read, source } = labelsOf([8, 4096, 40_000], [8, 4096]);
    await expect(countRows(source, 32)).rejects.toThrow('enough');
    expect(read.map(({ z }) => z)).toEqual([0]);
  });
});
