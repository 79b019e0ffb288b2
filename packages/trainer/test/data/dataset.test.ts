import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { InvalidOptionError, section, translateStack } from '@dilated-unet/core';
import { describe, expect, it } from 'vitest';
import { loadDataset, type DatasetConfig } from '../../src/data/dataset.ts';
import { ofOneStack } from '../support/one-stack.ts';
import { IMAGES, LABELS, stackOf, write } from '../support/small-stacks.ts';

/** Of a configuration, how stacks are read. */
const READ = {
  labelKind: 'interior',
  boundaryWidth: null,
  normalise: 'model',
  sampling: 'sections',
  registerLabels: false,
  augmentation: {},
} as const;

describe('loadDataset', () => {
  const stacks = async (images = IMAGES, labels = LABELS) => ({
    kind: 'stacks' as const,
    images: await write('i.tif', images),
    labels: await write('l.tif', labels),
  });
  const phantom = (sections: number) => ({ kind: 'phantom' as const, sections, size: 64, seed: 1 });
  const load = async (data: DatasetConfig['data'], holdOut: number, others: Partial<DatasetConfig> = {}) =>
    ofOneStack(await loadDataset({ data, holdOut, ...READ, window: 1, ...others }));

  it('holds out the last sections, and normalises by the others alone', async () => {
    const data = await load(await stacks(), 1);
    expect([...data.train.images.data]).toEqual(Array.from({ length: 12 }, (_, i) => i));
    expect([...(data.heldOut?.images.data ?? [])]).toEqual(Array.from({ length: 12 }, (_, i) => 12 + i));
    expect(data.heldOut?.labels).toMatchObject({ width: 4, height: 3, depth: 1 });
    expect(data.normalisation.mean).toBeCloseTo(5.5, 12);
    expect(data.normalisation.std).toBeCloseTo(Math.sqrt((12 ** 2 - 1) / 12), 12);
    expect(data.test).toBeNull();
  });

  /** Five sections of 2 x 1: section z has the grey values 10 z and 10 z + 1, and membrane on the left where z is even. */
  const five = () =>
    stacks(
      stackOf(Uint8Array.of(0, 1, 10, 11, 20, 21, 30, 31, 40, 41), 2, 1),
      stackOf(Uint8Array.of(0, 1, 1, 0, 0, 1, 1, 0, 0, 1), 2, 1),
    );

  it.each([
    [0, [0, 1, 10, 11], [20, 21, 30, 31, 40, 41], [0, 1, 1, 0, 0, 1]],
    [1, [10, 11, 20, 21], [0, 1, 30, 31, 40, 41], [0, 1, 1, 0, 0, 1]],
    [2, [20, 21, 30, 31], [0, 1, 10, 11, 40, 41], [0, 1, 1, 0, 0, 1]],
    [3, [30, 31, 40, 41], [0, 1, 10, 11, 20, 21], [0, 1, 1, 0, 0, 1]],
  ])('holds out two sections from %i on', async (holdOutFrom, heldOut, trained, labels) => {
    const data = await load(await five(), 2, { holdOutFrom });
    expect([...(data.heldOut?.images.data ?? [])]).toEqual(heldOut);
    expect(data.heldOut?.images).toMatchObject({ width: 2, height: 1, depth: 2 });
    expect([...data.train.images.data]).toEqual(trained);
    expect(data.train.images).toMatchObject({ width: 2, height: 1, depth: 3 });
    expect([...data.train.labels.data]).toEqual(labels);
    const mean = trained.reduce((sum, value) => sum + value) / trained.length;
    expect(data.normalisation.mean).toBeCloseTo(mean, 12);
    const variance = trained.reduce((sum, value) => sum + (value - mean) ** 2, 0) / trained.length;
    expect(data.normalisation.std).toBeCloseTo(Math.sqrt(variance), 12);
  });

  it('holds out a block of the phantom', async () => {
    const all = await load(phantom(4), 0);
    const data = await load(phantom(4), 2, { holdOutFrom: 1 });
    expect(data.heldOut?.images.data).toEqual(all.train.images.data.slice(64 * 64, 3 * 64 * 64));
    expect(section(data.train.images, 1)).toEqual(section(all.train.images, 3));
    expect(section(data.train.labels, 1)).toEqual(section(all.train.labels, 3));
  });

  it.each([4, -1, 0.5])('refuses a block of two of five sections from %s on', async (holdOutFrom) => {
    for (const data of [await five(), phantom(5)]) {
      const made = load(data, 2, { holdOutFrom });
      await expect(made).rejects.toBeInstanceOf(InvalidOptionError);
      await expect(made).rejects.toThrow('holdOutFrom must be an integer from 0 to 3: the stack has 5 sections');
    }
  });

  it("normalises as the original's montage: by all sections, the standard deviation enlarged by 1e-10", async () => {
    const plain = await load(await stacks(), 0);
    const { normalisation } = await load(await stacks(), 0, { sampling: 'montage' });
    expect(normalisation.mean).toBe(plain.normalisation.mean);
    expect(normalisation.std - plain.normalisation.std).toBeCloseTo(1e-10, 14);
  });

  it('trains on all when nothing is held out', async () => {
    const data = await load(await stacks(), 0);
    expect(data.heldOut).toBeNull();
    expect(data.train.images.depth).toBe(2);
    expect(data.normalisation.mean).toBeCloseTo(11.5, 12);
  });

  it.each([2, 3, -1])('refuses to hold out %s of 2 sections', async (holdOut) => {
    for (const data of [await stacks(), phantom(2)]) {
      const made = load(data, holdOut);
      await expect(made).rejects.toBeInstanceOf(InvalidOptionError);
      await expect(made).rejects.toThrow(`holdOut must be an integer from 0 to 1`);
    }
  });

  it('passes the window on to the checks', async () => {
    await expect(load(await stacks(), 1, { window: 8 })).rejects.toThrow('smaller than the training window');
    await expect(load(phantom(2), 1, { window: 72 })).rejects.toThrow(
      "window must be at most 64, the side of a phantom's section; received 72",
    );
  });

  describe('where labels are to be registered', () => {
    const registered = { registerLabels: true, window: 32 };
    const tissue = { kind: 'phantom', sections: 4, size: 128, seed: 1 } as const;
    /** The phantom with labels drawn a pixel above the tissue, in its last section two below. */
    const drawnBeside = async () => {
      const { train } = await load(tissue, 0, { window: 32 });
      const moved = ([0, 1, 2, 3] as const).flatMap((z) => [
        ...translateStack({ ...section(train.labels, z), depth: 1 }, { y: z === 3 ? 2 : -1, x: 0 }).data,
      ]);
      return stacks(train.images, { ...train.labels, data: Uint8Array.from(moved) });
    };

    it('tells where they lie, as the training sections alone say', async () => {
      const data = await load(await drawnBeside(), 1, registered);
      expect(data.labelOffset?.y).toBeCloseTo(-1, 0);
      expect(Math.abs((data.labelOffset?.y ?? 0) + 1)).toBeLessThan(0.2);
      expect(Math.abs(data.labelOffset?.x ?? 9)).toBeLessThan(0.2);
      expect((await load(await drawnBeside(), 1, { window: 32 })).labelOffset).toBeNull();
    });

    it('leaves the labels themselves as they are', async () => {
      const data = await load(await drawnBeside(), 1, registered);
      const plain = await load(await drawnBeside(), 1, { window: 32 });
      expect(data.train.labels).toEqual(plain.train.labels);
      expect(data.heldOut).toEqual(plain.heldOut);
    });

    it('says how to do without where they do not go with the images', async () => {
      const { train } = await load(tissue, 0, { window: 32 });
      const backwards = { ...train.labels, data: train.labels.data.slice().reverse() };
      await expect(load(await stacks(train.images, backwards), 1, registered)).rejects.toThrow(
        /l\.tif: Labels and images do not go together: .* Labels as they lie: `registerLabels: false`\.$/,
      );
    });
  });

  it('refuses a test stack of other grey values before any training, and takes one of the same', async () => {
    const { train } = await load(phantom(3), 0, { window: 64 });
    const larger = await load({ kind: 'phantom', sections: 3, size: 128, seed: 2 }, 0, { window: 64 });
    const named = {
      ...(await stacks(larger.train.images, larger.train.labels)),
      test: await write('t.tif', larger.train.images),
    };
    expect((await load(named, 0)).test).toEqual(larger.train.images);
    const spread = { ...train.images, data: Uint16Array.from(train.images.data, (value) => 257 * value) };
    await expect(load({ ...named, test: await write('t16.tif', spread) }, 0)).rejects.toThrow(
      /t16\.tif: this stack is segmented after the training, and would be refused then\. .*grey values.*move the file out of/,
    );
  });

  it('refuses a test stack that is too large for memory beside stacks that are not', async () => {
    const { train } = await load(phantom(2), 0, { window: 64 });
    const named = { ...(await stacks(train.images, train.labels)), test: await write('t.tif', train.images) };
    // Images and labels of the training take twice that.
    const twice = { ...train.images, depth: 5, data: new Uint8Array(5 * 64 ** 2).fill(9) };
    const config = { data: named, holdOut: 0, ...READ, window: 32 };
    const limits = { bytes: 4 * 64 ** 2, measuredPixels: Infinity };
    expect((await loadDataset(config, undefined, limits)).stacks[0]?.test).toEqual(train.images);
    const large = { ...named, test: await write('large.tif', twice) };
    await expect(loadDataset({ ...config, data: large }, undefined, limits)).rejects.toThrow(
      /large\.tif: this stack is segmented after the training, and takes .* GiB, more than the .* Move it out of the folder/,
    );
  });

  it('makes the phantom with binary labels, and reports its sections', async () => {
    const progress: string[] = [];
    const config = { data: phantom(3), holdOut: 1, ...READ, window: 64 };
    const data = ofOneStack(await loadDataset(config, (done, total) => progress.push(`${done}/${total}`)));
    expect(progress).toEqual(['1/3', '2/3', '3/3']);
    expect(data.train.images.depth).toBe(2);
    expect(data.heldOut?.images.depth).toBe(1);
    expect([...new Set(data.train.labels.data)].sort()).toEqual([0, 1]);
  });
});

