import { createSegmenter } from '@dilated-unet/runtime-node';
import { describe, expect, inject, test } from 'vitest';
import { segmentInChromium } from '../packages/runtime-web/test/support/segment-in-chromium.ts';
import { largestDifference, tissue } from './support/images.ts';

/** Without a GPU, WebGPU is a software adapter, a hundred times slower than WASM: its images are small. */
const CASES = [
  ['unet', 'wasm', [256, 200], 1e-4],
  ['unet', 'webgpu', [80, 64], 1e-3],
  ['dilated-unet', 'wasm', [256, 200], 1e-4],
  ['dilated-unet', 'webgpu', [80, 64], 1e-3],
] as const;

describe('in Chromium, the real networks', () => {
  test.each(CASES)('%s on %s equals Node on %j within %d', async (name, device, [width, height], bound) => {
    const model = inject('models')[name].onnx;
    const image = tissue(width, height);
    const segmenter = await createSegmenter({ model, device: 'cpu' });
    const expected = await segmenter.segmentWhole(image);
    await segmenter.dispose();
    const result = await segmentInChromium({ modelPath: model, image, device });
    expect(result.device).toBe(device);
    expect(result.fallbackReason).toBeNull();
    expect(largestDifference(result.probabilities, expected.data)).toBeLessThan(bound);
  });
});
