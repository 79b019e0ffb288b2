import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  InvalidImageError,
  InvalidOptionError,
  resampleImage,
  resampleLabels,
  section,
  unet,
  type GreyStack,
} from '@dilated-unet/core';
import { IGNORED, type PixelSize } from '@dilated-unet/stacks';
import { writeSections } from '@dilated-unet/stacks/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseTrainConfig } from '../../src/config/parse.ts';
import { loadDataset, type Dataset, type DatasetConfig } from '../../src/data/dataset.ts';
import type { DividedStack } from '../../src/data/hold-out.ts';
import type { PixelSizeOptions } from '../../src/data/pixel-size.ts';
import { phantom } from '../../src/data/phantom.ts';
import { loadStacks, type Stacks } from '../../src/data/stacks.ts';
import { modelCard } from '../../src/export/model.ts';

const [SIDE, DEPTH] = [96, 3];
const { images, labels } = phantom({ sections: DEPTH, size: SIDE, seed: 3 });
const binary: GreyStack<Uint8Array> = { ...labels, data: labels.data.map((value) => Math.min(value, 1)) };
const BASE = { network: { name: 'unet' }, schedule: {}, holdOut: 1, window: 32 };
const square = (side: number) => ({ y: side, x: side });

let folder: string;
let labelPath: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pixel-size-'));
  labelPath = await write('labels.tif', labels);
});
afterAll(() => rm(folder, { recursive: true }));

async function write(name: string, stack: GreyStack, pixelSize?: PixelSize): Promise<string> {
  const path = join(folder, name);
  const all = Array.from({ length: stack.depth }, (_, z) => section(stack, z));
  await writeSections(path, all, { depth: stack.depth, pixelSize });
  return path;
}

/** The images in a file that states pixels of `stated` nanometres, with their labels. */
async function load(
  stated: number | PixelSize | null,
  options: PixelSizeOptions & { readonly window?: number; readonly ignoreSections?: string } = {},
): Promise<Stacks> {
  const size = typeof stated === 'number' ? square(stated) : (stated ?? undefined);
  const path = await write(`images-${JSON.stringify(stated)}.tif`, images, size);
  return loadStacks({ images: path, labels: labelPath }, { window: 32, labelKind: 'interior', ...options });
}

const asTheyAre = (stacks: Stacks): void => {
  expect(stacks.images).toEqual(images);
  expect(stacks.labels).toEqual(binary);
};

