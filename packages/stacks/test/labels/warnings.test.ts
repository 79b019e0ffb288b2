import { expect, it } from 'vitest';
import type { GreyStack } from '@dilated-unet/core';
import { labelWarnings, type LabelKind } from '../../src/index.ts';

const [SIDE, DEPTH] = [32, 4];
const size = { width: SIDE, height: SIDE, depth: DEPTH };
/** A fixed draw of noise, -1 ... 1, for a pixel. */
const noise = (i: number): number => Math.sin(12.9898 * i) * Math.cos(78.233 * i);

/** Labels whose membranes are lines, two pixels wide. */
const LABELS: GreyStack<Uint8Array> = {
  ...size,
  data: Uint8Array.from({ length: SIDE * SIDE * DEPTH }, (_, i) => (i % 8 < 2 ? 0 : 1)),
};

/** Sections whose interior is brighter than membrane by `contrast` of each, in noise of 30. */
function tissue(contrast: readonly number[]): GreyStack {
  const data = Float32Array.from(LABELS.data, (label, i) => {
    const z = Math.floor(i / SIDE ** 2);
    return 100 + (contrast[z] as number) * label + 30 * noise(i);
  });
  return { ...size, data };
}

const warnings = (contrast: readonly number[], labelKind: LabelKind = 'interior') =>
  labelWarnings({ images: tissue(contrast), labels: LABELS, names: { images: 'i.tif', labels: 'l.tif' }, labelKind });

it('says nothing where membranes are dark', () => {
  expect(warnings([20, 20, 20, 20])).toEqual([]);
  // One section whose membranes do not show.
  expect(warnings([20, 20, 0, 20])).toEqual([]);
});

it('says what to do where membranes are bright, by how the labels were read', () => {
  const [found, ...more] = warnings([-20, -20, -20, -20]);
  expect(found).toMatch(
    /^l\.tif: bright is labelled as membrane: the correlation .* is -0\.\d\d .* use `labelKind` membrane\. If membranes are the brighter ones in i\.tif, all is well\.$/,
  );
  expect(more).toEqual([]);
  expect(warnings([-20, -20, -20, -20], 'membrane')[0]).toContain('use `labelKind` interior');
});

it('names the sections in which alone they are', () => {
  expect(warnings([30, -20, -20, -20])).toEqual([
    expect.stringContaining('membrane in sections 2 to 4, and dark in others'),
  ]);
  expect(warnings([30, -20, 30, 30])).toEqual([
    'l.tif: bright is labelled as membrane in section 2, and dark in others. Exchange the two values of the labels there, ' +
      'unless membranes are the brighter ones.',
  ]);
});

it('says where labels and images have nothing to do with each other', () => {
  expect(warnings([0, 0, 0, 0])[0]).toMatch(
    /^l\.tif: the labels do not seem to be of these images: .* i\.tif has the same/,
  );
});

it('leaves sections out that cannot say', () => {
  const blank = { ...tissue([20, 20, 20, 20]), data: new Float32Array(SIDE ** 2 * DEPTH) };
  expect(
    labelWarnings({ images: blank, labels: LABELS, names: { images: 'i', labels: 'l' }, labelKind: 'interior' }),
  ).toEqual([]);
});
