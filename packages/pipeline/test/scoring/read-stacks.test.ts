import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { InvalidImageError, type GreyData } from '@dilated-unet/core';
import { encodeTiffStack, IGNORED, type LabelKindOption } from '@dilated-unet/stacks';
import { describe, expect, it } from 'vitest';
import { readLabelledImages, readStacks, scaleOf } from '../../src/scoring/read-stacks.ts';
import { writePyramid } from '../support/pyramid.ts';
import { temporaryFolder } from '../../../host/test/support/temporary.ts';
import { buildTiff, greyPage } from '../../../stacks/test/support/build-tiff.ts';

/** Writes a stack of sections of one row, and tells its path. */
async function stackFile(folder: string, name: string, depth: number, data: GreyData): Promise<string> {
  const path = join(folder, name);
  writeFileSync(path, await encodeTiffStack({ width: data.length / depth, height: 1, depth, data }));
  return path;
}

async function read(labels: GreyData, prediction: GreyData, depth = 1, labelKind: LabelKindOption = 'auto') {
  const folder = temporaryFolder();
  const paths = {
    labels: await stackFile(folder, 'labels.tif', depth, labels),
    prediction: await stackFile(folder, 'prediction.tif', depth, prediction),
  };
  return readStacks(paths, { labelKind });
}

const LABELS = Uint8Array.of(255, 0, 255);

it('both are also read from a folder or a pattern of sections', async () => {
  const folder = temporaryFolder();
  for (const name of ['labels', 'prediction']) {
    mkdirSync(join(folder, name));
    await stackFile(folder, `${name}/s10.tif`, 1, Uint8Array.of(0, 255, 0));
    await stackFile(folder, `${name}/s2.tif`, 1, LABELS);
  }
  const paths = { labels: join(folder, 'labels'), prediction: join(folder, 'prediction/s*.tif') };
  const { labels, probabilities } = await readStacks(paths);
  expect([...labels.data]).toEqual([1, 0, 1, 0, 1, 0]);
  expect([...probabilities.data]).toEqual([1, 0, 1, 0, 1, 0]);
});

it('what a reader of the files decided is told: values that are turned round, and those of a mask', async () => {
  const folder = temporaryFolder();
  const inverted = (name: string, ...values: number[]): string => {
    const path = join(folder, name);
    writeFileSync(path, buildTiff([greyPage(values.length, 1, Uint8Array.from(values), { 262: 0 })]));
    return path;
  };
  const labels = await stackFile(folder, 'labels.tif', 1, Uint8Array.of(255, 0, 255, 0));
  const prediction = inverted('prediction.tif', 0, 255, 0, 255);
  const ignoreMask = inverted('mask.tif', 255, 255, 255, 0);
  const turned = (path: string): string =>
    `${path}: White is stored as 0. The values are turned round, so that white is the highest.`;
  const { labels: read, probabilities, notes } = await readStacks({ labels, prediction }, { ignoreMask });
  expect([...probabilities.data]).toEqual([1, 0, 1, 0]);
  expect([...read.data]).toEqual([1, 0, 1, IGNORED]);
  expect(notes).toEqual([turned(prediction), turned(ignoreMask)]);
  const { warnings } = await readLabelledImages({ labels, images: prediction }, { labelKind: 'interior' });
  expect(warnings).toEqual([turned(prediction)]);
  expect((await readStacks({ labels, prediction: labels })).notes).toEqual([]);
});

describe('at a scale of labels', () => {
  const row = (...values: number[]) => ({ width: values.length, height: 1, depth: 1, data: Uint8Array.from(values) });
  const select = { level: 1 };

  it('a prediction is read at that scale where it has it, else as it is', async () => {
    const folder = temporaryFolder();
    const labels = await writePyramid(join(folder, 'labels.zarr'), [row(255, 255, 0, 0, 255, 255), row(255, 0, 255)]);
    const scales = [row(0, 0, 255, 255, 0, 0), row(0, 255, 0)];
    for (const prediction of [
      await writePyramid(join(folder, 'mask.zarr'), scales),
      await stackFile(folder, 'mask.tif', 1, Uint8Array.of(0, 255, 0)),
    ]) {
      const read = await readStacks({ labels, prediction, select });
      expect([...read.labels.data]).toEqual([1, 0, 1]);
      expect([...read.probabilities.data]).toEqual([0, 1, 0]);
    }
  });

  it('a scale that neither has is refused', async () => {
    const folder = temporaryFolder();
    const labels = await stackFile(folder, 'labels.tif', 1, LABELS);
    await expect(readStacks({ labels, prediction: labels, select })).rejects.toThrow('level must be 0');
  });
});

