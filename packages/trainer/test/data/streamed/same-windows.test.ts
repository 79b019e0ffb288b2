import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { section, type GreyStack } from '@dilated-unet/core';
import { writeSections } from '@dilated-unet/stacks/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseTrainConfig } from '../../../src/config/parse.ts';
import type { TrainConfigInput } from '../../../src/config/schema.ts';
import { loadDataset } from '../../../src/data/dataset.ts';
import { phantom } from '../../../src/data/phantom.ts';
import { openTrainingBatches } from '../../../src/data/training-batches.ts';
import { writeStackAsRawZarr } from '../../support/raw-zarr.ts';

const [WIDTH, DEPTH] = [112, 7];
const TISSUE = phantom({ sections: DEPTH, size: WIDTH, seed: 3, withCells: true });
const IDS = { ...TISSUE.images, data: Uint16Array.from(TISSUE.cells?.data ?? []) };
const NOISY = { ...TISSUE.images, data: Float32Array.from(TISSUE.images.data, (value) => value / 255) };
const DARK = { ...TISSUE.images, data: TISSUE.images.data.map((value) => value >> 1) };
/** 0 where nobody labelled: a corner of some sections, and all of another; 1 membrane, 2 interior. */
const PARTIAL = {
  ...TISSUE.labels,
  data: TISSUE.labels.data.map((value, i) => {
    const [z, y, x] = [Math.floor(i / WIDTH ** 2), Math.floor(i / WIDTH) % WIDTH, i % WIDTH];
    return z === 2 || (x > 80 + 3 * z && y > 60) || (y < 20 && x < 30) ? 0 : value > 0 ? 2 : 1;
  }),
};
const MASK = { ...TISSUE.labels, data: TISSUE.labels.data.map((_, i) => (i % 37 === 0 || i % WIDTH > 100 ? 1 : 0)) };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'same-windows-'));
});
afterAll(() => rm(folder, { recursive: true }));

let written = 0;
async function write(stack: GreyStack, ending: string): Promise<string> {
  const path = join(folder, `${written++}${ending}`);
  if (ending === '/raw.zarr') return writeStackAsRawZarr(path, stack, [3, 40, 50]);
  await writeSections(
    path,
    Array.from({ length: stack.depth }, (_, z) => section(stack, z)),
    { depth: stack.depth, labels: false },
  );
  return path;
}

const base = {
  network: { name: 'unet' },
  holdOut: 2,
  holdOutFrom: 1,
  window: 32,
  batchSize: 4,
  schedule: {},
  augmentation: 'tissue',
} satisfies Partial<TrainConfigInput>;

interface Case extends Partial<TrainConfigInput> {
  readonly ending: string;
  readonly images?: GreyStack;
  readonly ids: GreyStack;
  readonly mask?: GreyStack;
}

describe('a stack that stays in its files', () => {
  it.each<[string, Case]>([
    ['PNG sections', { ending: '/', ids: IDS, labelKind: 'instances' }],
    ['TIFF, two classes', { ending: '.tif', ids: TISSUE.labels, labelKind: 'interior' }],
    ['TIFF, floating point, instances', { ending: '.tif', images: NOISY, ids: IDS, labelKind: 'instances' }],
    ['OME-Zarr, kind found out', { ending: '.ome.zarr', ids: TISSUE.labels, augmentation: 'none' }],
    ['OME-Zarr, instances found out', { ending: '.ome.zarr', ids: IDS }],
    ['chunks of several sections', { ending: '/raw.zarr', ids: TISSUE.labels }],
    ['instances of a width, sections by themselves', { ending: '/raw.zarr', ids: IDS, boundaryWidth: 9, labelKind: 'instances', normalise: 'section' }], // prettier-ignore
    ['partial', { ending: '.ome.zarr', ids: PARTIAL, ignore: 0, labelKind: 'interior' }],
    ['partial instances, with a mask and a section', { ending: '/raw.zarr', ids: IDS, mask: MASK, ignoreSections: '5', labelKind: 'instances', holdOut: 1 }], // prettier-ignore
    ['sections that nobody labelled', { ending: '.tif', ids: TISSUE.labels, ignoreSections: '4-5' }],
    ['moved labels', { ending: '.ome.zarr', ids: TISSUE.labels, registerLabels: true }],
    ['larger pixels', { ending: '.tif', ids: TISSUE.labels, dataPixelSize: 4, pixelSize: 6, labelKind: 'interior' }],
    ['smaller pixels, partial', { ending: '/raw.zarr', ids: PARTIAL, ignore: 0, dataPixelSize: 8, pixelSize: 5, labelKind: 'interior' }], // prettier-ignore
    ['nothing held out', { ending: '.tif', ids: IDS, holdOut: 0, holdOutFrom: undefined }],
  ])('gives the windows and the rest of the run that it gives in memory: %s', async (_, given) => {
    const { ending, ids, images = TISSUE.images, mask, ...changes } = given;
    const data = {
      kind: 'stacks',
      images: await write(images, ending),
      labels: await write(ids, ending),
      ...(mask && { ignoreMask: await write(mask, ending) }),
    } as const;
    const config = parseTrainConfig({ ...base, data, ...changes });
    const inMemory = await loadDataset(config);
    const streamed = await loadDataset(config, undefined, { bytes: 0, measuredPixels: Infinity });
    expect(inMemory.stacks[0]?.streamed).toBeNull();
    expect(streamed.stacks[0]?.streamed).not.toBeNull();
    const { notes: [decided, ...notes] = [], stacks, ...others } = streamed;
    expect(decided).toMatch(/^Images and labels take .* GiB, more than the 0.000 GiB that are held in memory/);
    expect({ ...others, notes, stacks: stacks.map((stack) => ({ ...stack, streamed: null })) }).toEqual(inMemory);

    const [own, files] = await Promise.all([inMemory, streamed].map((one) => openTrainingBatches(config, one, { from: 2, to: 10 }))); // prettier-ignore
    expect(files?.shares).toEqual(own?.shares);
    for (let step = 2; step < 10; step++) expect(files?.take(step)).toEqual(own?.take(step));
    await Promise.all([own?.close(), files?.close()]);
  });

  it('is one of several, each with its share', async () => {
    const partial = { ...PARTIAL, data: PARTIAL.data.map((value) => [7, 0, 255][value] as number) };
    const stacks = [
      { name: 'a', images: await write(TISSUE.images, '.ome.zarr'), labels: await write(partial, '.ome.zarr') },
      { name: 'b', images: await write(NOISY, '.tif'), labels: await write(TISSUE.labels, '.tif') },
      { name: 'c', images: await write(DARK, '.tif'), labels: await write(partial, '.tif'), heldOut: true as const },
    ];
    const config = parseTrainConfig({ ...base, data: { kind: 'several', stacks }, ignore: 7, labelKind: 'interior' });
    const inMemory = await loadDataset(config);
    const streamed = await loadDataset(config, undefined, { bytes: 0, measuredPixels: Infinity });
    expect(streamed.hash).toEqual(inMemory.hash);
    const [own, files] = await Promise.all([inMemory, streamed].map((one) => openTrainingBatches(config, one, { from: 0, to: 6 }))); // prettier-ignore
    expect(files?.shares).toEqual(own?.shares);
    for (let step = 0; step < 6; step++) expect(files?.take(step)).toEqual(own?.take(step));
    await Promise.all([own?.close(), files?.close()]);
  });
});
