import { IGNORED } from '@dilated-unet/stacks';
import type { DividedStack } from '@dilated-unet/trainer';
import { describe, expect, it } from 'vitest';
import { membraneShare } from '../../src/preview/labels.ts';
import {
  evenly,
  previewSections,
  sectionName,
  unlikeNeighbours,
  type PreviewSection,
} from '../../src/preview/sections.ts';

/** Sections of two pixels; each has its place in the stack, from 0, as grey values. */
const stack = (...places: number[]) => {
  const size = { width: 2, height: 1, depth: places.length };
  const data = Uint8Array.from(places.flatMap((place) => [place, place + 2]));
  return { images: { ...size, data }, labels: { ...size, data: data.map((_, i) => i % 2) } };
};
const numbered = (train: readonly number[], heldOut: readonly number[], more: object = {}, own: object = {}) =>
  previewSections({
    name: null,
    train: { ...stack(...train), by: { normalisation: { mean: 3, std: 2 }, ...own } },
    heldOut: heldOut.length === 0 ? null : { ...stack(...heldOut), by: { normalisation: { mean: 3, std: 2 } } },
    places: { train, heldOut },
    partPlaces: null,
    ...more,
  } as DividedStack);

describe('previewSections', () => {
  it.each([
    ['at the end', [0, 1], [2, 3], [3, 4]],
    ['in the middle', [0, 3], [1, 2], [2, 3]],
    ['at the beginning', [2, 3], [0, 1], [1, 2]],
  ])('numbers sections as in the stack: held out %s', (_, train, heldOut, expected) => {
    const sections = numbered(train, heldOut);
    expect(sections.map(({ number }) => number)).toEqual([1, 2, 3, 4]);
    expect(sections.map(({ image }) => image.data[0])).toEqual([0, 1, 2, 3]);
    expect(sections.filter(({ isHeldOut }) => isHeldOut).map(({ number }) => number)).toEqual(expected);
  });

  it('names the sections that parts are of', () => {
    const sections = numbered([0, 2, 5], [1], { partPlaces: [2, 5, 5] });
    const parts = sections.map((one) => [sectionName(one), one.isHeldOut]);
    expect(parts).toEqual([
      ['Section 2', true],
      ['Part of section 3', false],
      ['Part of section 6', false],
      ['Part of section 6', false],
    ]);
  });

  it('has the membrane, the statistics and the normalisation of each', () => {
    const [first] = numbered([4], []);
    expect(first).toMatchObject({ membrane: 0.5, own: { mean: 5, std: 1 }, normalisation: { mean: 3, std: 2 } });
    const [own] = numbered([4], [], {}, { normalise: 'section' });
    expect(own?.normalisation).toEqual({ mean: 5, std: 1 });
    const normalisations = [{ mean: 7, std: 3 }];
    const train = { ...stack(4), by: { normalisation: { mean: 3, std: 2 }, normalise: 'section' }, normalisations };
    const [part] = numbered([4], [], { train, partPlaces: [4] });
    expect(part?.normalisation).toEqual({ mean: 7, std: 3 });
  });
});

describe('labels that do not count', () => {
  it('are no part of the share, and sections of nothing else are passed over', () => {
    const heldOut = { ...stack(1, 3), by: { normalisation: { mean: 3, std: 2 } } };
    heldOut.labels.data.set([IGNORED, 1, IGNORED, IGNORED]);
    const sections = numbered([0], [1, 3], { heldOut });
    expect(sections.map(({ number, membrane }) => [number, membrane])).toEqual([
      [1, 0.5],
      [2, 0],
    ]);
  });

  it('have no membrane in windows either', () => {
    expect(membraneShare(Float32Array.of(-1, 0, 0.5, 1))).toBe(0.5);
  });
});

describe('unlikeNeighbours', () => {
  const unlike = (...shares: number[]) =>
    unlikeNeighbours(shares.map((membrane, i) => ({ membrane, number: i + 1 }) as PreviewSection)).map((s) => s.number);

  it('finds a section with much more or less membrane', () => {
    expect(unlike(0.2, 0.21, 0.22, 0.6, 0.2, 0.21, 0.02, 0.22)).toEqual([4, 7]);
  });

  it('takes no offence at a tissue that changes, at noise, or at one section', () => {
    expect(unlike(0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4)).toEqual([]);
    expect(unlike(0.22, 0.2, 0.23, 0.19, 0.21)).toEqual([]);
    expect(unlike(0.2)).toEqual([]);
  });
});

it('evenly spreads, first and last included', () => {
  expect(evenly([1, 2, 3, 4, 5, 6, 7], 3)).toEqual([1, 4, 7]);
  expect(evenly([1, 2], 3)).toEqual([1, 2]);
  expect(evenly([1, 2, 3, 4], 1)).toEqual([3]);
  expect(evenly([1, 2], 0)).toEqual([]);
});
