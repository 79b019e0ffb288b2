import { InvalidOptionError, section, windowOf, type GreyImage, type GreyStack } from '@dilated-unet/core';
import { stackSource } from '@dilated-unet/stacks';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSegmenter, segmentStack, type NodeSegmenter, type SegmentStackOptions } from '../src/index.ts';
import { originOf, pixelSizeOf, sectionPlaces } from '../src/cli/part-flags.ts';

import { noiseStack } from '../../stacks/test/support/images.ts';
import { largestDifference, spread } from './support/images.ts';
import { model } from './support/models.ts';

/** Sides that are no multiples of the stride, and so long that a region's halo does not reach all of them. */
const STACK = noiseStack(373, 331, 3);
const REGIONS = [
  { x: 150, y: 140, width: 40, height: 33 },
  { x: 0, y: 0, width: 17, height: 9 },
  { x: 341, y: 322, width: 32, height: 9 },
  { x: 372, y: 0, width: 1, height: 331 },
  { x: 0, y: 0, width: 373, height: 331 },
];

let segmenter: NodeSegmenter;
beforeAll(async () => {
  segmenter = await createSegmenter({ model: model(), device: 'cpu' });
});
afterAll(() => segmenter.dispose());

async function all(stack: GreyStack, options: SegmentStackOptions): Promise<GreyImage<Float32Array>[]> {
  const images: GreyImage<Float32Array>[] = [];
  for await (const image of segmentStack(segmenter, stack, options)) images.push(image);
  return images;
}

describe.each([{ normalise: 'model' }, { normalise: 'section' }, { normalise: 'stack' }] as const)('%o', (grey) => {
  test('a region is what it is in the whole section', async () => {
    const [, whole] = (await all(STACK, grey)) as [GreyImage<Float32Array>, GreyImage<Float32Array>];
    expect(spread(whole.data)).toBeGreaterThan(0.01);
    for (const region of REGIONS) {
      for (const tile of [undefined, 232]) {
        const [part] = await all(STACK, { ...grey, region, sections: [1], ...(tile !== undefined && { tile }) });
        const expected = await stackSource({ ...whole, depth: 1 }).read(0, region);
        expect(part).toMatchObject({ width: region.width, height: region.height });
        expect(largestDifference(part?.data as Float32Array, expected.data as Float32Array)).toBeLessThan(1e-5);
      }
    }
  });
});

test('only what the region needs is computed', () => {
  const card = { stride: 8, receptiveFieldRadius: 90 };
  const size = { width: 1000, height: 1000 };
  const window = windowOf({ x: 500, y: 10, width: 20, height: 20 }, size, card);
  expect(window).toEqual({ x: 408, y: 0, width: 208, height: 120 });
  expect(windowOf({ x: 990, y: 990, width: 10, height: 10 }, size, card)).toEqual({
    x: 896,
    y: 896,
    width: 104,
    height: 104,
  });
});

test('sections are chosen, and only they are computed', async () => {
  const whole = await all(STACK, {});
  const sections: number[] = [];
  const chosen = await all(STACK, {
    sections: [0, 2],
    onProgress: (p) => sections.push(p.section, p.sections, p.total),
  });
  expect(chosen.map(({ data }) => data)).toEqual([whole[0]?.data, whole[2]?.data]);
  expect(sections).toEqual([0, 2, 2, 1, 2, 2]);
  const alone = { ...section(STACK, 1), depth: 1 };
  expect((await all(alone, {}))[0]?.data).toEqual((await all(STACK, { sections: [1] }))[0]?.data);
});

test.each([
  { sections: [] },
  { sections: [3] },
  { sections: [-1] },
  { sections: [1, 1] },
  { sections: [2, 1] },
  { sections: [0.5] },
  { region: { x: 370, y: 0, width: 4, height: 1 } },
  { region: { x: 0, y: -1, width: 4, height: 4 } },
  { region: { x: 0, y: 0, width: 0, height: 4 } },
  { region: { x: 0.5, y: 0, width: 1, height: 4 } },
  { normalize: 'section' } as SegmentStackOptions,
])('%o is refused', async (options) => {
  await expect(all(STACK, options)).rejects.toThrow(InvalidOptionError);
});

test('sections of the command line count from 1, and the distance between them is known where it is even', () => {
  expect(sectionPlaces(undefined, 5)).toBeUndefined();
  const at = (...ranges: [number, number][]) =>
    sectionPlaces(
      ranges.map(([first, last]) => ({ first, last })),
      9,
    );
  expect(at([7, 9], [1, 1], [4, 4], [8, 8])).toEqual([0, 3, 6, 7, 8]);
  expect(() => at([3, 10])).toThrow(/sections must be from 1 to 9, the sections of the stack; received 10/);
  const size = { z: 50, y: 4, x: 4 };
  expect(pixelSizeOf(size, undefined)).toEqual(size);
  expect(pixelSizeOf(size, [3])).toEqual(size);
  expect(pixelSizeOf(size, [1, 4, 7])).toEqual({ z: 150, y: 4, x: 4 });
  expect(pixelSizeOf(size, [1, 4, 6])).toEqual({ y: 4, x: 4 });
  expect(pixelSizeOf(undefined, [1])).toBeUndefined();
});

test('where a part lies', () => {
  const size = { z: 50, y: 8, x: 4 };
  const origin = { z: 7, y: 4, x: -2 };
  const place = { x: 20, y: 10 };
  for (const stated of [{}, { pixelSize: size }])
    expect(originOf(size, stated, place, 1)).toEqual({ z: 50, y: 80, x: 80 });
  expect(originOf(size, { pixelSize: size, origin }, place, 1)).toEqual({ z: 57, y: 84, x: 78 });
  // Half a pixel of the input down and left, whatever a pixel is said to be.
  expect(originOf({ z: 50, y: 80, x: 40 }, { pixelSize: size, origin }, place, 1)).toEqual({ z: 57, y: 840, x: 780 });
  // A distance of sections that is not known leaves where they lie unknown.
  expect(originOf({ y: 8, x: 4 }, { pixelSize: size, origin }, { x: 0, y: 0 }, 1)).toEqual({ y: 4, x: -2 });
  expect(originOf(undefined, { pixelSize: size, origin }, place, 1)).toBeUndefined();
});
