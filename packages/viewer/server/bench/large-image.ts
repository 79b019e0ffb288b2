import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { section } from '@dilated-unet/core';
import { readStack, writeRows, type SectionRows } from '@dilated-unet/stacks/node';

const SAMPLE = join(
  dirname(createRequire(import.meta.url).resolve('@dilated-unet/viewer/package.json')),
  'public/sample/phantom.tif',
);

/** Rows that are written at once. */
const BATCH = 64;

/** Writes a TIFF of one section of `size` x `size` pixels, 8 bits: the page's sample, again and again. */
export async function writeLargeImage(path: string, size: number): Promise<void> {
  const { width, height, data } = section(await readStack(SAMPLE), 0);
  function* rows(): Generator<SectionRows> {
    for (let y = 0; y < size; y += BATCH) {
      const batch = new Uint8Array(Math.min(BATCH, size - y) * size);
      for (let i = 0; i < batch.length; i++) {
        const [row, column] = [y + Math.floor(i / size), i % size];
        batch[i] = data[(row % height) * width + (column % width)] as number;
      }
      yield { z: 0, y, data: batch };
    }
  }
  await writeRows(path, rows(), { width: size, height: size, depth: 1 });
}
