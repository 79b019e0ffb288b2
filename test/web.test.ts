import { createSegmenter } from '@dilated-unet/runtime-node';
import { describe, expect, inject, test } from 'vitest';
import { segmentInChromium } from '../packages/runtime-web/test/support/segment-in-chromium.ts';
import { largestDifference, tissue } from './support/images.ts';

/**
 * Without a GPU, WebGPU is a software adapter, a hundred times slower than WASM: its images are small. In tiles of 264 pixels
 * the dilated networks, which see 553 pixels, run stage by stage.
 */
const CASES = [
  ['unet', 'wasm', [256, 200], undefined, 1e-4],
  ['unet', 'wasm', [400, 200], 264, 1e-4],
  ['unet-a', 'wasm', [400, 200], 264, 1e-4],
  ['dilated-unet', 'wasm', [256, 200], undefined, 1e-4],
  ['dilated-unet', 'wasm', [400, 200], 264, 1e-4],
  ['dilated-unet-a', 'wasm', [400, 200], 264, 1e-4],
  ['unet', 'webgpu', [80, 64], undefined, 1e-3],
  ['dilated-unet', 'webgpu', [80, 64], undefined, 1e-3],
] as const;

describe('in Chromium, the real networks', () => {
  test.each(CASES)('%s on %s equals Node on %j in tiles of %s', async (name, device, [width, height], tile, bound) => {
    const model = inject('models')[name].onnx;
    const image = tissue(width, height);
    const segmenter = await createSegmenter({ model, device: 'cpu' });
    const expected = await segmenter.segmentWhole(image, { tile: 400 });
    await segmenter.dispose();
    const result = await segmentInChromium({ modelPath: model, image, device, ...(tile !== undefined && { tile }) });
    expect(result.device).toBe(device);
    expect(result.fallbackReason).toBeNull();
    expect(largestDifference(result.probabilities, expected.data)).toBeLessThan(bound);
  });
});
