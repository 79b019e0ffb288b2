import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { farUnet, farUnetCard } from './support/far-unet.ts';
import { openTestPage, type OpenPage } from './support/page.ts';
import { largestDifference, nativeResult, testImage } from './support/small-unet.ts';

describe.each([
  ['wasm', [704, 600], 264, 1e-4],
  // Software: small, and in tiles that are not smaller than the halo of the bottleneck allows.
  ['webgpu', [304, 64], 128, 1e-3],
] as const)('on %s, a dilated network', (device, [width, height], tile, bound) => {
  let opened: OpenPage;
  beforeAll(async () => {
    opened = await openTestPage({ webgpu: device === 'webgpu' });
    await opened.serve('model.onnx', farUnet());
  });
  afterAll(() => opened?.close());

  it(`gives in stages what native ONNX Runtime gives for the whole image, ${width} x ${height}`, async () => {
    const image = testImage(width, height);
    const expected = await nativeResult(farUnet(), image, farUnetCard);
    const result = await opened.page.evaluate(
      async ({ image, device, tile }) => {
        const segmenter = await unet.createSegmenter({ model: 'model.onnx', device });
        const data = new Float32Array(image.width * image.height);
        let tiles = 0;
        for await (const part of segmenter.segment(image, { tile })) {
          tiles++;
          for (let y = 0; y < part.height; y++) {
            const row = part.data.subarray(y * part.width, (y + 1) * part.width);
            data.set(row, (part.y + y) * image.width + part.x);
          }
        }
        await segmenter.dispose();
        return { device: segmenter.device, tiles, data };
      },
      { image, device, tile },
    );
    expect(result.device).toBe(device);
    expect(result.tiles).toBeGreaterThan(2);
    // Else the comparison would say little.
    expect(expected.some((p) => p < 0.4) && expected.some((p) => p > 0.6)).toBe(true);
    expect(largestDifference(result.data, expected)).toBeLessThan(bound);
    expect(opened.complaints).toEqual([]);
  });
});
