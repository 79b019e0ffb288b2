import { InvalidOptionError, stackNormalisation, type GreyStack } from '@dilated-unet/core';
import { describe, expect, it } from 'vitest';
import { parseAugmentation } from '../../src/config/parse.ts';
import type { Batch } from '../../src/data/sampler.ts';
import { createSampler, type OneStackOptions } from '../support/one-stack.ts';

/** A stack whose grey values say where they are: section, row and column in base 64; labels: parity of row + column. */
function addressed(width: number, height: number, depth: number): OneStackOptions['train'] {
  const values = Float32Array.from({ length: width * height * depth }, (_, i) => {
    const [x, y, z] = [i % width, Math.floor(i / width) % height, Math.floor(i / (width * height))];
    return (z * 64 + y) * 64 + x;
  });
  const shape = { width, height, depth };
  const images: GreyStack = { ...shape, data: values };
  return { images, labels: { ...shape, data: Uint8Array.from(values, (v) => parityOf(v) * 255) } };
}

function addressOf(value: number): { x: number; y: number; z: number } {
  return { x: value % 64, y: Math.floor(value / 64) % 64, z: Math.floor(value / 4096) };
}

function parityOf(value: number): number {
  const { x, y } = addressOf(value);
  return (x + y) % 2;
}

const OPTIONS: OneStackOptions = {
  train: addressed(20, 24, 3),
  normalisation: { mean: 0, std: 1 },
  window: 16,
  batchSize: 2,
  augmentation: {},
  seed: 865,
};

describe('a batch', () => {
  it('is a function of the seed and the step, whatever was drawn before', () => {
    const sampler = createSampler({ ...OPTIONS, augmentation: { symmetries: true } });
    const later = sampler.batch(7);
    sampler.batch(0);
    expect(sampler.batch(7)).toEqual(later);
    expect(createSampler({ ...OPTIONS, augmentation: { symmetries: true } }).batch(7)).toEqual(later);
    expect(sampler.batch(8)).not.toEqual(later);
    expect(createSampler({ ...OPTIONS, augmentation: { symmetries: true }, seed: 866 }).batch(7)).not.toEqual(later);
  });

  it('is that with every kind of augmentation, too', () => {
    const tissue = { ...OPTIONS, train: addressed(64, 64, 3), window: 48, augmentation: parseAugmentation('tissue') };
    const sampler = createSampler(tissue);
    const steps = [5, 0, 3, 5];
    const batches = steps.map((step) => sampler.batch(step));
    expect(batches[3]).toEqual(batches[0]);
    steps.forEach((step, i) => expect(createSampler(tissue).batch(step)).toEqual(batches[i]));
    expect(createSampler({ ...tissue, seed: 866 }).batch(5).images).not.toEqual(batches[0]?.images);
    for (const { images, labels } of batches) {
      expect(images.every(Number.isFinite)).toBe(true);
      expect([...new Set(labels)].sort()).toEqual([0, 1]);
    }
    // The windows of a batch have draws of their own.
    expect(batches[0]?.images.slice(0, 48 * 48)).not.toEqual(batches[0]?.images.slice(48 * 48));
  });

  it('has the windows that earlier versions cut: a run can be repeated', () => {
    const sampler = createSampler({ ...OPTIONS, augmentation: { symmetries: true } });
    const corners = [0, 1, 2].flatMap((step) => {
      const { images } = sampler.batch(step);
      return [0, 1, 256, 257].map((i) => images[i]);
    });
    expect(corners).toEqual([5392, 5391, 5523, 5459, 4097, 4098, 5440, 5376, 9666, 9602, 8275, 8339]);
  });

  it('keeps the draws of one kind when another is switched', () => {
    const options = { ...OPTIONS, train: addressed(64, 64, 3), window: 48 };
    const batch = (kinds: string): Batch =>
      createSampler({ ...options, augmentation: parseAugmentation(kinds) }).batch(4);
    const { labels } = batch('symmetries,rotation,elastic');
    expect(batch('symmetries,rotation,elastic,noise,intensity').labels).toEqual(labels);
    const noise = (kinds: string, without: string): number[] => {
      const [noisy, plain] = [batch(kinds).images, batch(without).images];
      return Array.from(noisy.subarray(0, 500), (value, i) => value - (plain[i] as number));
    };
    const alone = noise('noise', 'none');
    noise('rotation,noise', 'rotation').forEach((value, i) => expect(value).toBeCloseTo(alone[i] as number, 2));
    expect(new Set(alone).size).toBeGreaterThan(100);
  });

  it('has axes n, y, x, one channel: windows cut whole out of one section', () => {
    const { images, labels } = createSampler(OPTIONS).batch(0);
    expect(images).toHaveLength(2 * 16 * 16);
    expect(labels).toHaveLength(2 * 16 * 16);
    for (const n of [0, 1]) {
      const first = addressOf(images[n * 256] as number);
      for (let i = 0; i < 256; i++) {
        expect(addressOf(images[n * 256 + i] as number)).toEqual({
          x: first.x + (i % 16),
          y: first.y + Math.floor(i / 16),
          z: first.z,
        });
      }
    }
  });

  it('has z-scores by each section itself where the model is to normalise so', () => {
    const train = addressed(16, 16, 3);
    const { images } = createSampler({ ...OPTIONS, train, batchSize: 6, normalise: 'section' }).batch(0);
    for (let n = 0; n < 6; n++) {
      const { mean, std } = stackNormalisation({
        width: 16,
        height: 16,
        depth: 1,
        data: images.slice(256 * n, 256 * (n + 1)),
      });
      expect(mean).toBeCloseTo(0, 4);
      expect(std).toBeCloseTo(1, 4);
    }
  });

  it('has the z-scores of the normalisation, and labels of 0 and 1', () => {
    const plain = createSampler(OPTIONS).batch(3);
    const scored = createSampler({ ...OPTIONS, normalisation: { mean: 100, std: 50 } }).batch(3);
    scored.images.forEach((value, i) => expect(value).toBeCloseTo(((plain.images[i] as number) - 100) / 50, 3));
    expect([...new Set(scored.labels)].sort()).toEqual([0, 1]);
  });

  it('keeps each label with its pixel under every symmetry', () => {
    const sampler = createSampler({ ...OPTIONS, augmentation: { symmetries: true } });
    const orientations = new Set<string>();
    for (let step = 0; step < 60; step++) {
      const { images, labels } = sampler.batch(step);
      images.forEach((value, i) => expect(labels[i]).toBe(parityOf(value)));
      const [origin, right, below] = [images[0], images[1], images[16]] as [number, number, number];
      orientations.add(`${right - origin} ${below - origin}`);
    }
    expect([...orientations].sort()).toEqual(
      ['1 64', '-1 64', '1 -64', '-1 -64', '64 1', '64 -1', '-64 1', '-64 -1'].sort(),
    );
  });

  it('does not turn windows without augmentation', () => {
    const { images } = createSampler(OPTIONS).batch(5);
    expect((images[1] as number) - (images[0] as number)).toBe(1);
    expect((images[16] as number) - (images[0] as number)).toBe(64);
  });
});

