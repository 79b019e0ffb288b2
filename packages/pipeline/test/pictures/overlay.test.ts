import { InvalidImageError, type GreyStack } from '@dilated-unet/core';
import { IGNORED } from '@dilated-unet/stacks';
import { describe, expect, it } from 'vitest';
import { drawOverlay, legendOf } from '../../src/pictures/overlay.ts';
import { COLOURS, paintMembranes, stretch } from '../../src/pictures/paint.ts';
import { loadLettering } from '../../src/pictures/text.ts';

const row = (...data: number[]) => ({ width: data.length, height: 1, data: Uint8Array.from(data) });
const stack = (depth: number, width: number, height: number, value: (i: number) => number): GreyStack => ({
  width,
  height,
  depth,
  data: Uint8Array.from({ length: depth * width * height }, (_, i) => value(i)),
});
/** The colour over a grey value, as painted. */
const over = (colour: readonly number[], grey: number): number[] => colour.map((c) => Math.round(0.7 * c + 0.3 * grey));

describe('paintMembranes', () => {
  it('tells found, invented and missed membrane apart, and leaves interior grey', () => {
    //            both      predicted  labelled  neither
    const painted = paintMembranes(row(0, 255, 0, 255), row(0, 0, 1, 1), row(0, 255, 0, 255));
    expect(Array.from(painted)).toEqual([
      ...over(COLOURS.found, 0),
      ...over(COLOURS.invented, 255),
      ...over(COLOURS.missed, 0),
      ...[255, 255, 255],
    ]);
  });

  it('has a colour of its own for what labels do not judge', () => {
    const painted = paintMembranes(row(0, 255), row(0, 1), row(IGNORED, IGNORED));
    expect(Array.from(painted)).toEqual([...over(COLOURS.unjudged, 0), 255, 255, 255]);
    expect(legendOf(row(0, 255)).map(({ colour }) => colour)).not.toContain(COLOURS.unjudged);
    expect(legendOf(row(0, IGNORED)).at(-1)?.colour).toBe(COLOURS.unjudged);
  });

  it('paints all predicted membrane alike without labels', () => {
    const painted = paintMembranes(row(0, 255), row(0, 1), null);
    expect(Array.from(painted)).toEqual([...over(COLOURS.found, 0), 255, 255, 255]);
  });
});

describe('stretch', () => {
  it.each([
    [Uint8Array.of(50, 90, 150), [0, 102, 255]],
    [Uint16Array.of(1000, 1800, 3000), [0, 102, 255]],
    [Float32Array.of(-1, -0.2, 1), [0, 102, 255]],
    [Uint8Array.of(9, 9, 9), [0, 0, 0]],
  ])('spreads %s', (data, grey) => {
    expect(Array.from(stretch({ width: 3, height: 1, data }))).toEqual(grey);
  });
});

it('sections that are not labelled are drawn without a score', async () => {
  const images = stack(2, 64, 24, (i) => i % 251);
  const interior = stack(2, 64, 24, (i) => (i % 3 === 0 ? 0 : 1));
  const labels = stack(2, 64, 24, (i) => (i < 64 * 24 ? IGNORED : i % 2 === 0 ? 0 : 255));
  const { width, height } = await drawOverlay({ images, interior, labels, title: 'unet' });
  expect(Math.min(width, height)).toBeGreaterThan(24);
});

describe('drawOverlay', () => {
  const images = stack(5, 240, 24, (i) => i % 251);
  const interior = stack(5, 240, 24, (i) => (i % 3 === 0 ? 0 : 1));
  const labels = stack(5, 240, 24, (i) => (i % 3 === 0 ? 0 : 255));

  it('shows three sections, grey above and painted below, under title and legend', async () => {
    const { image, ...size } = await drawOverlay({ images, interior, labels, title: 'unet' });
    const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
    expect(info).toMatchObject({ ...size, channels: 3 });
    const pixel = (x: number, y: number): number[] =>
      Array.from(data.subarray((y * info.width + x) * 3).subarray(0, 3));
    // Two lines of 26 px above all, three above each column; panels of 24 px, 12 px apart.
    const top = 12 + 5 * 26;
    const upper = stretch({ width: 240, height: 24, data: images.data.slice(0, 5760) });
    expect(pixel(12 + 1, top)).toEqual(Array(3).fill(upper[1]));
    expect(pixel(12, top + 24 + 12)).toEqual(over(COLOURS.found, upper[0] as number));
    const third = stretch({ width: 240, height: 24, data: images.data.slice(4 * 5760) });
    expect(pixel(12 + 2 * 252 + 5, top)).toEqual(Array(3).fill(third[5]));
    expect(pixel(13, 12 + 26 + 5)).toEqual([...COLOURS.found]);
  });

  it('shows the centre of large sections', async () => {
    const large = stack(1, 800, 1000, () => 100);
    const { width, height } = await drawOverlay({ images: large, interior: large, labels: null, title: 'unet' });
    expect({ width, height }).toEqual({ width: 768 + 24, height: 12 + 3 * 26 + 2 * (768 + 12) });
  });

  it('refuses results and labels of another size', async () => {
    const other = stack(5, 24, 240, () => 1);
    await expect(drawOverlay({ images, interior: other, labels, title: '' })).rejects.toThrow(InvalidImageError);
    await expect(drawOverlay({ images, interior, labels: other, title: '' })).rejects.toThrow(
      'The labels are 5 x 240 x 24, the images 5 x 24 x 240; they must be alike.',
    );
  });
});

it('letters are outlines, so no font is needed', async () => {
  const lettering = await loadLettering();
  expect(lettering.draw('Dice 0.95', 1, 2, 15, '#fff')).toMatch(/^<path fill="#fff" d="M[-\d. MLQCZ]+"\/>$/);
  expect(lettering.width('mm', 20)).toBeCloseTo(2 * lettering.width('m', 20), 6);
});
