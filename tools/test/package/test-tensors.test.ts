import type { GreyImage, GreyStack, ModelCard, SegmentOptions } from '@dilated-unet/core';
import { expect, test } from 'vitest';
import { borderEffect, isNormalisedOtherwise, lackingSide, testTensors } from '../../src/package/test-tensors.ts';

const card: ModelCard = {
  format: 3,
  name: 'small',
  input: 'image',
  output: 'interior',
  stride: 8,
  receptiveFieldRadius: 12,
  largestActivationBytes: 16,
  normalisation: { mean: 48, std: 28 },
  normalise: 'section',
};

/** Stands for a network that sees everything: each probability depends on the size of the image. */
const far = {
  segmentWhole: (image: GreyImage) =>
    Promise.resolve({ ...image, data: Float32Array.from(image.data, (value) => (value + image.width) / 1000) }),
};

test.each([
  [128, null],
  [160, null],
  // The part that is cut off would be the whole.
  [175, null],
  [176, 0.008],
  [512, 0.176],
])('measures what lies beyond a border in a window of %i pixels where it can: %d', async (width, expected) => {
  const height = 8;
  const image = { width, height, data: Float32Array.from({ length: width * height }, (_, i) => i % 97) };
  const found = await borderEffect({ image, expected: await far.segmentWhole(image) }, 160, card, far);
  expect(found === null ? null : Number(found.toFixed(4))).toBe(expected);
});

/** Stands for a network that sees nothing but the pixel itself, of which the mean was taken. */
const near = {
  segmentWhole: ({ width, height, data }: GreyImage, { normalise }: SegmentOptions = {}) => {
    const own = Float32Array.from(data).reduce((sum, value) => sum + value, 0) / data.length;
    const mean = typeof normalise === 'object' ? normalise.mean : own;
    return Promise.resolve({ width, height, data: Float32Array.from(data, (value) => (value - mean) / 1000) });
  },
};

test.each(['section', 'stack', undefined] as const)(
  'what lies beyond a border is not what the part is normalised by: %s',
  async (normalise) => {
    const [width, height] = [512, 8];
    const image = {
      width,
      height,
      data: Float32Array.from({ length: width * height }, (_, i) => (i % width) + (i % 7)),
    };
    const { normalise: _, ...rest } = card;
    const normalising: ModelCard = normalise === undefined ? rest : { ...rest, normalise };
    const { normalisation } = normalising;
    const options = normalise === undefined ? { normalise: normalisation } : {};
    const whole = { image, expected: await near.segmentWhole(image, options) };
    expect(await borderEffect(whole, 160, normalising, near)).toBeCloseTo(0, 4);
  },
);

const SIDE = 96;
/** Five sections of grain, whose values tell them apart; the first `columns` of each that `padded` names are 0. */
function grain(padded: readonly number[], columns = SIDE / 2): GreyStack<Uint8Array> {
  const data = Uint8Array.from({ length: 5 * SIDE * SIDE }, (_, i) => {
    const z = Math.floor(i / SIDE ** 2);
    return padded.includes(z) && i % SIDE < columns ? 0 : 50 * z + 1 + (i % 47);
  });
  return { width: SIDE, height: SIDE, depth: 5, data };
}
const placeOf = ({ data }: GreyImage): number => Math.floor(((data.at(-1) as number) - 1) / 50);

test.each([
  [[], 2],
  [[2], 1],
  [[1, 2], 3],
  [[1, 2, 3, 4], 0],
])('the test image has no padding, by which other programs normalise: of sections %j with some', async (padded, z) => {
  const { image, expected } = await testTensors(grain(padded), card, far);
  expect([placeOf(image), image.width, isNormalisedOtherwise(image, card)]).toEqual([z, SIDE, false]);
  expect(expected).toMatchObject({ width: SIDE, height: SIDE });
});

test('where all sections have padding at their borders, the test image is as small as a package takes', async () => {
  const { image } = await testTensors(grain([0, 1, 2, 3, 4], 20), card, far);
  expect([placeOf(image), image.width, image.height]).toEqual([2, 40, 40]);
  expect(isNormalisedOtherwise(image, card)).toBe(false);
});

test('where all is padded, or it changes nothing, the test image is the middle of the middle section', async () => {
  const stack = grain([0, 1, 2, 3, 4]);
  const { image } = await testTensors(stack, card, far);
  expect([placeOf(image), image.width, isNormalisedOtherwise(image, card)]).toEqual([2, SIDE, true]);
  const { normalise: _, ...rest } = card;
  const fixed: ModelCard = rest;
  const found = (await testTensors(stack, fixed, far)).image;
  expect([found, isNormalisedOtherwise(found, fixed)]).toEqual([image, false]);
});

test.each(['section', undefined] as const)('a blank section is passed over, normalised by: %s', async (normalise) => {
  const { normalise: _, ...rest } = card;
  const { image } = await testTensors(
    grain([2, 3], SIDE),
    normalise === undefined ? rest : { ...rest, normalise },
    far,
  );
  expect(placeOf(image)).toBe(1);
});

test.each([
  [SIDE, SIDE, null],
  [40, 40, null],
  // Their halos of 16 leave no pixel of a multiple of the stride.
  [SIDE, 39, 40],
  [32, SIDE, 40],
])('of sections of %i x %i, the test image lacks a side of %j', async (width, height, least) => {
  const stack = { width, height, depth: 1, data: new Uint8Array(width * height).fill(7) };
  const { image } = await testTensors(stack, card, far);
  expect(lackingSide(image, card)).toBe(least);
});
