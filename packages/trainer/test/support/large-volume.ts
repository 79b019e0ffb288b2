import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { parseTrainConfig } from '../../src/config/parse.ts';
import type { TrainConfigInput } from '../../src/config/schema.ts';
import { loadDataset } from '../../src/data/dataset.ts';
import { phantom } from '../../src/data/phantom.ts';
import { openTrainingBatches } from '../../src/data/training-batches.ts';
import { writeRawChunk, writeRawZarr, type RawZarr } from './raw-zarr.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'large-volume-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Sides of a chunk with tissue. */
export const SIDE = 512;
export const TISSUE = phantom({ sections: 2, size: SIDE, seed: 1, withCells: true });
const valueIn = (data: ArrayLike<number>) => (z: number, y: number, x: number) =>
  data[((z % 2) * SIDE + (y % SIDE)) * SIDE + (x % SIDE)] as number;

/** An array that has tissue in the chunks at `places`, and the fill value elsewhere. */
export async function volume(
  name: string,
  array: RawZarr,
  data: ArrayLike<number>,
  places: readonly (readonly [number, number, number])[],
): Promise<string> {
  const path = await writeRawZarr(join(folder, name), array);
  for (const place of places) await writeRawChunk(path, array, place, valueIn(data));
  return path;
}

/** Largest memory of this process and its threads so far, bytes. */
const peak = (): number => process.resourceUsage().maxRSS * 1024;
export const MIB = 2 ** 20;

/**
 * Trains on eight batches, as far as the data goes. The largest memory of a process never falls: once in a test file, which has a
 * process of its own.
 *
 * @returns bytes by which memory grew, at its largest
 */
export async function grownBy(config: TrainConfigInput): Promise<number> {
  const before = peak();
  const parsed = parseTrainConfig(config);
  const data = await loadDataset(parsed);
  expect(data.stacks[0]?.streamed).not.toBeNull();
  const batches = await openTrainingBatches(parsed, data, { from: 0, to: 8 });
  for (let step = 0; step < 8; step++) {
    const { images, labels } = batches.take(step);
    expect(labels.includes(0) && labels.includes(1)).toBe(true);
    expect(new Set(images).size).toBeGreaterThan(50);
  }
  await batches.close();
  return peak() - before;
}

/** Of a training on a large volume. */
export const base = {
  network: { name: 'unet' },
  holdOut: 0,
  window: 128,
  batchSize: 4,
  schedule: {},
  augmentation: 'tissue',
} as const;
