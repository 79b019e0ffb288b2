import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseTrainConfig } from '../../../src/config/parse.ts';
import type { TrainConfigInput } from '../../../src/config/schema.ts';
import { loadDataset } from '../../../src/data/dataset.ts';
import { phantom } from '../../../src/data/phantom.ts';
import { openTrainingBatches } from '../../../src/data/training-batches.ts';
import { writeRawChunk, writeRawZarr, type RawZarr } from '../../support/raw-zarr.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'large-volume-'));
});
afterAll(() => rm(folder, { recursive: true }));

const SIDE = 512;
const TISSUE = phantom({ sections: 2, size: SIDE, seed: 1, withCells: true });
const valueIn = (data: ArrayLike<number>) => (z: number, y: number, x: number) =>
  data[((z % 2) * SIDE + (y % SIDE)) * SIDE + (x % SIDE)] as number;

/** An array that has tissue in the chunks at `places`, and the fill value elsewhere. */
async function volume(
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
const MIB = 2 ** 20;

/** Trains on eight batches, as far as the data goes. @returns bytes by which memory grew, at its largest */
async function grownBy(config: TrainConfigInput): Promise<number> {
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

const base = {
  network: { name: 'unet' },
  holdOut: 0,
  window: 128,
  batchSize: 4,
  schedule: {},
  augmentation: 'tissue',
} as const;

describe('a volume that no memory holds', () => {
  it('is trained on in the memory of its parts and windows: 128 GiB', async () => {
    const shape = [4096, 4096, 4096] as const;
    const array = { shape, chunk: [2, SIDE, SIDE], fill: 0, dtype: 'uint8' } as const;
    const places = Array.from({ length: 64 }, (_, i) => [1000, Math.floor(i / 8), i % 8] as const);
    const images = await volume('images.zarr', array, TISSUE.images.data, places);
    const labels = await volume('labels.zarr', array, TISSUE.labels.data, places);
    const grown = await grownBy({
      ...base,
      data: { kind: 'stacks', images, labels },
      labelKind: 'interior',
      ignoreSections: '1-2000,2003-4096',
    });
    expect(grown).toBeLessThan(512 * MIB);
  });

  it('is looked through for its labels in the memory of a band: ids of 2 GiB, of which few are not 0', async () => {
    const shape = [128, 2048, 2048] as const;
    const chunk = [32, SIDE, SIDE] as const;
    const places = [[1, 2, 3], [3, 0, 0]] as const; // prettier-ignore
    const images = await volume('images-2.zarr', { shape, chunk, fill: 7, dtype: 'uint8' }, TISSUE.images.data, places);
    const ids = Array.from(TISSUE.cells?.data ?? [], (id) => id);
    const labels = await volume('labels-2.zarr', { shape, chunk, fill: 65_000, dtype: 'uint32' }, ids, places);
    const grown = await grownBy({
      ...base,
      data: { kind: 'stacks', images, labels },
      labelKind: 'instances',
      ignore: 65_000,
    });
    expect(grown).toBeLessThan(512 * MIB);
  });
});
