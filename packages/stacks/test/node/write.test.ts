import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { InvalidImageError, InvalidOptionError, section, type GreyStack } from '@dilated-unet/core';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import type { StoredImage } from '../../src/index.ts';
import { openStack, readStack, stackOutput, writeSections } from '../../src/node/index.ts';
import { expectedStack } from '../support/fixtures.ts';
import { temporaryFolder } from '../support/folder.ts';
import { expectSameStack } from '../support/stacks.ts';

const folder = temporaryFolder();
const sectionsOf = (stack: GreyStack): StoredImage[] =>
  Array.from({ length: stack.depth }, (_, z) => section(stack, z));
const ids = (...values: number[]): StoredImage => ({ width: values.length, height: 1, data: Uint32Array.from(values) });

describe('a folder of sections', () => {
  it.each(['uint8', 'uint16'] as const)('of %s is read back as it was, in order', async (dtype) => {
    const stack = expectedStack(dtype, 31, 20, 12);
    const where = folder.file(`${dtype}/`);
    expect(await writeSections(where, sectionsOf(stack), { depth: 12 })).toBe(12);
    const names = readdirSync(where).sort();
    expect(names).toHaveLength(12);
    expect([names[0], names[11]]).toEqual(['section-0001.png', 'section-0012.png']);
    expectSameStack(await readStack(where), stack);
  });

  it('holds ids of up to 65535 as 16 bits, in each section', async () => {
    mkdirSync(folder.file('ids'));
    await writeSections(folder.file('ids'), [ids(0, 7, 1), ids(0, 300, 65535)]);
    const { data, depth } = await readStack(folder.file('ids'));
    expect(depth).toBe(2);
    expect(data).toEqual(Uint16Array.of(0, 7, 1, 0, 300, 65535));
  });

  it('is not made when a section fails', async () => {
    const failures: [StoredImage[], number | undefined, RegExp][] = [
      [[ids(1), ids(65536)], undefined, /up to 65535, and there is 65536. Write a TIFF/],
      [[ids(1), ids(2)], 3, /has 2 sections, not 3/],
      [[ids(1), ids(2, 3)], undefined, /Section 2 has 2 x 1/],
      [[], undefined, /no section/],
    ];
    for (const [sections, depth, message] of failures) {
      const written = writeSections(folder.file('broken/'), sections, { depth });
      await expect(written).rejects.toThrow(InvalidImageError);
      await expect(written).rejects.toThrow(message);
    }
    const floats = [{ width: 1, height: 1, data: Float32Array.of(0.5) }];
    await expect(writeSections(folder.file('broken/'), floats)).rejects.toThrow(/uint8, uint16 or uint32 for PNG/);
    expect(readdirSync(folder.path).filter((name) => name.startsWith('broken'))).toEqual([]);
  });
});

describe('one file', () => {
  it('of ids: a TIFF of 32-bit samples, a PNG of 16', async () => {
    await writeSections(folder.file('ids.tif'), [ids(0, 65536, 1), ids(2, 70000, 3)], { depth: 2 });
    const stack = await readStack(folder.file('ids.tif'));
    expect(stack.data).toEqual(Float32Array.of(0, 65536, 1, 2, 70000, 3));
    await writeSections(folder.file('ids.png'), [ids(0, 5, 65535)]);
    expect(await sharp(folder.file('ids.png')).metadata()).toMatchObject({ depth: 'ushort', channels: 1 });
    await expect(writeSections(folder.file('large.png'), [ids(65536)])).rejects.toThrow(/Write a TIFF/);
  });

  it('keeps the size of a pixel, in a TIFF', async () => {
    const sections = sectionsOf(expectedStack('uint8', 9, 8, 3));
    for (const [name, pixelSize] of [
      ['exact.tif', { z: 50, y: 4, x: 4 }],
      ['odd.tiff', { z: 29.7, y: 4.6, x: 3.25 }],
      ['flat.tf8', { y: 0.125, x: 12_000 }],
    ] as const) {
      await writeSections(folder.file(name), sections, { depth: 3, pixelSize });
      const source = await openStack(folder.file(name));
      expect(source.shape).toEqual([3, 8, 9]);
      for (const axis of ['z', 'y', 'x'] as const) {
        const expected = axis in pixelSize ? (pixelSize as Record<string, number>)[axis] : undefined;
        if (expected === undefined) expect(source.pixelSize?.[axis]).toBeUndefined();
        else expect(source.pixelSize?.[axis]).toBeCloseTo(expected, 9);
      }
      await source.close?.();
    }
    await writeSections(folder.file('plain.tif'), sections, { depth: 3 });
    const plain = await openStack(folder.file('plain.tif'));
    expect(plain.pixelSize).toBeUndefined();
    await plain.close?.();
    expect(readFileSync(folder.file('plain.tif')).includes('ImageJ')).toBe(false);
    for (const pixelSize of [
      { y: 0, x: 1 },
      { y: 1, x: Infinity },
      { z: -1, y: 1, x: 1 },
    ]) {
      const written = writeSections(folder.file('bad.tif'), sections, { pixelSize });
      await expect(written).rejects.toThrow(InvalidOptionError);
    }
  });
});

it('the form follows from the end of the name', async () => {
  mkdirSync(folder.file('there'));
  for (const [name, form, mostSections, largestId] of [
    ['a.tif', 'a TIFF', Infinity, Infinity],
    ['a.TIFF', 'a TIFF', Infinity, Infinity],
    ['a.tf8', 'a BigTIFF', Infinity, Infinity],
    ['a.png', 'a PNG', 1, 65535],
    ['a.zarr', 'an OME-Zarr', Infinity, Infinity],
    ['a.ome.zarr/', 'an OME-Zarr', Infinity, Infinity],
    ['a/', 'a folder of PNG sections', Infinity, 65535],
    ['a.tif/', 'a folder of PNG sections', Infinity, 65535],
    ['there', 'a folder of PNG sections', Infinity, 65535],
  ] as const) {
    const replaces = form !== 'a folder of PNG sections';
    expect(await stackOutput(folder.file(name))).toMatchObject({ name: form, mostSections, largestId, replaces });
  }
  await expect(stackOutput(folder.file('a.jpg'), 'output')).rejects.toThrow(
    /^output must end in \.tif, \.tiff, \.tf8 \(BigTIFF\), \.png or \.zarr, or in \/ for a folder/,
  );
});
