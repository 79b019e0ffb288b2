import { describe, expect, it } from 'vitest';
import {
  InvalidImageError,
  InvalidOptionError,
  section,
  sections,
  type GreyData,
  type GreyStack,
} from '@dilated-unet/core';
import { defaultBoundaryWidth, interpretLabels, type LabelContext, type LabelOptions } from '../../src/index.ts';
import { tissue } from '../support/tissue.ts';

const { ids, labels, images } = tissue();
const like = (data: GreyData): GreyStack => ({ ...labels, data });
const times = (factor: number): GreyStack => like(Uint8Array.from(labels.data, (value) => factor * value));
const inverted = (stack: GreyStack): GreyStack => like(Uint8Array.from(stack.data, (value) => 255 - value));

const read = (stored: GreyStack, how: LabelOptions = {}, context: Partial<LabelContext> = { images }) =>
  interpretLabels(stored, how, { name: 'l.tif', ...context });
/** The whole message; an error must be one for the user. */
function refusal(stored: GreyStack, how: LabelOptions = {}, context?: Partial<LabelContext>): string {
  try {
    read(stored, how, context);
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidImageError);
    return (error as Error).message;
  }
  throw new Error('It was read.');
}

describe('auto', () => {
  it('takes the brighter one of two values as interior', () => {
    const found = read(times(255));
    expect(found).toMatchObject({ labelKind: 'interior', boundaryWidth: null });
    expect(found.labels.data).toEqual(labels.data);
    expect(found.note).toMatch(
      /^l\.tif: taken as `labelKind` interior: 0 is the darker one of two values \(correlation 0\.\d\d, and 0 takes \d\d % of the pixels\)\.$/,
    );
  });

  it('takes membranes that were painted as membrane', () => {
    const found = read(inverted(times(255)));
    expect(found.labelKind).toBe('membrane');
    expect(found.labels.data).toEqual(labels.data);
    expect(found.note).toMatch(
      /`labelKind` membrane: 0 is the brighter one of two values \(correlation -0\.\d\d, and 0 takes/,
    );
  });

  it('knows negatives', () => {
    const negative = { images: inverted(images), isNegative: true };
    expect(read(times(255), {}, negative).labelKind).toBe('interior');
    expect(read(inverted(times(255)), {}, negative).labelKind).toBe('membrane');
  });

  it('refuses bright membranes, which may be exchanged labels', () => {
    expect(refusal(times(255), {}, { images: inverted(images) })).toMatch(
      /^l\.tif: cannot tell which of the two values is membrane: the correlation .* is -0\.\d\d, and 0 takes \d\d % of the pixels, while .* Where 0 is membrane, use `labelKind` interior; where 0 is interior, `labelKind` membrane\.$/,
    );
    // Membranes that were painted, on a negative: the bright value would take nearly all.
    const few = like(Uint8Array.from(labels.data, (value, i) => (value === 0 && i % 2 === 0 ? 255 : 0)));
    expect(refusal(few, {}, { images: inverted(images) })).toContain('cannot tell which of the two values is membrane');
  });

  it('refuses two values that have nothing to do with the images', () => {
    const others = tissue({ seed: 4004 });
    expect(refusal(times(255), {}, { images: others.images })).toMatch(
      /which is too little\. Are they labels of these images, in the same order\? Where 0 is membrane, use/,
    );
  });

  it('sees which value is bright where labels are of another order, or lie beside the tissue', () => {
    const reversed = like(Uint8Array.from([3, 2, 1, 0].flatMap((z) => [...section(times(255), z).data])));
    expect(read(reversed).labelKind).toBe('interior');
    expect(read(inverted(reversed)).labelKind).toBe('membrane');
    const large = tissue({ side: 128, depth: 2, cells: 40 });
    const moved = {
      ...large.labels,
      data: Uint8Array.from(large.labels.data, (_, i) => large.labels.data[i - 6 < 0 ? i : i - 6] as number),
    };
    expect(interpretLabels(moved, {}, { name: 'l', images: large.images }).labelKind).toBe('interior');
  });

  it('reads two values as those of ISBI-2012 where there are no images', () => {
    expect(read(times(255), {}, {})).toMatchObject({
      labelKind: 'interior',
      note: 'l.tif: taken as `labelKind` interior: two values, of which 0 is membrane as in ISBI-2012.',
    });
  });

  it.each([
    ['8 bits', Uint8Array.from(ids.data)],
    ['16 bits', ids.data.map((id) => id * 300)],
    ['32 or 64 bits, as they are read', Float32Array.from(ids.data, (id) => id * 2 ** 20)],
    ['with background between', ids.data.map((id, i) => ((labels.data[i] as number) === 1 ? id : 0))],
  ])('takes ids of cells of %s', (_, data) => {
    const found = read(like(data));
    expect(found).toMatchObject({ labelKind: 'instances', boundaryWidth: 6 });
    expect(found.labels.data).toEqual(labels.data);
    expect(found.note).toBe(
      'l.tif: taken as `labelKind` instances: 48 values in the sections that were looked at, each in one piece. Membranes are ' +
        'made `boundaryWidth` 6 pixels wide (as in ISBI-2012).',
    );
  });

  const noise = like(Uint8Array.from(images.data, (value) => value | 1));
  const smoothed = like(
    Uint8Array.from(
      labels.data,
      (value, i) => 90 * value + 80 * (labels.data[i - 1] ?? value) + 85 * (labels.data[i + 1] ?? value),
    ),
  );
  const classes = like(Uint8Array.from(labels.data, (_, i) => (i % 64 < 20 ? 1 : i % 64 < 40 ? 2 : 0)));
  it.each([
    ['images in place of labels', noise, /each lies in \d+ pieces in a section, .*Are labels and images exchanged\?/],
    ['labels that were rescaled', smoothed, /more than two values, and each lies in \d+ pieces in a section/],
    [
      'classes',
      classes,
      /^l\.tif: cannot tell what the labels are: 2 values beside 0 may be ids of cells, or classes\. Ids: use/,
    ],
    [
      'probabilities',
      like(Float32Array.from(labels.data, (value, i) => value * (i % 3) * 0.25)),
      /not all of them whole numbers of 0 or more \(0\.25\)/,
    ],
    [
      'two ids',
      like(Uint8Array.from(ids.data, (id) => 1 + (id % 2))),
      /cannot tell what the labels 1 and 2 are\. .* Two cells: use `labelKind` instances/,
    ],
    [
      'one value',
      like(new Uint8Array(labels.data.length).fill(3)),
      /^l\.tif: every pixel of the labels is 3\. Nothing is labelled/,
    ],
    [
      'no number',
      like(Float32Array.from(labels.data, (value) => value / 0)),
      /^l\.tif: the grey value at x 0, y 0 of section 1 is Infinity/,
    ],
  ])('refuses %s', (_, stored, message) => {
    expect(refusal(stored)).toMatch(message);
  });
});

describe('a kind that is asked for', () => {
  it('is taken without a word', () => {
    expect(read(times(255), { labelKind: 'interior' }, {})).toMatchObject({ labelKind: 'interior', note: null });
    expect(read(times(255), { labelKind: 'membrane' }).labels.data).toEqual(labels.data.map((value) => 1 - value));
    const few = sections(like(Uint8Array.from(ids.data, (id) => 1 + (id % 2))), 0, 1);
    expect(read(few, { labelKind: 'instances', boundaryWidth: 4 })).toMatchObject({ boundaryWidth: 4, note: null });
  });

  it('has the width that is asked for, or that of ISBI-2012', () => {
    const share = (boundaryWidth: number | null): number =>
      read(ids, { labelKind: 'instances', boundaryWidth }).labels.data.reduce((sum, value) => sum + 1 - value, 0);
    expect(share(null)).toBe(share(6));
    expect(share(4)).toBeLessThan(share(6));
    expect(read(ids, { labelKind: 'instances' }, { pixelSize: { y: 8, x: 8 } })).toMatchObject({
      boundaryWidth: 3,
      note: 'l.tif: Membranes are made `boundaryWidth` 3 pixels wide (24 nm as in ISBI-2012, at pixels of 8 nm).',
    });
  });

  it.each([
    [
      'a negative id',
      [1, 1, -1, 2],
      /^l\.tif: ids of cells must be whole numbers of 0 or more; found -1 at x 2, y 0 of section 1\. .* ignore it \(`ignore`\)/,
    ],
    [
      'a share',
      [1, 1, 0.5, 2],
      /found 0\.5 at x 2, y 0 of section 1\. Are these probabilities, or were the labels rescaled/,
    ],
    ['no number', [1, 1, Number.NaN, 2], /^l\.tif: the grey value at x 2, y 0 of section 1 is NaN/],
  ])('refuses %s among ids', (_, values, message) => {
    const stored = { width: 4, height: 1, depth: 1, data: Float32Array.from(values) };
    expect(refusal(stored, { labelKind: 'instances' })).toMatch(message);
  });

  it('refuses images in place of ids', () => {
    const noise = like(Uint8Array.from(images.data, (value) => value | 1));
    expect(refusal(noise, { labelKind: 'instances' })).toMatch(
      /^l\.tif: these are no ids of cells: a value lies in \d+ pieces in a section, .*Are labels and images exchanged/,
    );
  });

  it('refuses ids as two values, and names the kind', () => {
    expect(refusal(ids, { labelKind: 'interior' })).toContain('Ids of cells: use `labelKind` instances.');
  });

  it.each([
    [
      { labelKind: 'interior', boundaryWidth: 6 },
      'boundaryWidth must be left out: it is for labels that are instances',
    ],
    [{ boundaryWidth: 6 }, 'these are `labelKind` interior'],
    [{ labelKind: 'instances', boundaryWidth: 1 }, 'boundaryWidth must be pixels, 2 to 100; received 1'],
  ] as const)('refuses a width that says nothing or is none: %j', (how, message) => {
    expect(() => read(times(1), how)).toThrow(InvalidOptionError);
    expect(() => read(times(1), how)).toThrow(message);
  });
});

it.each([
  [undefined, 6],
  [{ y: 4, x: 4 }, 6],
  [{ y: 8, x: 8 }, 3],
  [{ y: 9, x: 16 }, 2],
  [{ y: 5, x: 5 }, 4.8],
  [{ y: 2, x: 8 }, 6],
  // Units that a program made up: 72 dots an inch, and 1 for what is not known.
  [{ y: 352778, x: 352778 }, 6],
  [{ y: 0.01, x: 0.01 }, 6],
])('membranes are 24 nm wide where the size of a pixel is known: %j', (pixelSize, boundaryWidth) => {
  expect(defaultBoundaryWidth(pixelSize).boundaryWidth).toBe(boundaryWidth);
});
