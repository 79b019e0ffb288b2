import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  crop,
  InvalidImageError,
  InvalidOptionError,
  labelsPart,
  resampledStack,
  resampleImage,
  resampleLabels,
  type GreyImage,
  type Rectangle,
} from '../../src/index.ts';
import { tapsOf } from '../../src/resample/axis.ts';
import { expectSamePixels, noise, stackOf } from '../support/images.ts';

const row = (...values: number[]): GreyImage<Float32Array> => ({
  width: values.length,
  height: 1,
  data: Float32Array.from(values),
});

describe('resampleImage', () => {
  it('gives the values of Catmull-Rom between pixels, whose centres lie at half their side', () => {
    // Twice as many: new pixels lie a quarter before and behind old ones; of the inner ones all four taps are there.
    const { data } = resampleImage(row(0, 0, 0, 128, 0, 0, 0), { width: 14, height: 1 });
    expect([...data].map((value) => Number(value.toFixed(4)))).toEqual([
      0, 0, 0, -3, -9, 29, 111, 111, 29, -9, -3, 0, 0, 0,
    ]);
  });

  it('averages where pixels become fewer', () => {
    const half = resampleImage(row(0, 0, 0, 0, 160, 160, 160, 160), { width: 4, height: 1 }, 'linear');
    // Weights 1, 3, 3, 1 of 8, and of those that are there at the ends.
    expect([...half.data]).toEqual([0, 20, 140, 160]);
    // What alternates is finer than a new pixel: it becomes grey, and not one of its two values.
    const fine = resampleImage(row(...Array.from({ length: 40 }, (_, i) => (i % 2) * 100)), { width: 13, height: 1 });
    for (const value of fine.data.subarray(2, -2)) expect(Math.abs(value - 50)).toBeLessThan(8);
  });

  it('interpolates linearly between two pixels', () => {
    const { data } = resampleImage(row(0, 8), { width: 4, height: 1 }, 'linear');
    expect([...data]).toEqual([0, 2, 6, 8]);
  });

  it('leaves an image of the same size as it is, to the last bit', () => {
    const image = { ...noise(9, 7), data: Float32Array.from(noise(9, 7).data, (value) => value / 3) };
    expectSamePixels(resampleImage(image, { width: 9, height: 7 }), image);
    expectSamePixels(resampleImage(image, { width: 9, height: 7 }, 'linear'), image);
  });

  it('keeps constants, and does not move what is symmetric', () => {
    const size = fc.integer({ min: 1, max: 60 });
    fc.assert(
      fc.property(size, size, fc.constantFrom('cubic' as const, 'linear' as const), (from, to, kernel) => {
        const constant = resampleImage(row(...new Array<number>(from).fill(0.1)), { width: to, height: 1 }, kernel);
        for (const value of constant.data) expect(value).toBeCloseTo(0.1, 6);
        const bytes = { width: from, height: 1, data: new Uint8Array(from).fill(201) };
        expect(resampleImage(bytes, { width: to, height: 1 }, kernel).data.every((value) => value === 201)).toBe(true);
        const { data } = noise(from, 1, 7);
        const there = resampleImage(row(...data), { width: to, height: 1 }, kernel).data;
        const mirrored = resampleImage(row(...[...data].reverse()), { width: to, height: 1 }, kernel).data.reverse();
        there.forEach((value, i) => expect(mirrored[i]).toBeCloseTo(value, 3));
      }),
    );
  });

  it('keeps a ramp where no end is near: nothing is shifted', () => {
    const ramp = row(...Array.from({ length: 100 }, (_, i) => i));
    for (const to of [37, 80, 93, 108, 250]) {
      const { data } = resampleImage(ramp, { width: to, height: 1 });
      for (let i = Math.ceil(to * 0.1); i < to * 0.9; i++) {
        expect(Math.abs((data[i] as number) - (((i + 0.5) * 100) / to - 0.5))).toBeLessThan(0.05);
      }
    }
  });

  it('rounds whole numbers and keeps them in their range', () => {
    const edge = { width: 6, height: 1, data: Uint8Array.of(0, 0, 0, 255, 255, 255) };
    const { data } = resampleImage(edge, { width: 12, height: 1 });
    expect([...data]).toEqual([0, 0, 0, 0, 0, 52, 203, 255, 255, 255, 255, 255]);
    const wide = { width: 6, height: 1, data: Uint16Array.of(0, 0, 0, 65535, 65535, 65535) };
    expect(Math.max(...resampleImage(wide, { width: 12, height: 1 }).data)).toBe(65535);
  });
});

describe('tapsOf', () => {
  it('has weights that sum to 1, on pixels that are there', () => {
    const size = fc.integer({ min: 1, max: 500 });
    fc.assert(
      fc.property(size, size, fc.constantFrom('cubic' as const, 'linear' as const), (from, to, kernel) => {
        const { first, count, most, weights } = tapsOf({ from, to }, kernel);
        for (let i = 0; i < to; i++) {
          expect(first[i]).toBeGreaterThanOrEqual(0);
          expect((first[i] as number) + (count[i] as number)).toBeLessThanOrEqual(from);
          const sum = weights.subarray(i * most, (i + 1) * most).reduce((all, weight) => all + weight, 0);
          expect(sum).toBeCloseTo(1, 12);
        }
      }),
    );
  });
});