const real = resolve(import.meta.dirname, '../../../../../shared/data/isbi-2012');

describe('the ISBI-2012 stack', () => {
  it('loads: 30 sections of 512 x 512, 78.04% interior', async (context) => {
    if (!existsSync(real)) return context.skip(`${real} is absent`);
    const data = ofOneStack(
      await loadDataset({
        data: { kind: 'stacks', images: join(real, 'train-volume.tif'), labels: join(real, 'train-labels.tif') },
        holdOut: 6,
        ...READ,
        registerLabels: true,
        window: 512,
      }),
    );
    expect(data.warnings).toEqual([]);
    expect(data.train.images).toMatchObject({ width: 512, height: 512, depth: 24 });
    expect(data.heldOut?.images.depth).toBe(6);
    const interior = [data.train, data.heldOut].flatMap((part) => [...(part?.labels.data ?? [])]);
    expect(interior.reduce((sum, v) => sum + v, 0) / interior.length).toBeCloseTo(0.7804, 4);
    expect(section(data.train.images, 0).data[0]).toBeGreaterThan(0);
    // The labels lie 0.6 pixels above the membranes.
    expect(data.labelOffset?.y).toBeCloseTo(-0.61, 1);
    expect(data.labelOffset?.x).toBeCloseTo(-0.17, 1);
    expect(data.labelOffset?.correlation).toBeGreaterThan(0.5);
  });
});
