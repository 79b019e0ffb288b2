import { crop, section, type GreyStack, type Rectangle } from '@dilated-unet/core';
import { describe, expect, it } from 'vitest';
import { IGNORED } from '../../src/labels/ignored.ts';
import { interpretLabels, type LabelOptions } from '../../src/labels/interpret.ts';
import { labelSource, type IgnoredParts } from '../../src/labels/label-source.ts';
import { stackSource, type StackSource } from '../../src/source.ts';

const SIZE = { width: 60, height: 50, depth: 3 };
const PIXELS = SIZE.width * SIZE.height;

const stack = (value: (x: number, y: number, z: number) => number): GreyStack<Float32Array> => ({
  ...SIZE,
  data: Float32Array.from({ length: 3 * PIXELS }, (_, i) => {
    const p = i % PIXELS;
    return value(p % SIZE.width, Math.floor(p / SIZE.width), Math.floor(i / PIXELS));
  }),
});

/** Cells of 13 x 11 pixels with background between them here and there. */
const IDS = stack((x, y, z) => ((x * y + z) % 29 < 6 ? 0 : 1 + Math.floor(x / 13) + 5 * Math.floor(y / 11) + 40 * z));
const TWO = stack((x, y) => ((x % 9) * (y % 7) < 9 ? 0 : 255));
/** 0 where nobody labelled, 1 membrane, 2 interior. */
const PARTIAL = stack((x, y, z) => (x + z < 20 || y > 40 ? 0 : (x % 9) * (y % 7) < 9 ? 1 : 2));
const MASK = stack((x, y, z) => ((x - 30) ** 2 + (y - 20) ** 2 < 90 + z ? 1 : 0));

const PARTS: readonly Rectangle[] = [
  { x: 0, y: 0, width: 60, height: 50 },
  { x: 7, y: 9, width: 31, height: 17 },
  { x: 50, y: 0, width: 10, height: 50 },
  { x: 29, y: 49, width: 1, height: 1 },
];

describe('labels that are read part by part', () => {
  it.each<[string, GreyStack, LabelOptions, IgnoredParts]>([
    ['interior', TWO, { labelKind: 'interior' }, {}],
    ['membrane', TWO, { labelKind: 'membrane' }, {}],
    ['instances', IDS, { labelKind: 'instances', boundaryWidth: 5 }, {}],
    ['instances of a default width', IDS, { labelKind: 'instances' }, {}],
    ['0 ignored', PARTIAL, { labelKind: 'interior', ignore: 0 }, { ignore: 0 }],
    ['0 ignored, membrane', PARTIAL, { labelKind: 'membrane', ignore: 0 }, { ignore: 0 }],
    ['an id ignored', IDS, { labelKind: 'instances', ignore: 8 }, { ignore: 8 }],
    [
      'a mask and a section',
      IDS,
      { labelKind: 'instances', ignoreMask: { stack: MASK, name: 'mask' }, ignoreSections: '2' },
      { mask: stackSource(MASK), sections: new Set([1]) },
    ],
    ['a mask', TWO, { labelKind: 'interior', ignoreMask: { stack: MASK, name: 'mask' } }, { mask: stackSource(MASK) }],
  ])('are those of the whole: %s', async (_, stored, options, parts) => {
    const { labels, reading } = interpretLabels(stored, options, { name: 'labels' });
    const source = labelSource(stackSource(stored), reading, 'labels', parts);
    for (let z = 0; z < SIZE.depth; z++) {
      for (const region of PARTS) expect(await source.read(z, region)).toEqual(crop(section(labels, z), region));
    }
  });

  it('say where they count before it is known what they are', async () => {
    const told: string[] = [];
    const onIgnored = (by: string): void => void told.push(by);
    const source = labelSource(stackSource(PARTIAL), null, 'labels', { ignore: 0, mask: stackSource(MASK), onIgnored });
    const { data } = await source.read(1, { x: 0, y: 0, width: 60, height: 50 });
    const expected = Array.from(section(PARTIAL, 1).data, (value, i) =>
      value === 0 || section(MASK, 1).data[i] === 1 ? IGNORED : 1,
    );
    expect([...data]).toEqual(expected);
    expect(new Set(told)).toEqual(new Set(['ignore', 'ignoreMask']));
  });

  it('refuse a value that is none of theirs, and say where it is', async () => {
    const odd = { ...TWO, data: TWO.data.slice() };
    odd.data[PIXELS + 3 * SIZE.width + 8] = 7;
    const reading = { labelKind: 'interior', zero: 0, other: 255 } as const;
    const source = labelSource(stackSource(odd), reading, 'labels.zarr');
    await expect(source.read(1, { x: 4, y: 2, width: 10, height: 10 })).rejects.toThrow(
      'labels.zarr: the parts of the labels that were looked at have the two values 0 and 255, and these are all that labels of ' +
        'two classes may have (name one that marks what nobody labelled with `ignore`); found 7 at x 8, y 3 of section 2.',
    );
    const negative = { ...IDS, data: IDS.data.slice() };
    negative.data[5] = -1;
    const ids = labelSource(stackSource(negative), { labelKind: 'instances', boundaryWidth: 4 }, 'ids.zarr');
    await expect(ids.read(0, { x: 0, y: 0, width: 4, height: 4 })).rejects.toThrow(
      'ids.zarr: ids of cells must be whole numbers of 0 or more; found -1 at x 5, y 0 of section 1.',
    );
  });

  it('close what they are read from', async () => {
    const closed: string[] = [];
    const closing = (name: string): StackSource => ({
      ...stackSource(TWO),
      close: () => Promise.resolve(void closed.push(name)),
    });
    await labelSource(closing('labels'), null, 'labels', { mask: closing('mask') }).close?.();
    expect(closed).toEqual(['labels', 'mask']);
  });
});
