import { existsSync } from 'node:fs';
import {
  fitImage,
  greyFault,
  GreyTally,
  GreyValuesError,
  section,
  sections,
  stackNormalisation,
  type GreyImage,
  type GreyModel,
  type GreyStack,
} from '@dilated-unet/core';
import { readStack } from '@dilated-unet/stacks/node';
import { describe, expect, test } from 'vitest';
import { augmentationSchema } from '../../src/data/augmentation/amplitudes.ts';
import { darkSection } from '../../src/data/augmentation/dark-section.ts';
import { intensity } from '../../src/data/augmentation/intensity.ts';
import { stain } from '../../src/data/augmentation/stain.ts';
import { trainedGreyValues } from '../../src/data/grey-values.ts';
import { phantom } from '../../src/data/phantom.ts';
import { stream } from '../../src/random.ts';

const ISBI = new URL('../../../../../shared/data/isbi-2012/', import.meta.url).pathname;
const images = phantom({ sections: 4, size: 512, seed: 2012 }).images;
const other = phantom({ sections: 2, size: 512, seed: 7 }).images;
const { stain: stripe, darkSection: dark, intensity: exposure, ...tissue } = augmentationSchema.parse('tissue');
if (stripe === undefined || dark === undefined || exposure === undefined) throw new Error('tissue lacks a kind');
const everything = { ...tissue, stain: stripe, darkSection: dark, intensity: exposure };

function modelOf(stack: GreyStack, augmentation = {}): GreyModel {
  const normalisation = stackNormalisation(stack);
  return { normalisation, greyValues: trainedGreyValues([stack], normalisation, augmentation) };
}

const each = (stack: GreyStack): GreyImage[] => Array.from({ length: stack.depth }, (_, z) => section(stack, z));

function crops(image: GreyImage, side: number): GreyImage[] {
  const count = Math.floor(image.width / side);
  return Array.from({ length: count * Math.floor(image.height / side) }, (_, k) => {
    const [left, top] = [side * (k % count), side * Math.floor(k / count)];
    const at = (i: number): number => (top + Math.floor(i / side)) * image.width + left + (i % side);
    return {
      width: side,
      height: side,
      data: Float32Array.from({ length: side * side }, (_, i) => image.data[at(i)] as number),
    };
  });
}

const KINDS: readonly (readonly [string, (v: number) => number])[] = [
  ['8 bits spread to 16', (v) => 257 * v],
  ['12 bits in 16', (v) => 16 * v],
  ['0 ... 1', (v) => v / 255],
  ['signed', (v) => v - 128],
  ['a negative', (v) => 255 - v],
];

/** Exposures that a microscopist would not call another kind of data. */
const EXPOSURES: readonly (readonly [string, (v: number) => number])[] = [
  ['brighter', (v) => Math.min(255, v + 15)],
  ['darker', (v) => 0.85 * v],
  ['gamma 0.8', (v) => 255 * (v / 255) ** 0.8],
  ['gamma 1.25', (v) => 255 * (v / 255) ** 1.25],
];

const changed = (image: GreyImage, f: (v: number) => number): GreyImage => ({
  ...image,
  data: Float32Array.from(image.data, f),
});

function describeData(
  name: string,
  load: () => Promise<{ train: GreyStack; unseen: GreyStack }>,
  missing: boolean,
): void {
  describe.skipIf(missing)(name, () => {
    test('takes unseen sections', async () => {
      const { train, unseen } = await load();
      const model = modelOf(train);
      for (const image of each(unseen)) expect(() => fitImage(image, model)).not.toThrow();
    });

    test.each(EXPOSURES)('takes an unseen stack, %s', async (_, f) => {
      const { train, unseen } = await load();
      const tally = new GreyTally();
      for (const image of each(unseen)) tally.add(changed(image, f));
      expect(greyFault(tally.statistics, modelOf(train))).toBeNull();
    });

    test('takes crops of 128 pixels', async () => {
      const { train, unseen } = await load();
      const model = modelOf(train);
      for (const image of each(unseen).flatMap((one) => crops(one, 128))) {
        expect(() => fitImage(image, model)).not.toThrow();
      }
    });

    test.each(KINDS)('refuses %s, and takes it with the advice', async (_, f) => {
      const { train, unseen } = await load();
      const model = modelOf(train);
      for (const image of each(unseen)) {
        const refused = changed(image, f);
        let remedy = {};
        try {
          fitImage(refused, model);
          expect.unreachable();
        } catch (error) {
          expect(error).toBeInstanceOf(GreyValuesError);
          remedy = (error as GreyValuesError).remedy;
        }
        expect(() => fitImage(refused, model, remedy)).not.toThrow();
      }
    });

    test('takes what the augmentation makes of the sections it trains on', async () => {
      const { train } = await load();
      const model = modelOf(train, everything);
      const { mean, std } = model.normalisation;
      const always = { probability: 1 } as const;
      each(train).forEach((image, z) => {
        for (let round = 0; round < 3; round++) {
          const random = stream(1, 'test', z, round);
          let scores: Float32Array = Float32Array.from(image.data, (v) => (v - mean) / std);
          if (round > 1) scores = stain(scores, image.width, { ...everything.stain, ...always }, random);
          if (round > 0) scores = darkSection(scores, { ...everything.darkSection, ...always }, random);
          scores = intensity(scores, everything.intensity, random);
          const data = scores.map((score) => mean + std * score);
          expect(() => fitImage({ ...image, data }, model)).not.toThrow();
        }
      });
    });
  });
}

