import { readdirSync } from 'node:fs';
import { InvalidImageError } from '@dilated-unet/core';
import sharp, { type JpegOptions } from 'sharp';
import { describe, expect, it } from 'vitest';
import { readTiffStack, type Dtype } from '../../../src/index.ts';
import { expectRefused, expectUndecodable } from '../../support/errors.ts';
import { expectedStack, fixture } from '../../support/fixtures.ts';
import { noise, random } from '../../support/images.ts';
import { patchTag } from '../../support/patch.ts';
import { expectSameStack } from '../../support/stacks.ts';
import { fileWithStrip } from '../../support/strip-file.ts';
import { zstdRepeated } from '../../support/zstd.ts';

const FILES = readdirSync(new URL('fixtures/codecs/', import.meta.url)).filter((name) => !name.includes('expected'));

async function expected(name: string) {
  const lossy = name.includes('lossy') || name.startsWith('jpeg-');
  if (lossy) return readTiffStack(fixture(`codecs/${name.replace('.tif', '.expected.tif')}`));
  if (!name.includes('bits')) return expectedStack(name.split('-')[1] as Dtype);
  const stack = expectedStack('uint8');
  return { ...stack, data: stack.data.map((value) => (value > 127 ? 255 : 0)) };
}

async function jpeg(width: number, height: number, options: JpegOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
  const { data } = noise(width, height);
  const image = sharp(data, { raw: { width, height, channels: 1 } }).toColourspace('b-w');
  return new Uint8Array(await image.jpeg(options).toBuffer());
}

/** `bytes` with the 32-bit number at `distance` behind `mark` set to `value`. */
function patchAfter(bytes: Uint8Array, mark: readonly number[], distance: number, value: number): Uint8Array {
  const copy = bytes.slice();
  const at = Buffer.from(copy).indexOf(Uint8Array.from(mark));
  expect(at).toBeGreaterThan(0);
  new DataView(copy.buffer).setUint32(at + distance, value);
  return copy;
}

describe('files of tifffile and libtiff', () => {
  it('cover each compression that a library decodes', () => {
    expect([...new Set(FILES.map((name) => name.split('-')[0]))].sort()).toEqual(
      ['ccitt', 'group3', 'group4', 'jpeg', 'jpeg2000', 'lerc', 'zstd'].sort(),
    );
  });

  it.each(FILES)('%s', async (name) => {
    expectSameStack(await readTiffStack(fixture(`codecs/${name}`)), await expected(name));
  });

  it('JPEG has the values of libjpeg, baseline and progressive', async () => {
    for (const progressive of [false, true]) {
      const stream = await jpeg(64, 64, { progressive });
      const data = await sharp(stream).toColourspace('b-w').raw().toBuffer();
      const stack = await readTiffStack(await fileWithStrip(stream, 7));
      expect(Buffer.compare(stack.data as Uint8Array, data)).toBe(0);
    }
  });
});

