import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { crop, regionToSegment, resampleImage, type Rectangle } from '../../src/index.ts';
import { BroughtBack } from '../../src/tiling/brought-back.ts';
import { expectSamePixels, noise } from '../support/images.ts';

/** `region` in rectangles of the given sides, which are repeated. */
function partsOf(region: Rectangle, sides: readonly number[]): Rectangle[] {
  const cuts = (start: number, length: number): [number, number][] => {
    const spans: [number, number][] = [];
    for (let at = 0, i = 0; at < length; at += sides[i++ % sides.length] as number) {
      spans.push([start + at, Math.min(sides[i % sides.length] as number, length - at)]);
    }
    return spans;
  };
  return cuts(region.y, region.height).flatMap(([y, height]) =>
    cuts(region.x, region.width).map(([x, width]) => ({ x, y, width, height })),
  );
}

/** The same order at each call, which is none. */
function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item, i) => [(i * 7919) % 104729, item] as const)
    .sort(([a], [b]) => a - b)
    .map(([, item]) => item);
}

const from = { width: 61, height: 43 };
const whole = { x: 0, y: 0, ...from };
const part = { x: 7, y: 12, width: 31, height: 20 };

it.each([
  { to: { width: 122, height: 86 }, region: whole, sides: [16] },
  { to: { width: 122, height: 86 }, region: part, sides: [9, 20, 1] },
  { to: { width: 488, height: 344 }, region: whole, sides: [64, 40] },
  // Parts in which no pixel of the image has its centre.
  { to: { width: 488, height: 344 }, region: part, sides: [3] },
  { to: { width: 8, height: 5 }, region: whole, sides: [2, 1] },
  { to: { width: 47, height: 59 }, region: part, sides: [11, 2] },
])('makes each pixel once, of parts of $sides of $to in any order', ({ to, region, sides }) => {
  const { data } = noise(to.width, to.height);
  const segmented = { ...to, data: Float32Array.from(data, (value) => value / 255) };
  const right = resampleImage(segmented, from, 'linear');
  const times = new Uint8Array(region.width * region.height);
  const rescaling = { from, to };
  const back = new BroughtBack(rescaling, region);
  for (const one of shuffled(partsOf(regionToSegment(rescaling, region), sides))) {
    for (const piece of back.add({ ...one, data: crop(segmented, one).data })) {
      expectSamePixels(piece, crop(right, piece));
      for (let y = piece.y; y < piece.y + piece.height; y++) {
        for (let x = piece.x; x < piece.x + piece.width; x++) {
          const at = (y - region.y) * region.width + x - region.x;
          times[at] = (times[at] as number) + 1;
        }
      }
    }
  }
  expect(times.every((count) => count === 1)).toBe(true);
});

it('holds borders, and not what was segmented', () => {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  const held = (): number => {
    gc();
    return process.memoryUsage().arrayBuffers;
  };
  const side = 2048;
  const rescaling = { from: { width: side / 2, height: side / 2 }, to: { width: side, height: side } };
  const back = new BroughtBack(rescaling, { x: 0, y: 0, ...rescaling.from });
  const before = held();
  let [most, pixels] = [0, 0];
  const take = (one: Rectangle): void => {
    const data = new Float32Array(one.width * one.height).fill(0.5);
    for (const piece of back.add({ ...one, data })) pixels += piece.data.filter((value) => value === 0.5).length;
  };
  for (const one of partsOf({ x: 0, y: 0, width: side, height: side }, [256])) {
    take(one);
    most = Math.max(most, held() - before);
  }
  expect(pixels).toBe((side / 2) ** 2);
  // Of 16 MiB that were segmented, of which 0.8 are borders.
  expect(most).toBeLessThan(4 * 2 ** 20);
});