describe('resampledStack', () => {
  it('gives a region as it is in the whole, to the last bit, and reads what it is made of', async () => {
    const image = noise(61, 47);
    const read: Rectangle[] = [];
    const sides = fc.integer({ min: 1, max: 120 });
    await fc.assert(
      fc.asyncProperty(sides, sides, fc.array(fc.nat(), { minLength: 4, maxLength: 4 }), async (width, height, at) => {
        const [a, b, c, d] = at as [number, number, number, number];
        const x = a % width;
        const y = b % height;
        const region = { x, y, width: 1 + (c % (width - x)), height: 1 + (d % (height - y)) };
        read.length = 0;
        const stack = resampledStack(
          stackOf([image, image], (_, part) => read.push(part)),
          { width, height },
        );
        expect(stack.shape).toEqual([2, height, width]);
        const part = await stack.read(1, region);
        const reach = (from: number, to: number, length: number): number =>
          Math.min(from, (length * from) / to + 4 * Math.max(1, from / to) + 2);
        for (const one of read) {
          expect(one.width).toBeLessThanOrEqual(reach(61, width, region.width));
          expect(one.height).toBeLessThanOrEqual(reach(47, height, region.height));
        }
        expectSamePixels(part, crop(resampleImage(image, { width, height }), region));
      }),
    );
  });

  it('reads a large section in bands', async () => {
    const [width, height] = [4096, 2600];
    const image = { width, height, data: Uint8Array.from({ length: width * height }, (_, i) => (i * 7919) % 251) };
    let most = 0;
    const stack = stackOf([image], (_, region) => (most = Math.max(most, region.width * region.height)));
    const to = { width: 1024, height: 650 };
    const whole = { x: 0, y: 0, ...to };
    expectSamePixels(await resampledStack(stack, to).read(0, whole), resampleImage(image, to));
    expect(most).toBeLessThan(2 ** 22 + 32 * width);
  });

  it('is the stack itself where the size is the same, and refuses what is no size, no region and no number', async () => {
    const stack = stackOf([noise(4, 4)]);
    expect(resampledStack(stack, { width: 4, height: 4 })).toBe(stack);
    expect(() => resampledStack(stack, { width: 0, height: 4 })).toThrow(InvalidOptionError);
    const doubled = resampledStack(stack, { width: 8, height: 8 });
    await expect(doubled.read(0, { x: 4, y: 0, width: 5, height: 1 })).rejects.toThrow(InvalidOptionError);
    const bad = resampledStack(stackOf([row(1, NaN, 1)]), { width: 6, height: 1 });
    await expect(bad.read(0, { x: 0, y: 0, width: 6, height: 1 })).rejects.toThrow(InvalidImageError);
    await expect(bad.read(0, { x: 0, y: 0, width: 6, height: 1 })).rejects.toThrow('x 1, y 0');
  });
});

describe('resampleLabels', () => {
  const labels = (...values: number[]) => ({
    width: values.length,
    height: 1,
    depth: 1,
    data: Uint8Array.from(values),
  });
  const of = (values: number[], width: number) =>
    [...resampleLabels(labels(...values), { width, height: 1 }, { ignore: 9 }).data]; // prettier-ignore

  it('takes what most pixels have, and membrane where they are even', () => {
    expect(of([1, 1, 1, 1, 0, 0, 1, 1], 4)).toEqual([1, 1, 0, 1]);
    expect(of([1, 1, 1, 0, 0, 1, 1, 1], 4)).toEqual([1, 0, 0, 1]);
    expect(of([1, 0], 4)).toEqual([1, 1, 0, 0]);
    // Beside pixels that do not count, whose share is rounded.
    expect(of([9, 9, 9, 0, 1, 9, 0, 9, 9], 3)[1]).toBe(0);
  });

  it('keeps what does not count', () => {
    expect(of([9, 9, 9, 9, 1, 1, 0, 0], 4)).toEqual([9, 9, 1, 0]);
    expect(of([9, 9, 1, 1], 8)).toEqual([9, 9, 9, 9, 1, 1, 1, 1]);
    expect(of([1, 9, 0, 1], 4)).toEqual([1, 9, 0, 1]);
  });

  it('are in parts what they are in the whole', () => {
    const values = Uint8Array.from(noise(31, 23).data, (value) => [0, 1, 9][value % 3] as number);
    const image = { width: 31, height: 23, data: values };
    for (const to of [
      { width: 14, height: 17 },
      { width: 50, height: 40 },
    ]) {
      const whole = resampleLabels({ ...image, depth: 1 }, to, { ignore: 9 });
      for (const region of [
        { x: 0, y: 0, ...to },
        { x: 3, y: 5, width: 6, height: 4 },
        { x: to.width - 2, y: 1, width: 2, height: to.height - 1 },
      ]) {
        const part = labelsPart(image, to, region, { ignore: 9 });
        expect(part.of(crop(image, part.needed))).toEqual(crop(whole, region));
      }
    }
  });

  it('takes each section by itself', () => {
    const two = { width: 1, height: 1, depth: 2, data: Uint8Array.of(0, 1) };
    expect([...resampleLabels(two, { width: 2, height: 1 }, { ignore: 9 }).data]).toEqual([0, 0, 1, 1]);
  });
});