describe('the pixels of a training', () => {
  it('are those of the files where nothing else is asked for, and nothing is resampled', async () => {
    const stated = await load({ y: 8, x: 6 });
    asTheyAre(stated);
    expect(stated.pixelSize?.y).toBeCloseTo(8);
    expect(stated.pixelSize?.x).toBeCloseTo(6);
    expect(stated.notes).toEqual([]);
    const unstated = await load(null);
    asTheyAre(unstated);
    expect(unstated).toMatchObject({ pixelSize: null, notes: [] });
  });

  it('are warned of where labels state others, unless they are said', async () => {
    const beside = async (nanometres: number, options: PixelSizeOptions = {}) => {
      const paths = {
        images: await write('images-4.tif', images, square(4)),
        labels: await write('labels-stated.tif', labels, square(nanometres)),
      };
      return (await loadStacks(paths, { window: 32, labelKind: 'interior', ...options })).warnings;
    };
    expect(await beside(8)).toEqual([
      expect.stringMatching(
        /labels-stated\.tif: states pixels of 8 nm, and .*images-4\.tif .* 4 nm, .*`dataPixelSize`/,
      ),
    ]);
    expect(await beside(8, { dataPixelSize: 4 })).toEqual([]);
    // A rounding, and 72 pixels an inch.
    expect(await beside(4.02)).toEqual([]);
    expect(await beside(352_778)).toEqual([]);
  });

  it('are those that are asked for: images and labels are resampled', async () => {
    const { notes, ...stacks } = await load(3.7, { pixelSize: 4 });
    const to = { width: 89, height: 89 };
    expect(stacks.pixelSize).toEqual(square(4));
    expect(stacks.images).toMatchObject({ ...to, depth: DEPTH });
    for (let z = 0; z < DEPTH; z++) expect(section(stacks.images, z)).toEqual(resampleImage(section(images, z), to));
    expect(stacks.labels).toEqual(resampleLabels(binary, to, { ignore: IGNORED }));
    expect(notes[0]).toContain('pixels of 3.7 nm are resampled to 4 nm; sections of 96 x 96 become 89 x 89.');
    expect(notes.at(-1)).toMatch(/of what counts is membrane, \d/);
    asTheyAre(await load(4.01, { pixelSize: 4 }));
  });

  it('scale each axis by itself', async () => {
    const { images: made, labels: drawn } = await load({ y: 4, x: 8 }, { pixelSize: 4 });
    expect(made).toMatchObject({ width: 2 * SIDE, height: SIDE });
    expect(drawn).toMatchObject({ width: 2 * SIDE, height: SIDE });
  });

  it('keep what does not count', async () => {
    const { labels: drawn } = await load(8, { pixelSize: 4, ignoreSections: '2' });
    expect(section(drawn, 1).data.every((value) => value === IGNORED)).toBe(true);
    expect(section(drawn, 0).data.includes(IGNORED)).toBe(false);
  });

  it('are what the user says of files that state none, or state what nobody believes', async () => {
    for (const stated of [null, 1000]) {
      const said = await load(stated, { pixelSize: 4 });
      asTheyAre(said);
      expect(said.pixelSize).toEqual(square(4));
      expect(said.notes[0]).toContain('taken to have the 4 nm of `pixelSize`');
      const both = await load(stated, { pixelSize: 4, dataPixelSize: 8 });
      expect(both).toMatchObject({ pixelSize: square(4), images: { width: 2 * SIDE, height: 2 * SIDE } });
      const own = await load(stated, { dataPixelSize: 8 });
      asTheyAre(own);
      expect(own.pixelSize).toEqual(square(8));
    }
    const silent = await load(1000);
    asTheyAre(silent);
    expect(silent.pixelSize).toBeNull();
    expect(silent.notes[0]).toContain('states pixels of 1000 nm, which is not believed');
  });

  it('are those of the model that the training begins from, where both know theirs', async () => {
    const init = { pixelSize: square(4) };
    const other = await load(8, { init });
    expect(other).toMatchObject({ pixelSize: square(4), images: { width: 2 * SIDE, height: 2 * SIDE } });
    expect(other.notes[0]).toContain('the size of the model that the training begins from');
    const alike = await load(4.2, { init });
    asTheyAre(alike);
    expect(alike.pixelSize?.x).toBeCloseTo(4.2);
    const unstated = await load(null, { init });
    asTheyAre(unstated);
    expect(unstated.pixelSize).toBeNull();
    expect(unstated.notes[0]).toContain('`dataPixelSize`');
    expect((await load(8, { init, pixelSize: 8 })).pixelSize).toEqual(square(8));
    asTheyAre(await load(8, { init: {} }));
  });

  it('say how wide the membranes are that are made of ids: 24 nm, at what the files are taken to have', async () => {
    const { images: tissue, cells } = phantom({ sections: DEPTH, size: SIDE, seed: 3, withCells: true });
    const ids = await write('ids.tif', { ...tissue, data: Uint16Array.from(cells?.data ?? []) });
    const widthOf = async (stated: number | null, options: PixelSizeOptions): Promise<number | null> => {
      const path = await write('of-ids.tif', tissue, stated === null ? undefined : square(stated));
      const data = { kind: 'stacks' as const, images: path, labels: ids };
      const base = { ...BASE, labelKind: 'instances' as const };
      const config = { ...parseTrainConfig({ ...base, data }), ...options } as DatasetConfig;
      const inMemory = await loadDataset(config);
      const streamed = await loadDataset(config, undefined, { bytes: 2 * 3 * SIDE ** 2, measuredPixels: SIDE ** 2 });
      expect(streamed.stacks[0]?.boundaryWidth).toBe(inMemory.stacks[0]?.boundaryWidth);
      return inMemory.stacks[0]?.boundaryWidth ?? null;
    };
    expect(await widthOf(null, {})).toBe(6);
    expect(await widthOf(null, { dataPixelSize: 8 })).toBe(3);
    for (const stated of [null, 1000]) expect(await widthOf(stated, { pixelSize: 8 })).toBe(3);
    expect(await widthOf(8, { pixelSize: 12 })).toBe(3);
    expect(await widthOf(8, { pixelSize: 9, dataPixelSize: 6 })).toBe(4);
    // Images that state nothing are taken as they are: the model is no word on them.
    expect(await widthOf(null, { init: { pixelSize: square(8) } })).toBe(6);
  });

  it('bring the stack without labels along', async () => {
    const made = async (stated: number | null, test: string): Promise<Pick<Dataset, 'notes'> & DividedStack> => {
      const path = await write('beside.tif', images, stated === null ? undefined : square(stated));
      const data = { kind: 'stacks' as const, images: path, labels: labelPath, test };
      const { stacks, notes } = await loadDataset(parseTrainConfig({ ...BASE, data }));
      return { ...(stacks[0] as DividedStack), notes };
    };
    const test = await write('test.tif', images, square(8));
    const scaled = await made(4, test);
    expect(scaled.test).toMatchObject({ width: 2 * SIDE, height: 2 * SIDE });
    expect(scaled.notes.at(-1)).toContain('test.tif: pixels of 8 nm are resampled to the 4 nm of the training');
    const rubbish = await write('rubbish.tif', images, square(1000));
    const taken = await made(4, rubbish);
    expect(taken.test).toMatchObject({ width: SIDE });
    expect(taken.notes.at(-1)).toContain('not believed');
    expect((await made(null, test)).test).toMatchObject({ width: SIDE });
  });

  it('must leave room for a window, and membranes', async () => {
    expect((await load(8, { pixelSize: 4, window: 160 })).images.width).toBe(192);
    await expect(load(4, { pixelSize: 8, window: 64 })).rejects.toThrow(
      '48 x 48 pixels, smaller than the training window',
    );
    await expect(load(4, { pixelSize: 40 })).rejects.toThrow(InvalidOptionError);
    const line = { ...labels, data: labels.data.map((_, i) => (i % SIDE === 7 ? 0 : 255)) };
    const thin = { images: await write('images-4.tif', images, square(4)), labels: await write('thin.tif', line) };
    const lost = loadStacks(thin, { window: 8, labelKind: 'interior', pixelSize: 16 });
    await expect(lost).rejects.toThrow(InvalidImageError);
    await expect(lost).rejects.toThrow('nothing of its membranes is left');
  });

  it('stand in the card of the model, where they are known', () => {
    const normalisation = { mean: 120, std: 40 };
    const pixelSize = { y: 4, x: 3.7 };
    expect(modelCard(unet(), { normalisation, pixelSize })).toMatchObject({ pixelSize });
    const { pixelSize: _, ...rest } = modelCard(unet(), { normalisation, pixelSize });
    for (const unknown of [{ pixelSize: null }, {}]) {
      expect(modelCard(unet(), { normalisation, ...unknown })).toStrictEqual(rest);
    }
  });

  it('are known to the data set, and no matter of the phantom', async () => {
    const path = await write('images-6.tif', images, square(6));
    const data = { kind: 'stacks' as const, images: path, labels: labelPath };
    const config = parseTrainConfig({ ...BASE, data, pixelSize: 4 });
    const dataset = await loadDataset(config);
    expect(dataset.pixelSize).toEqual(square(4));
    expect(dataset.stacks[0]?.heldOut?.images).toMatchObject({ width: 144, depth: 1 });
    expect(() => parseTrainConfig({ ...BASE, data: { kind: 'phantom' }, pixelSize: 4 })).toThrow('phantom');
    expect(() => parseTrainConfig({ ...BASE, data, pixelSize: 0 })).toThrow('pixelSize');
    expect(parseTrainConfig({ ...BASE, data })).not.toHaveProperty('pixelSize');
  });

  it('of several stacks are those of all, or none where they differ, which is said', async () => {
    const other = { ...images, data: images.data.map((value) => value ^ 1) };
    const paths = [await write('a.tif', images, square(6)), await write('b.tif', other, square(8))];
    const test = await write('c.tif', images, square(12));
    const stacks = paths.map((path, k) => ({
      name: `s${k}`,
      images: path,
      labels: labelPath,
      ...(k === 1 && { test }),
    }));
    const config = { ...BASE, data: { kind: 'several' as const, stacks } };
    const unlike = await loadDataset(parseTrainConfig(config));
    expect(unlike.pixelSize).toBeNull();
    expect(unlike.notes).toContainEqual(expect.stringMatching(/pixels of 6 nm, 8 nm.*`pixelSize`/));
    // A model that does not know its pixels takes the stack without labels as it is.
    expect(unlike.stacks.map((stack) => stack.test)).toEqual([null, images]);
    expect(unlike.notes.join()).not.toContain('c.tif');
    const alike = await loadDataset(parseTrainConfig({ ...config, pixelSize: 6 }));
    expect(alike.pixelSize).toEqual(square(6));
    expect(alike.stacks[1]?.test).toMatchObject({ width: 2 * SIDE });
    expect(alike.notes.at(-1)).toMatch(/^s1: .*c\.tif: pixels of 12 nm are resampled to the 6 nm of the training/);
    expect(alike.stacks.map(({ train }) => train?.images.width)).toEqual([images.width, (images.width * 8) / 6]);
    expect(() => parseTrainConfig({ ...config, dataPixelSize: 6 })).toThrow('dataPixelSize');
  });
});
