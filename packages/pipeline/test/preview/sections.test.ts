import type { Dataset, TrainConfig } from '@dilated-unet/trainer';
import { describe, expect, it } from 'vitest';
import { evenly, previewSections, unlikeNeighbours, type PreviewSection } from '../../src/preview/sections.ts';

/** Sections of two pixels; each has its place in the stack, from 0, as grey values. */
const stack = (...places: number[]) => {
  const size = { width: 2, height: 1, depth: places.length };
  const data = Uint8Array.from(places.flatMap((place) => [place, place + 2]));
  return { images: { ...size, data }, labels: { ...size, data: data.map((_, i) => i % 2) } };
};
const numbered = (data: object, holdOut: number, holdOutFrom?: number) =>
  previewSections({ normalisation: { mean: 3, std: 2 }, ...data } as Dataset, { holdOut, holdOutFrom } as TrainConfig);

describe('previewSections', () => {
  it.each([
    ['at the end', stack(0, 1), stack(2, 3), undefined, [3, 4]],
    ['in the middle', stack(0, 3), stack(1, 2), 1, [2, 3]],
    ['at the beginning', stack(2, 3), stack(0, 1), 0, [1, 2]],
  ])('numbers sections as in the stack: held out %s', (_, train, heldOut, from, expected) => {
    const sections = numbered({ train, heldOut }, 2, from);
    expect(sections.map(({ number }) => number)).toEqual([1, 2, 3, 4]);
    expect(sections.map(({ image }) => image.data[0])).toEqual([0, 1, 2, 3]);
    expect(sections.filter(({ isHeldOut }) => isHeldOut).map(({ number }) => number)).toEqual(expected);
  });

  it('has the membrane, the statistics and the normalisation of each', () => {
    const [first] = numbered({ train: stack(4), heldOut: null }, 0);
    expect(first).toMatchObject({ membrane: 0.5, own: { mean: 5, std: 1 }, normalisation: { mean: 3, std: 2 } });
    const [own] = numbered({ train: stack(4), heldOut: null, normalise: 'section' }, 0);
    expect(own?.normalisation).toEqual({ mean: 5, std: 1 });
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
});