describe('compressions that are not read', () => {
  it.each([
    ['lzma', /Page 1 .*Compression 34925 \(LZMA\) is not supported\. .*tiffcp -c none input\.tif output\.tif/],
    ['jpeg-xl', /Page 1 .*Compression 50002 \(JPEG XL\) is not supported\. .*tifffile\.imwrite\('output\.tif'/],
  ])('%s', async (name, message) => expectRefused(fixture(`refused/${name}.tif`), [message]));

  it.each([
    ['jpeg-12-bit', /Page 1 .*strip 0 cannot be decoded: it is JPEG of 12-bit values\. .*tifffile\.imwrite/],
    ['jpeg-lossless', /Page 1 .*strip 0 cannot be decoded: it is lossless JPEG\. .*tifffile\.imwrite/],
  ])('%s', async (name, message) => expectUndecodable(fixture(`refused/${name}.tif`), [message]));
});

describe('blocks that are not what the page says', () => {
  it.each([
    ['jpeg-uint8-strips.tif', /strip 0 .*its JPEG data has 19 x 4 pixels of 1 sample, not 18 x 4/],
    ['jpeg2000-uint8-strips.tif', /strip 0 .*its JPEG 2000 data has 19 x 4 pixels of 1 sample, not 18 x 4/],
    ['lerc-uint8-strips.tif', /strip 0 .*its LERC data has 19 x 4 pixels of 1 sample, not 18 x 4/],
  ])('of another width: %s', async (name, message) => {
    const file = fixture(`codecs/${name}`);
    await expectUndecodable(patchTag(patchTag(file, 256, 18), 256, 18, 1), [message]);
  });

  it.each([
    ['jpeg-uint8-strips.tif', /its JPEG data has values of 8 bits, not 16/],
    ['jpeg2000-uint8-strips.tif', /its JPEG 2000 data has 8-bit unsigned values, not 16-bit unsigned ones/],
    ['lerc-uint8-strips.tif', /its LERC data is uint8, not uint16/],
    ['group4-bits.tif', /CCITT coding has pixels of 1 bit, not of 16/],
  ])('of another type: %s', async (name, message) => {
    const file = fixture(`codecs/${name}`);
    await expectUndecodable(patchTag(patchTag(file, 258, 16), 258, 16, 1), [message]);
  });

  it('of fewer rows', async () => {
    await expectUndecodable(await fileWithStrip(await jpeg(64, 63), 7), [/64 x 63 pixels of 1 sample, not 64 x 64/]);
    await expectUndecodable(await fileWithStrip(zstdRepeated(7, 4095), 50000), [/decodes to 4095 of 4096 bytes/]);
  });

  it('of colour', async () => {
    const raw = { width: 64, height: 64, channels: 3 } as const;
    const colour = await sharp(new Uint8Array(64 * 64 * 3), { raw })
      .jpeg()
      .toBuffer();
    await expectUndecodable(await fileWithStrip(new Uint8Array(colour), 7), [/64 x 64 pixels of 3 samples/]);
  });
});

describe('a small block that stands for gigabytes is refused in little memory', () => {
  const SIZ = [0xff, 0x4f, 0xff, 0x51];
  const LERC = [...Buffer.from('Lerc2 ')];
  it.each([
    [
      'Zstandard',
      () => fileWithStrip(zstdRepeated(7, 2 ** 32), 50000),
      /damaged or cut off, or decodes to more than 4096/,
    ],
    [
      'JPEG',
      async () => fileWithStrip(patchAfter(await jpeg(64, 64), [0xff, 0xc0], 5, 0xfffffffe), 7),
      /65534 x 65535 pixels of 1 sample, not 64 x 64/,
    ],
    [
      'JPEG 2000',
      () => Promise.resolve(patchAfter(fixture('codecs/jpeg2000-uint8-strips.tif'), SIZ, 8, 0x7fffffff)),
      /2147483647 x 4 pixels of 1 sample, not 19 x 4/,
    ],
    [
      'JPEG 2000 of tiles of a pixel',
      () =>
        Promise.resolve(
          [24, 28].reduce((file, at) => patchAfter(file, SIZ, at, 0), fixture('codecs/jpeg2000-uint8-strips.tif')),
        ),
      /JPEG 2000 data has (Infinity|NaN) tiles/,
    ],
    [
      'LERC',
      () => Promise.resolve(patchAfter(fixture('codecs/lerc-uint8-strips.tif'), LERC, 14, 0xffffff7f)),
      /19 x 2147483647 pixels|2147483647/,
    ],
  ])('%s', async (_, make, message) => {
    const file = await make();
    const before = process.resourceUsage().maxRSS;
    await expectUndecodable(file, [message]);
    expect((process.resourceUsage().maxRSS - before) / 1024).toBeLessThan(128);
  });
});

describe('damaged blocks', () => {
  it.each([0, 1, 2])('JPEG of %i bytes beside tables of the page', async (length) => {
    const bytes = patchTag(fixture('codecs/jpeg-uint8-tables.tif'), 279, length);
    await expectUndecodable(bytes, [/strip 0 .*(JPEG data|too few)/]);
  });

  it.each(FILES)('are an InvalidImageError or a stack, at once: %s', { timeout: 60_000 }, async (name) => {
    const good = fixture(`codecs/${name}`);
    const whole = await readTiffStack(good);
    const next = random(11);
    for (let run = 0; run < 30; run++) {
      const bytes = good.slice();
      for (let change = 0; change < 1 + run / 8; change++) {
        bytes[8 + Math.floor(next() * (bytes.length - 8))] = Math.floor(256 * next());
      }
      const start = performance.now();
      try {
        const { data } = await readTiffStack(bytes, { maxBytes: 400_000 });
        expect(data.length).toBeGreaterThan(0);
      } catch (error) {
        expect(error).toBeInstanceOf(InvalidImageError);
      }
      expect(performance.now() - start).toBeLessThan(5000);
    }
    // The decoder is as it was.
    expectSameStack(await readTiffStack(good), whole);
  });
});
