import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvalidImageError, InvalidOptionError, type GreyData, type GreyStack } from '@dilated-unet/core';
import { describe, expect, it } from 'vitest';
import {
  encodeTiffStack,
  IGNORED,
  ignoredNote,
  interpretLabels,
  labelWarnings,
  requireBothClasses,
  type IgnoreRules,
  type LabelKind,
} from '../../src/index.ts';
import { interpretMaskedLabels } from '../../src/node/index.ts';

/** Sections of two pixels. */
const stack = (data: GreyData): GreyStack => ({ width: 2, height: 1, depth: data.length / 2, data });
const bytes = (...values: number[]): GreyStack => stack(Uint8Array.from(values));
const read = (labels: GreyStack, rules: IgnoreRules, kind: LabelKind = 'interior'): number[] => [
  ...interpretLabels(labels, { labelKind: kind, ...rules }, { name: 'labels.tif' }).labels.data,
];
const failure = (labels: GreyStack, rules: IgnoreRules): Error => {
  try {
    read(labels, rules);
  } catch (error) {
    return error as Error;
  }
  throw new Error('Nothing was refused.');
};
const mask = (...values: number[]) => ({ stack: bytes(...values), name: 'mask.tif' });

describe('partial labels', () => {
  it('are those of binaryLabels where nothing is ignored', () => {
    expect(read(bytes(0, 255), {})).toEqual([0, 1]);
    expect(read(bytes(0, 255), {}, 'membrane')).toEqual([1, 0]);
  });

  it.each<[string, GreyData, number, LabelKind, number[]]>([
    ['255 beside 0 and 1', Uint8Array.of(0, 1, 255, 1), 255, 'interior', [0, 1, IGNORED, 1]],
    ['the same, membrane painted', Uint8Array.of(0, 1, 255, 1), 255, 'membrane', [1, 0, IGNORED, 0]],
    ['65535 of 16 bits', Uint16Array.of(65535, 0, 7, 65535), 65535, 'interior', [IGNORED, 0, 1, IGNORED]],
    ['-1 of float32', Float32Array.of(-1, 0, 1, -1), -1, 'interior', [IGNORED, 0, 1, IGNORED]],
    ['what float32 rounds', Float32Array.of(0.1, 0, 1, 0), 0.1, 'interior', [IGNORED, 0, 1, 0]],
    ['0: the lower of the others is membrane', Uint8Array.of(0, 1, 2, 0), 0, 'interior', [IGNORED, 0, 1, IGNORED]],
    ['0, membrane painted: the lower is interior', Uint8Array.of(0, 1, 2, 0), 0, 'membrane', [IGNORED, 1, 0, IGNORED]],
    ['the value that stands for it here', Uint8Array.of(0, 255, 128, 128), 128, 'interior', [0, 1, IGNORED, IGNORED]],
  ])('by value: %s', (_name, data, ignore, kind, expected) => {
    expect(read(stack(data), { ignore }, kind)).toEqual(expected);
  });

  it('by a mask, whatever value it has above 0', () => {
    expect(read(bytes(0, 255, 3, 0), { ignoreMask: mask(0, 0, 1, 200) })).toEqual([0, 1, IGNORED, IGNORED]);
  });

  it('by the numbers of sections', () => {
    const labels = bytes(0, 1, 0, 0, 1, 0, 0, 0, 0, 0);
    const expected = [0, 1, IGNORED, IGNORED, 1, 0, IGNORED, IGNORED, IGNORED, IGNORED];
    expect(read(labels, { ignoreSections: '2,4-5' })).toEqual(expected);
  });

  it('by all of them', () => {
    const rules = { ignore: 9, ignoreMask: mask(0, 1, 0, 0, 0, 0), ignoreSections: '3' };
    expect(read(bytes(9, 0, 0, 255, 0, 255), rules)).toEqual([IGNORED, IGNORED, 0, 1, IGNORED, IGNORED]);
  });

  it('leave the stack that they are read from as it is', () => {
    const labels = bytes(0, 1, 255, 0);
    read(labels, { ignore: 255 });
    expect(labels).toEqual(bytes(0, 1, 255, 0));
  });

  it('read their mask from a file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'partial-labels-'));
    try {
      const ignoreMask = join(folder, 'mask.tif');
      await writeFile(ignoreMask, await encodeTiffStack(bytes(0, 255, 0, 0)));
      const { labels } = await interpretMaskedLabels(bytes(0, 7, 0, 255), { ignoreMask }, { name: 'labels.tif' });
      expect([...labels.data]).toEqual([0, IGNORED, 0, 1]);
      const none = { ignoreMask: join(folder, 'none.tif') };
      const missing = interpretMaskedLabels(bytes(0, 1), none, { name: 'l' });
      await expect(missing).rejects.toThrow(/none\.tif cannot be read: there is no such file/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('refuses', () => {
  it.each<[string, GreyStack, IgnoreRules, string]>([
    [
      'a value that does not occur',
      bytes(0, 1, 0, 1),
      { ignore: 255 },
      'labels.tif: no pixel has the value 255, which is to be ignored; found 0, 1. Name the value of the pixels that are not ' +
        'labelled, or leave `ignore` out.',
    ],
    [
      'a stack of that value alone',
      bytes(255, 255),
      { ignore: 255 },
      'labels.tif: every pixel is ignored, so that nothing is left to train on or to score. Name the file that has the labels, ' +
        'or another value (`ignore`).',
    ],
    [
      'a mask of another size',
      bytes(0, 1, 0, 1),
      { ignoreMask: mask(0, 1) },
      'mask.tif: a mask must have the size of the labels: it has 1 section of 2 x 1 pixels, and labels.tif has 2 sections of ' +
        '2 x 1 pixels. Name the files that belong together.',
    ],
    [
      'a mask that ignores nothing',
      bytes(0, 1),
      { ignoreMask: mask(0, 0) },
      'mask.tif: no pixel is above 0, so that the mask ignores nothing. Is it the right file? If every pixel counts, leave ' +
        '`ignoreMask` out.',
    ],
    [
      'a mask that ignores all',
      bytes(0, 1),
      { ignoreMask: mask(1, 1) },
      'nothing is left to train on or to score. In mask.tif, 0 must stand where pixels count: exchange its values if it is',
    ],
    [
      'the value of interior, which leaves one class',
      bytes(0, 255),
      { ignore: 255 },
      'labels.tif without what is ignored: labels must have two values, 0 for membrane and one other for cell interior; found 0.',
    ],
    [
      'three values beside it',
      bytes(0, 1, 2, 255),
      { ignore: 255 },
      'without what is ignored: labels must have two values',
    ],
    ['every section', bytes(0, 1), { ignoreSections: '1' }, 'Name the sections that are not labelled alone'],
  ])('%s', (_name, labels, rules, message) => {
    const error = failure(labels, rules);
    expect(error).toBeInstanceOf(InvalidImageError);
    expect(error.message).toContain(message);
  });

  it.each(['3', '0', '2-1', '1,', '1-3', 'two', '', '1.5'])(
    'sections that are not there: %j of two',
    (ignoreSections) => {
      const error = failure(bytes(0, 1, 0, 1), { ignoreSections });
      expect(error).toBeInstanceOf(InvalidOptionError);
      expect(error.message).toContain('ignoreSections must be numbers from 1 to 2');
    },
  );

  it('no number', () => {
    expect(failure(bytes(0, 1), { ignore: Number.NaN })).toBeInstanceOf(InvalidOptionError);
  });
});

describe('sections without a pixel that counts', () => {
  const labels = bytes(IGNORED, IGNORED, 0, 1, IGNORED, IGNORED, IGNORED, 0);

  it('need not have both classes; those with one do', () => {
    expect(() => requireBothClasses(bytes(IGNORED, IGNORED, 0, 1), 'labels.tif')).not.toThrow();
    expect(() => requireBothClasses(labels, 'labels.tif')).toThrow(
      /labels\.tif: section 4 has no cell interior, .* name it in `ignoreSections`/,
    );
  });

  it('are named, beside the share that counts', () => {
    expect(ignoredNote(labels, 'labels.tif')).toEqual([
      'labels.tif: 37.5% of the pixels count; sections 1 and 3 have none, and are passed over.',
    ]);
    expect(ignoredNote(bytes(IGNORED, 0, 0, 1, 1, 1), 'l')).toEqual(['l: 83.3% of the pixels count.']);
    expect(ignoredNote(bytes(IGNORED, IGNORED, 0, 1), 'l')[0]).toContain('section 1 has none, and is passed over.');
    expect(ignoredNote(bytes(0, 1), 'l')).toEqual([]);
  });
});

it('labels are compared with their images where they count', () => {
  const [side, depth] = [80, 2];
  const size = { width: side, height: side, depth };
  const own = Uint8Array.from({ length: side * side * depth }, (_, i) => (i % 8 < 2 ? 0 : 1));
  // Dark membranes where labels count, bright ones elsewhere.
  const counts = (i: number): boolean => i % (side * side) >= 10 * side;
  const images = {
    ...size,
    data: Float32Array.from(own, (label, i) => 100 + (counts(i) ? 20 : -900) * label + (i % 3)),
  };
  const warnings = (data: Uint8Array) =>
    labelWarnings({ images, labels: { ...size, data }, names: { images: 'i', labels: 'l' }, labelKind: 'interior' });
  expect(warnings(own)[0]).toContain('l: bright is labelled as membrane');
  expect(warnings(own.map((label, i) => (counts(i) ? label : IGNORED)))).toEqual([]);
  // Bright membranes, on too few pixels to tell.
  expect(warnings(own.map((label, i) => (counts(i) ? IGNORED : label)))).toEqual([]);
});
