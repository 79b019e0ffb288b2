import type { GreyImage } from '@dilated-unet/core';
import { expect, test } from 'vitest';
import { borderEffect } from '../../src/package/test-tensors.ts';

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
  const found = await borderEffect({ image, expected: await far.segmentWhole(image) }, 160, { stride: 8 }, far);
  expect(found === null ? null : Number(found.toFixed(4))).toBe(expected);
});