describeData('the phantom', () => Promise.resolve({ train: images, unseen: other }), false);
describeData(
  'ISBI-2012 (in ../shared/data)',
  async () => ({
    train: sections(await readStack(`${ISBI}train-volume.tif`), 0, 10),
    unseen: sections(await readStack(`${ISBI}test-volume.tif`), 0, 6),
  }),
  !existsSync(ISBI),
);

describe('trainedGreyValues', () => {
  const stack = {
    width: 64,
    height: 64,
    depth: 2,
    data: Uint8Array.from({ length: 8192 }, (_, i) => (i < 4096 ? 100 + (i % 11) : 120 + (i % 21))),
  };
  const normalisation = stackNormalisation(stack);

  test('are those of the sections', () => {
    const { range, shift, contrast, lineBalance } = trainedGreyValues([stack], normalisation, {});
    expect(range).toEqual([0, 255]);
    expect(shift[0]).toBeCloseTo((105 - normalisation.mean) / normalisation.std, 1);
    expect(shift[1]).toBeCloseTo((130 - normalisation.mean) / normalisation.std, 1);
    expect(contrast[0]).toBeCloseTo(Math.sqrt(10) / normalisation.std, 1);
    expect(contrast[1]).toBe(1);
    expect(lineBalance).not.toBeUndefined();
  });

  test('are not those of a section that is padding but for a sliver', () => {
    const nearlyEmpty = new Uint8Array(128 * 128);
    for (let i = 0; i < 20 * 128; i++) nearlyEmpty[i] = 240 + (i % 11);
    const whole = {
      width: 128,
      height: 128,
      depth: 1,
      data: Uint8Array.from({ length: 16_384 }, (_, i) => 100 + (i % 21)),
    };
    const plain = trainedGreyValues([whole], stackNormalisation(whole), {});
    const both = { ...whole, depth: 2, data: Uint8Array.of(...whole.data, ...nearlyEmpty) };
    const { shift, contrast } = trainedGreyValues([both], stackNormalisation(whole), {});
    expect({ shift, contrast }).toEqual({ shift: plain.shift, contrast: plain.contrast });
    // As large as it is, a small one is looked at.
    const small = {
      width: 32,
      height: 32,
      depth: 1,
      data: Uint8Array.from({ length: 1024 }, (_, i) => 200 + (i % 21)),
    };
    expect(trainedGreyValues([whole, small], stackNormalisation(whole), {}).shift[1]).toBeGreaterThan(1);
  });

  test('are wider by what augmentation does to exposure', () => {
    const plain = trainedGreyValues([stack], normalisation, {});
    const { shift, contrast } = trainedGreyValues([stack], normalisation, {
      darkSection: { probability: 0.1, contrast: [0.5, 0.8], darkening: 0.7 },
      intensity: { gain: [0.8, 1.2], offset: 0.3, gamma: [1, 1] },
    });
    expect(shift[0]).toBeCloseTo((plain.shift[0] - 0.7) * 1.2 - 0.3, 3);
    expect(shift[1]).toBeCloseTo(plain.shift[1] * 1.2 + 0.3, 3);
    expect(contrast[0]).toBeCloseTo(plain.contrast[0] * 0.5 * 0.8, 3);
    expect(contrast[1]).toBeCloseTo(1.2, 3);
  });

  test('are not wider by a kind that never comes', () => {
    const never = { darkSection: { ...dark, probability: 0 } };
    expect(trainedGreyValues([stack], normalisation, never)).toEqual(trainedGreyValues([stack], normalisation, {}));
  });

  test('know the range of other types of values', () => {
    const rangeOf = (data: GreyStack['data']): readonly number[] =>
      trainedGreyValues([{ ...stack, data }], stackNormalisation({ ...stack, data }), {}).range;
    expect(rangeOf(Uint16Array.from(stack.data, (v) => 257 * v))).toEqual([0, 65535]);
    expect(rangeOf(Uint16Array.from(stack.data, (v) => 20 * v))).toEqual([0, 4095]);
    expect(rangeOf(Uint16Array.from(stack.data))).toEqual([0, 255]);
    expect(rangeOf(Float32Array.from(stack.data, (v) => v / 255))).toEqual([0, 1]);
    expect(rangeOf(Float32Array.from(stack.data, (v) => 1e6 * v))).toEqual([1e8, 1.4e8]);
  });
});
