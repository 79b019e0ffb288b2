import sharp from 'sharp';
import { expect, it } from 'vitest';
import { histogramOf } from '../../src/preview/histogram.ts';
import { MEMBRANE, membraneShare } from '../../src/preview/labels.ts';
import { drawPair } from '../../src/preview/pictures.ts';

/** Red, green and blue of a pixel. */
async function pixel(jpeg: Uint8Array, x: number, y: number): Promise<readonly number[]> {
  const { data, info } = await sharp(jpeg).toColourspace('srgb').raw().toBuffer({ resolveWithObject: true });
  const at = (y * info.width + x) * info.channels;
  return info.channels === 1 ? Array<number>(3).fill(data[at] as number) : [...data.subarray(at, at + 3)];
}
const near = (colour: readonly number[], expected: readonly number[]): boolean =>
  colour.every((value, c) => Math.abs(value - (expected[c] as number)) < 12);

it('draws z-scores in grey, and membrane half over them', async () => {
  const [width, height] = [32, 16];
  const image = Float32Array.from({ length: width * height }, (_, i) => (i % width < 16 ? 0 : 9));
  const labels = Uint8Array.from({ length: width * height }, (_, i) => (i < 8 * width ? 0 : 1));
  const { plain, painted, ...size } = await drawPair({ width, height, image, labels }, 32);
  expect(size).toEqual({ width, height });
  expect(near(await pixel(plain, 4, 4), [128, 128, 128])).toBe(true);
  expect(near(await pixel(plain, 28, 12), [255, 255, 255])).toBe(true);
  expect(near(await pixel(painted, 4, 12), [128, 128, 128])).toBe(true);
  const half = MEMBRANE.colour.map((value) => (value + 127.5) / 2);
  expect(near(await pixel(painted, 4, 4), half)).toBe(true);
});

it('reduces a large section to means of squares, also where they do not fit', async () => {
  const [width, height] = [70, 33];
  const image = Float32Array.from({ length: width * height }, (_, i) =>
    (i + Math.floor(i / width)) % 2 === 0 ? -1.5 : 1.5,
  );
  const labels = Uint8Array.from(image, () => 1);
  const pair = await drawPair({ width, height, image, labels }, 24);
  expect(pair).toMatchObject({ width: 24, height: 11 });
  expect(near(await pixel(pair.plain, 12, 5), [128, 128, 128])).toBe(true);
});

it('labels between the classes count as much as they say', () => {
  expect(membraneShare(Float32Array.of(0, 1, 0.25, 0.75))).toBeCloseTo(0.5);
});

it('counts every value of 8 bits, and leaves out the rare ends of others', () => {
  const bytes = histogramOf(Uint8Array.of(0, 7, 7, 255));
  expect(bytes).toMatchObject({ from: 0, to: 256, highest: 255 });
  expect(bytes.counts).toHaveLength(128);
  expect(bytes.counts[3]).toBe(2);
  const floats = histogramOf(Float32Array.from({ length: 5000 }, (_, i) => (i === 99 ? 1e6 : i / 5000)));
  expect(floats.to).toBeLessThan(1.01);
  expect(histogramOf(Float32Array.of(2, 2)).counts.reduce((a, b) => a + b)).toBe(2);
  expect(histogramOf(Uint16Array.of(1000, 1003)).counts).toEqual([1, 0, 0, 1]);
});
