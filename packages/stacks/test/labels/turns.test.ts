import { applySymmetry, inverseSymmetry, section, SYMMETRIES, type GreyStack } from '@dilated-unet/core';
import { expect, it } from 'vitest';
import { IGNORED, labelWarnings } from '../../src/index.ts';

const DEPTH = 3;
/** A fixed draw of noise, -1 ... 1, for a pixel. */
const noise = (i: number): number => Math.sin(12.9898 * i) * Math.cos(78.233 * i);

/** Labels of spots that no symmetry takes to themselves, and images whose interior is brighter. */
function stack(width: number, height: number): { readonly images: GreyStack; readonly labels: GreyStack<Uint8Array> } {
  const size = { width, height, depth: DEPTH };
  const spot = (i: number): number => {
    const [z, y, x] = [Math.floor(i / (width * height)), Math.floor(i / width) % height, i % width];
    return noise(100 * z + 17 * Math.floor(y / 6) + Math.floor(x / 5)) > 0.3 ? 0 : 1;
  };
  const labels = { ...size, data: Uint8Array.from({ length: width * height * DEPTH }, (_, i) => spot(i)) };
  return {
    labels,
    images: { ...size, data: Float32Array.from(labels.data, (one, i) => 100 + 40 * one + 30 * noise(i)) },
  };
}

function turned(labels: GreyStack<Uint8Array>, bits: number): GreyStack<Uint8Array> {
  const symmetry = inverseSymmetry(SYMMETRIES[bits] as (typeof SYMMETRIES)[number]);
  const sections = Array.from({ length: DEPTH }, (_, z) => applySymmetry(section(labels, z), symmetry));
  return { ...labels, data: Uint8Array.from(sections.flatMap(({ data }) => [...data])) };
}

function warnings({ images, labels }: { readonly images: GreyStack; readonly labels: GreyStack }): readonly string[] {
  return labelWarnings({ images, labels, names: { images: 'i.tif', labels: 'l.tif' }, labelKind: 'interior' });
}

it.each([
  [1, 'mirrored left to right', /Flip Horizontally\)\.$/],
  [2, 'mirrored top to bottom', /Flip Vertically\)\.$/],
  [3, 'upside down', /Rotate 90 Degrees Right, twice\)\.$/],
  [4, 'exchanged in x and y', /labels\.swapaxes\(-1, -2\)\)\.$/],
  [5, 'turned clockwise', /Rotate 90 Degrees Left\)\.$/],
  [6, 'turned counter-clockwise', /Rotate 90 Degrees Right\)\.$/],
  [7, 'exchanged in x and y, and upside down', /labels\[\.\.\., ::-1, ::-1\]\.swapaxes\(-1, -2\)\)\.$/],
])('labels that symmetry %s puts right are told: %s', (bits, text, remedy) => {
  const { images, labels } = stack(72, 72);
  expect(warnings({ images, labels })).toEqual([]);
  const [found, ...more] = warnings({ images, labels: turned(labels, bits) });
  expect(found).toContain(
    `l.tif: the labels seem to be ${text}: their correlation with the grey values of i.tif is 0.`,
  );
  expect(found).toMatch(remedy);
  expect(more).toEqual([]);
});

it('a rectangle is turned by half only, and pixels that do not count say nothing', () => {
  const { images, labels } = stack(90, 72);
  const upside = turned(labels, 3);
  expect(warnings({ images, labels: upside })[0]).toContain('seem to be upside down');
  const partial = { ...upside, data: upside.data.map((value, i) => (i % 90 < 70 ? value : IGNORED)) };
  expect(warnings({ images, labels: partial })[0]).toContain('seem to be upside down');
});
