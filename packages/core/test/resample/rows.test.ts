import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crop, regionToSegment, resampleImage, rowsBroughtBack, type GreyImage } from '../../src/index.ts';
import { expectSamePixels, noise } from '../support/images.ts';

/** `image` as rows, `heights` of them at a time, over and over. */
async function* rowsOf(image: GreyImage<Float32Array>, heights: readonly number[]) {
  for (let y = 0, k = 0; y < image.height; k++) {
    const height = Math.min(heights[k % heights.length] as number, image.height - y);
    yield { y, width: image.width, height, data: image.data.subarray(y * image.width, (y + height) * image.width) };
    y += height;
    await Promise.resolve();
  }
}

describe('rowsBroughtBack', () => {
  it('gives what the whole gives, to the last bit, of any region and from rows of any height', async () => {
    const side = fc.integer({ min: 1, max: 70 });
    const four = fc.array(fc.nat(), { minLength: 4, maxLength: 4 });
    const heights = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(side, side, side, side, four, heights, async (w, h, width, height, at, parts) => {
        const [a, b, c, d] = at as [number, number, number, number];
        const x = a % w;
        const y = b % h;
        const region = { x, y, width: 1 + (c % (w - x)), height: 1 + (d % (h - y)) };
        const rescaling = { from: { width: w, height: h }, to: { width, height } };
        const { data } = noise(width, height, 3);
        const segmented = { width, height, data: Float32Array.from(data, (value) => value / 255) };
        const expected = crop(resampleImage(segmented, { width: w, height: h }, 'linear'), region);

        const window = regionToSegment(rescaling, region);
        const made = {
          width: region.width,
          height: region.height,
          data: new Float32Array(region.width * region.height),
        };
        let next = 0;
        for await (const rows of rowsBroughtBack(rowsOf(crop(segmented, window), parts), rescaling, region)) {
          expect(rows.y).toBe(next);
          expect(rows.width).toBe(region.width);
          made.data.set(rows.data, rows.y * region.width);
          next += rows.height;
        }
        expect(next).toBe(region.height);
        expectSamePixels(made, expected);
        for (const value of made.data) expect(value >= 0 && value <= 1).toBe(true);
      }),
    );
  });

  it('gives few rows at once', async () => {
    const rescaling = { from: { width: 2048, height: 2048 }, to: { width: 512, height: 512 } };
    const region = { x: 0, y: 0, width: 2048, height: 2048 };
    const segmented = { width: 512, height: 512, data: new Float32Array(512 * 512).fill(0.5) };
    let rows = 0;
    for await (const part of rowsBroughtBack(rowsOf(segmented, [512]), rescaling, region)) {
      expect(part.height).toBeLessThanOrEqual(512);
      rows += part.height;
    }
    expect(rows).toBe(2048);
  });
});
