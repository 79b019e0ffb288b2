import { InvalidOptionError } from '@dilated-unet/core';
import { describe, expect, it } from 'vitest';
import { memoryBytes, openTiff, readTiffStack, type Dtype } from '../../../src/index.ts';
import { buildTiff, greyPage } from '../../support/build-tiff.ts';
import { expectedStack, fixture, goodFixtures } from '../../support/fixtures.ts';
import { renameTag } from '../../support/patch.ts';
import { expectSameStack } from '../../support/stacks.ts';

describe('files of tifffile in every form', () => {
  const names = goodFixtures();

  it('cover each dtype, compression, predictor, byte order, layout and both offset sizes', () => {
    expect(names).toHaveLength(72);
    const parts = ['bigtiff', '-big-', '-little-', 'tiles', 'strips', 'lzw', 'packbits', 'predictor2', 'predictor3'];
    for (const part of parts) {
      expect(
        names.some((name) => name.includes(part)),
        part,
      ).toBe(true);
    }
  });

  it.each(names)('%s', async (name) => {
    const dtype = name.split('-')[0] as Dtype;
    const bytes = fixture(`good/${name}`);
    expect(await openTiff(memoryBytes(bytes))).toMatchObject({ shape: [2, 11, 19], dtype });
    expectSameStack(await readTiffStack(bytes), expectedStack(dtype));
  });
});

describe('readTiffStack', () => {
  it.each(['uint8', 'uint16'] as const)('turns %s pages with white as 0 round', async (dtype) => {
    expectSameStack(await readTiffStack(fixture(`special/white-${dtype}.tif`)), expectedStack(dtype));
  });

  it('widens 1-bit pages to 0 and 255', async () => {
    const { data } = expectedStack('uint8');
    const stack = await readTiffStack(fixture('special/bits.tif'));
    expect(stack.data).toEqual(Uint8Array.from(data, (value) => (value > 127 ? 255 : 0)));
  });

  it('reads tables of strips that lie far from a big-endian directory', async () => {
    expectSameStack(await readTiffStack(fixture('special/strip-table.tif')), expectedStack('uint8', 16, 600, 1));
  });

  it.each(['imagej', 'imagej-one-directory'])('reads the pages of %s.tif', async (name) => {
    expectSameStack(await readTiffStack(fixture(`special/${name}.tif`)), expectedStack('uint16', 19, 11, 5));
  });

  it('takes the first of a tag that stands twice, as libtiff and tifffile do', async () => {
    const file = buildTiff([greyPage(2, 1, Uint8Array.of(3, 250), { 65000: 0 })]);
    // The other says that white is 0.
    expect((await readTiffStack(renameTag(file, 65000, 262))).data).toEqual(Uint8Array.of(3, 250));
  });

  it('reads a file that is part of a larger memory, at an odd place', async () => {
    const file = fixture('good/float32-none-predictor1-little-strips.tif');
    const memory = new Uint8Array(file.length + 7);
    memory.set(file, 3);
    const stack = await readTiffStack(memory.subarray(3, 3 + file.length));
    expectSameStack(stack, expectedStack('float32'));
    expect(stack.data.buffer).not.toBe(memory.buffer);
  });

  it.each(goodFixtures())('reads a Buffer of Node and leaves it as it was: %s', async (name) => {
    const buffer = Buffer.from(fixture(`good/${name}`));
    expectSameStack(await readTiffStack(buffer), expectedStack(name.split('-')[0] as Dtype));
    expect(buffer.equals(fixture(`good/${name}`))).toBe(true);
  });

  it('refuses maxBytes that is no whole number of at least 1', async () => {
    const bytes = fixture('special/bits.tif');
    for (const maxBytes of [0, -1, 1.5, NaN, Infinity]) {
      await expect(readTiffStack(bytes, { maxBytes })).rejects.toThrow(InvalidOptionError);
    }
  });
});
