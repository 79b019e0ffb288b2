import { createSegmenter } from '@dilated-unet/runtime-node';
import { describe, expect, inject, test } from 'vitest';
import { largestDifference, tissue } from './support/images.ts';

/**
 * Width and height, tile. The last size is no multiple of 8: the image is extended at its bottom and right edges by
 * reflection, and the result is cropped (core, tiling/pad.ts).
 */
const CASES = [
  [512, 512, 256],
  [512, 512, 392],
  [1536, 1024, 512],
  [1536, 1024, 1000],
  [1001, 700, 512],
  [1001, 700, 640],
] as const;

describe('tiled in Node, the real U-net', () => {
  test.each(CASES)('%i x %i in tiles of %i equals the whole image within 1e-5', async (width, height, tile) => {
    const segmenter = await createSegmenter({ model: inject('models').unet.onnx, device: 'cpu' });
    try {
      const image = tissue(width, height);
      const whole = await segmenter.segmentWhole(image, { tile: 4096 });
      const tiled = await segmenter.segmentWhole(image, { tile });
      expect(largestDifference(tiled.data, whole.data)).toBeLessThan(1e-5);
    } finally {
      await segmenter.dispose();
    }
  });
});
