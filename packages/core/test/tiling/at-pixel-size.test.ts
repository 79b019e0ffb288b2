import { describe, expect, it, vi } from 'vitest';
import {
  atPixelSize,
  crop,
  InvalidOptionError,
  nearestFirst,
  resampleImage,
  segmentImage,
  segmentTiles,
  type GreyImage,
  type ModelCard,
  type Predict,
  type SegmentOptions,
  type Segmenter,
} from '../../src/index.ts';
import { expectSamePixels, noise, stackOf } from '../support/images.ts';

const card = {
  stride: 8,
  receptiveFieldRadius: 3,
  normalisation: { mean: 0, std: 255 },
  pixelSize: { y: 4, x: 4 },
} as unknown as ModelCard;

/** Sees one pixel to the left, so that tiles matter. */
const predict: Predict = async (tile, { width }) =>
  Float32Array.from(tile, (value, i) => (value + (i % width === 0 ? 0 : (tile[i - 1] as number))) / 2);

function segmenter(): Segmenter & { dispose: () => Promise<void> } {
  const run = (options: SegmentOptions = {}) => ({ tile: 64, ...options, predict, model: card });
  return {
    card,
    device: 'cpu',
    segmentWhole: (source, options) => segmentImage(source, run(options)),
    segment: (source, options) => segmentTiles(source, run(options)),
    dispose: vi.fn(async () => undefined),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/** What is right: resampled, segmented and brought back as a whole. */
async function expected(image: GreyImage, to: { width: number; height: number }): Promise<GreyImage<Float32Array>> {
  const whole = await segmenter().segmentWhole(resampleImage(image, to));
  return resampleImage(whole, image, 'linear');
}

describe('atPixelSize', () => {
  const image = noise(150, 90);
  const cases = [
    { size: { y: 8, x: 8 }, to: { width: 300, height: 180 } },
    { size: { y: 3, x: 3 }, to: { width: 113, height: 68 } },
    { size: { y: 2, x: 6 }, to: { width: 225, height: 45 } },
  ];

  it.each(cases)('gives the size of the image at $size', async ({ size, to }) => {
    const scaled = atPixelSize(segmenter(), size);
    const right = await expected(image, to);
    expectSamePixels(await scaled.segmentWhole(stackOf([noise(150, 90, 2), image]), { z: 1 }), right);
    const region = { x: 31, y: 17, width: 77, height: 50 };
    expectSamePixels(await scaled.segmentWhole(image, { region }), crop(right, region));
  });

  it('gives parts that cover the image once, in any order, as soon as they are there', async () => {
    const scaled = atPixelSize(segmenter(), { y: 6, x: 6 });
    const right = await expected(image, { width: 225, height: 135 });
    const seen: number[] = [];
    const order = nearestFirst(() => ({ x: 140, y: 80 }));
    const times = new Uint8Array(150 * 90);
    for await (const tile of scaled.segment(image, {
      order: (waiting) => (seen.push(waiting.length), order(waiting)),
    })) {
      expectSamePixels(tile, crop(right, tile));
      if (tile.done === 1) expect(tile.x + tile.width).toBe(150);
      for (let y = tile.y; y < tile.y + tile.height; y++) {
        for (let x = tile.x; x < tile.x + tile.width; x++) times[y * 150 + x] = (times[y * 150 + x] as number) + 1;
      }
    }
    expect(seen.length).toBeGreaterThan(3);
    expect(times.every((count) => count === 1)).toBe(true);
  });

  it('is the segmenter itself where pixels are alike', () => {
    const own = segmenter();
    expect(atPixelSize(own, { y: 4.3, x: 4 })).toBe(own);
    expect(atPixelSize(own, { y: 8, x: 8 }, { y: 8, x: 8 })).toBe(own);
  });

  it('refuses a model that knows no size, and sizes that are far apart', () => {
    const { pixelSize: _, ...rest } = card;
    const old = { ...segmenter(), card: rest };
    expect(() => atPixelSize(old, { y: 8, x: 8 })).toThrow(InvalidOptionError);
    expect(atPixelSize(old, { y: 8, x: 8 }, { y: 4, x: 4 })).not.toBe(old);
    expect(() => atPixelSize(segmenter(), { y: 1000, x: 1000 })).toThrow('8 times');
  });

  it('frees the segmenter', async () => {
    const own = segmenter();
    await atPixelSize(own, { y: 8, x: 8 }).dispose();
    expect(own.dispose).toHaveBeenCalledOnce();
  });
});