describe('a prediction', () => {
  it.each([
    ['8-bit mask: 255 is interior', Uint8Array.of(255, 0, 255), [1, 0, 1]],
    ['8-bit mask: 1 is interior', Uint8Array.of(1, 0, 1), [1, 0, 1]],
    ['16-bit mask: 1 is interior', Uint16Array.of(1, 0, 1), [1, 0, 1]],
    ['16-bit mask: 255 is interior', Uint16Array.of(255, 0, 0), [1, 0, 0]],
    ['16-bit mask: 65535 is interior', Uint16Array.of(65535, 0, 0), [1, 0, 0]],
    ['8 bit: probabilities, divided by 255', Uint8Array.of(51, 0, 102), [0.2, 0, 0.4]],
    ['8 bit: probabilities, divided by 255', Uint8Array.of(0, 1, 128), [0, 1 / 255, 128 / 255]],
    ['8 bit: probabilities, divided by 255', Uint8Array.of(0, 0, 0), [0, 0, 0]],
    ['8 bit: probabilities, divided by 255', Uint8Array.of(51, 51, 51), [0.2, 0.2, 0.2]],
    ['8-bit mask: 1 is interior', Uint8Array.of(1, 1, 1), [1, 1, 1]],
    ['16 bit: probabilities, divided by 65535', Uint16Array.of(13107, 0, 65535), [0.2, 0, 1]],
    ['float32: probabilities as they are', Float32Array.of(0.25, 0, 1), [0.25, 0, 1]],
  ])('as %s', async (rule, values, expected) => {
    const { rule: used, probabilities } = await read(LABELS, values);
    expect(used).toBe(rule);
    expect(probabilities).toMatchObject({ width: 3, height: 1, depth: 1 });
    expect([...probabilities.data]).toEqual([...Float32Array.from(expected)]);
  });

  it.each([
    [
      'percent',
      Float32Array.of(0, 0.5, 99.5),
      'section 1 of the prediction must have probabilities in 0 ... 1; found 99.5',
    ],
    ['a mask of 255 as float32', Float32Array.of(0, 255, 0), 'found 255. Scale them to it, or save a mask of 8 bits'],
    [
      'ids of cells, of any type but 8 and 16 bits',
      Float32Array.of(0, 1, 70000),
      'has whole numbers up to 70000, as ids of cells; it must be a mask or probabilities of interior. Segment to one of these',
    ],
    ['negative float32', Float32Array.of(-0.5, 1, 0), 'found -0.5.'],
    [
      'classes of ilastik',
      Uint8Array.of(1, 2, 1),
      'must be a mask of 0 and 1, or of 0 and 255; found 1 and 2. As probabilities of interior they would be 0.00392 and 0.00784.',
    ],
    [
      'a mask of percent',
      Uint8Array.of(0, 100, 0),
      'found 0 and 100. As probabilities of interior they would be 0 and 0.392.',
    ],
    ['two values of 16 bits', Uint16Array.of(1000, 0, 0), 'or of 0 and 255 or 65535; found 0 and 1000.'],
    [
      'two probabilities',
      Uint8Array.of(255, 1, 1),
      'found 1 and 255. As probabilities of interior they would be 0.00392 and 1. Save a mask',
    ],
    [
      'ids of cells, or 8-bit values, in 16 bits',
      Uint16Array.of(0, 17, 250),
      /up to 250, as ids of cells; .* If they are probabilities, save them with 8 bits, or scale them to 0 \.\.\. 65535\.$/,
    ],
  ])('is refused: %s', async (_, values, message) => {
    const refused = expect(read(LABELS, values)).rejects;
    await refused.toThrow(InvalidImageError);
    await refused.toThrow(message);
    await refused.toThrow('prediction.tif');
  });

  it('is refused where a value is not a number', () => {
    const data = Float32Array.of(0.5, 0.5, 0.5, Number.NaN);
    expect(() => scaleOf({ width: 2, height: 1, depth: 2, data }, 'p.tif')).toThrow(
      /^p\.tif: section 2 of .* found NaN\./,
    );
  });

  it('is refused where its size is not that of the labels', async () => {
    await expect(read(LABELS, Uint8Array.of(0, 255))).rejects.toThrow(
      /prediction\.tif has 1 section of 2 x 1 pixels, .*labels\.tif has 1 section of 3 x 1 pixels/,
    );
  });
});

describe('labels', () => {
  it.each([[LABELS], [Uint8Array.of(1, 0, 1)], [Uint16Array.of(700, 0, 700)], [Float32Array.of(0.5, 0, 0.5)]])(
    'of two values, 0 and another: %o',
    async (values) => expect([...(await read(values, LABELS)).labels.data]).toEqual([1, 0, 1]),
  );

  it.each([
    [
      Uint8Array.of(0, 128, 255),
      '2 values beside 0 may be ids of cells, or classes',
      'found 0, 128, 255. Ids of cells: use',
    ],
    [Uint8Array.of(1, 255, 1), 'cannot tell what the labels 1 and 255 are', 'found 1, 255.'],
    [Uint8Array.of(255, 255, 255), 'every pixel of the labels is 255', 'found 255.'],
    [Uint8Array.of(0, 0, 0), 'every pixel of the labels is 0', 'found 0.'],
    [Uint8Array.of(1, 2, 3, 4, 5, 6, 7), 'section 1 has no cell interior', 'found 1, 2, 3, 4, 5 and more'],
  ])('are refused with other values, by auto and as those of ISBI-2012: %o', async (values, auto, interior) => {
    for (const [labelKind, message] of [
      ['auto', auto],
      ['interior', interior],
    ] as const) {
      const refused = expect(read(values, new Uint8Array(values.length), 1, labelKind)).rejects;
      await refused.toThrow(InvalidImageError);
      await refused.toThrow(message);
    }
  });

  it('are refused where a section has no interior, which is named', async () => {
    const stack = Uint8Array.of(0, 255, 0, 0);
    await expect(read(stack, stack, 2)).rejects.toThrow('section 2 has no cell interior');
  });
});