describe('positions', () => {
  it('of a seed are those of earlier versions where there is one stack', () => {
    const begins = (step: number): readonly number[] => {
      const { images } = createSampler({ ...OPTIONS, augmentation: {} }).batch(step);
      return [images[0] as number, images[256] as number];
    };
    expect([0, 1, 7].map(begins)).toEqual([
      [4417, 8259],
      [4097, 67],
      [8260, 8260],
    ]);
  });

  it('are all equally likely (chi squared below its 99.9th percentile)', () => {
    const sampler = createSampler({ ...OPTIONS, train: addressed(18, 17, 3), batchSize: 10 });
    const counts = new Map<number, number>();
    const draws = 6000;
    for (let step = 0; step < draws / 10; step++) {
      const { images } = sampler.batch(step);
      for (let n = 0; n < 10; n++) {
        const corner = images[n * 256] as number;
        counts.set(corner, (counts.get(corner) ?? 0) + 1);
      }
    }
    // 3 columns, 2 rows and 3 sections where a window of 16 can begin.
    expect(counts.size).toBe(18);
    const expected = draws / 18;
    const chiSquared = [...counts.values()].reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    expect(chiSquared).toBeLessThan(40.79);
  });

  it('are the one that there is when the window is the section', () => {
    const sampler = createSampler({ ...OPTIONS, train: addressed(16, 16, 1) });
    expect(sampler.batch(0).images[0]).toBe(0);
    expect(sampler.batch(1).images[255]).toBe(15 * 64 + 15);
  });
});

describe('createSampler', () => {
  it.each([
    [{ window: 21 }, 'window must be an integer from 1 to 20, the side of a section; received 21'],
    [{ window: 0 }, 'window must be an integer from 1 to 20'],
    [{ batchSize: 0 }, 'batchSize must be an integer of at least 1; received 0'],
  ])('refuses %o', (bad, message) => {
    expect(() => createSampler({ ...OPTIONS, ...bad })).toThrow(InvalidOptionError);
    expect(() => createSampler({ ...OPTIONS, ...bad })).toThrow(message);
  });
});
