import { describe, expect, it } from 'vitest';
import { encodeTiffStack, memoryBytes, openTiff } from '../../../src/index.ts';
import { buildTiff, greyTags } from '../../support/build-tiff.ts';
import { expectRefused, expectUndecodable } from '../../support/errors.ts';
import { expectedStack, fixture } from '../../support/fixtures.ts';
import { dropTag, patchTag } from '../../support/patch.ts';

const TEXT = new TextEncoder();

describe('what is no TIFF', () => {
  const png = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0);
  const cases: [string, Uint8Array, RegExp[]][] = [
    ['an empty file', new Uint8Array(0), [/empty \(0 bytes\)/]],
    ['a PNG', png, [/not a TIFF/, /89 50 4e 47 \(PNG\)/, /Convert/]],
    ['text', TEXT.encode('hello'), [/not a TIFF/, /68 65 6c 6c/]],
    ['two bytes', TEXT.encode('II'), [/header is cut off: the file has 2 bytes/]],
    ['another magic number', Uint8Array.of(0x49, 0x49, 41, 0, 8, 0, 0, 0), [/not a TIFF/, /49 49 29 00/]],
    ['a header alone', Uint8Array.of(0x49, 0x49, 42, 0, 8, 0, 0, 0), [/page 1 should lie at byte 8.*ends at byte 8/]],
    ['no page', Uint8Array.of(0x49, 0x49, 42, 0, 0, 0, 0, 0), [/no page/]],
    ['a BigTIFF header cut off', Uint8Array.of(0x4d, 0x4d, 0, 43, 0, 8, 0, 0), [/cut off: the file has 8 bytes/]],
    [
      'BigTIFF with offsets of 4 bytes',
      Uint8Array.of(0x4d, 0x4d, 0, 43, 0, 4, ...new Array<number>(10).fill(0)),
      [/offsets of 4 bytes/],
    ],
  ];
  it.each(cases)('%s', async (_, bytes, patterns) => expectRefused(bytes, patterns));
});

describe('pages that are not grey or not supported', () => {
  it.each([
    ['alpha', [/The picture is transparent: the pixel at x 0, y 0 has grey 0, alpha 0/, /Convert it to grey/]],
    ['palette', [/PhotometricInterpretation is 3 \(a colour palette\)/, /Convert/]],
    ['complex64', [/64-bit SampleFormat 6/, /Convert to unsigned 8 or 16 bits or to 32-bit float/]],
    [
      'mixed-size',
      [/2 images: 1: 1 page of 8 x 8 pixels of uint8; 2: 1 page of 8 x 9 pixels of uint8/, /with `image`/],
    ],
    ['mixed-type', [/2: 1 page of 8 x 8 pixels of uint16/]],
  ] as [string, RegExp[]][])('%s', async (name, patterns) => expectRefused(fixture(`special/${name}.tif`), patterns));
});

describe('directories that say what cannot be', async () => {
  const good = await encodeTiffStack(expectedStack('uint8', 24, 10, 3));
  const deflated = await encodeTiffStack(expectedStack('uint8', 24, 10, 3), { compression: 'deflate' });
  const tiles = fixture('good/uint8-deflate-predictor2-little-tiles.tif');
  const cases: [string, Uint8Array, RegExp[]][] = [
    ['width 0', patchTag(good, 256, 0), [/Page 1 \(directory at byte 8\): ImageWidth is 0/]],
    ['no width', dropTag(good, 256), [/ImageWidth is missing/]],
    ['no offsets', dropTag(good, 273), [/StripOffsets is missing/]],
    ['no byte counts', dropTag(deflated, 279, 2), [/Page 3/, /StripByteCounts is missing/]],
    ['rows per strip 0', patchTag(good, 278, 0), [/RowsPerStrip is 0/]],
    ['rows per strip 5, one strip', patchTag(good, 278, 5), [/StripOffsets has 1 value, not 2/]],
    ['more rows than pixels', patchTag(good, 257, 11), [/StripOffsets has 1 value, not 2/]],
    ['wider than the strip', patchTag(good, 256, 25), [/strip 0 has 240 bytes .*too few for the 250 bytes/]],
    ['millions of strips', patchTag(patchTag(good, 257, 2 ** 23), 278, 1), [/StripOffsets has 1 value, not 8388608/]],
    ['a strip behind the end', patchTag(good, 273, 1e6, 1), [/Page 2/, /strip 0 should lie at bytes 1000000 to/]],
    ['a strip over the end', patchTag(good, 279, 1e6, 2), [/Page 3/, /but the file ends at byte/]],
    ['a strip of 0 bytes', patchTag(deflated, 279, 0), [/strip 0 has 0 bytes/]],
    ['pages on the same bytes', patchTag(patchTag(good, 279, 1000), 279, 600, 1), [/overlap those of other pages/]],
    ['tiles much larger than the page', patchTag(tiles, 323, 2 ** 31), [/a tile is 16 x \d+ pixels, of a page of/]],
    ['tiles 0 wide', patchTag(tiles, 322, 0), [/TileWidth is 0/]],
    ['larger tiles', patchTag(tiles, 322, 32), [/TileOffsets has 2 values, not 1/]],
    ['predictor 3 on integers', patchTag(tiles, 317, 3), [/Predictor 3 is not defined for 8-bit/]],
    ['predictor 7', patchTag(tiles, 317, 7), [/Predictor 7/]],
    ['bits per sample 12', patchTag(good, 258, 12), [/240 bytes .*too few for the 360 bytes/]],
    ['bits per sample 24', patchTag(good, 258, 24), [/24-bit unsigned/]],
    ['planes of photometric 5', patchTag(good, 262, 5), [/PhotometricInterpretation is 5 \(CMYK\)/]],
  ];
  it.each(cases)('%s', async (_, bytes, patterns) => expectRefused(bytes, patterns));

  it('an ImageJ description that promises more than the file has', async () => {
    const bytes = fixture('special/imagej-one-directory.tif');
    const text = new TextDecoder('latin1').decode(bytes);
    bytes[text.indexOf('images=5') + 7] = 0x39;
    await expectRefused(bytes, [/the ImageJ description promises 9 planes/]);
  });
});

describe('sizes above the limits', async () => {
  const tiles = fixture('good/uint8-deflate-predictor2-little-tiles.tif');
  const good = await encodeTiffStack(expectedStack('uint16', 24, 10, 3));
  it.each([
    [
      'a page of 70000 x 70000 in the bytes of a small one',
      patchTag(patchTag(patchTag(good, 256, 70000), 257, 70000), 278, 70000),
      [/strip 0 has 480 bytes .*too few for the 9800000000/],
    ],
    [
      'a tile of 70000 x 70000',
      patchTag(patchTag(tiles, 322, 70000), 323, 70000),
      [/a tile is 70000 x 70000 pixels, of a page of/],
    ],
  ] as [string, Uint8Array, RegExp[]][])('%s', async (_, bytes, patterns) => expectRefused(bytes, patterns));

  it('a byte more than maxBytes, of a stack', () =>
    expectUndecodable(good, [/stack of .* takes 1440 bytes of memory, more than the 1439 that may be used/], {
      maxBytes: 1439,
    }));

  it('a byte more than maxBytes, of a region or a tile that it needs', async () => {
    const region = { x: 0, y: 0, width: 24, height: 10 };
    const read = async (bytes: Uint8Array, maxBytes: number, part = region) =>
      (await openTiff(memoryBytes(bytes), { maxBytes })).read(0, part);
    await expect(read(good, 479)).rejects.toThrow(
      /region of 24 x 10 uint16 values takes 480 bytes of memory, more than the 479/,
    );
    expect((await read(good, 480)).data).toHaveLength(240);
    const corner = { x: 0, y: 0, width: 2, height: 2 };
    await expect(read(tiles, 255, corner)).rejects.toThrow(
      /tile of 16 x 16 pixels takes 256 bytes of memory, more than the 255/,
    );
    expect((await read(tiles, 256, corner)).data).toHaveLength(4);
  });

  it('a section that was never written, larger than any memory: refused when it is read', async () => {
    const side = 2 ** 26;
    const empty = buildTiff([{ tags: greyTags(side, side, { 273: 0, 279: 0 }) }]);
    const source = await openTiff(memoryBytes(empty));
    expect(source.shape).toEqual([1, side, side]);
    const whole = { x: 0, y: 0, width: side, height: side };
    await expect(source.read(0, whole)).rejects.toThrow(/There is no memory for 4503599627370496 bytes/);
    expect((await source.read(0, { ...whole, width: 3, height: 2 })).data).toEqual(new Uint8Array(6));
  });

  it('many planes behind one directory', async () => {
    const count = 300_000;
    const tags = greyTags(1, 1, { 270: `ImageJ=1.54f\nimages=${count}\nslices=${count}\n` });
    const start = Date.now();
    const source = await openTiff(memoryBytes(buildTiff([{ tags, blocks: [new Uint8Array(count).fill(7)] }])));
    expect(source.shape).toEqual([count, 1, 1]);
    expect((await source.read(count - 1, { x: 0, y: 0, width: 1, height: 1 })).data).toEqual(Uint8Array.of(7));
    expect(Date.now() - start).toBeLessThan(5000);
  });

  it('one table of strips for many pages, which would take memory for each', async () => {
    const table = { type: 4, values: [8], count: 64 };
    const page = { tags: greyTags(4, 64, { 278: 1, 273: table, 279: table }) };
    const bytes = (pages: number): Uint8Array =>
      buildTiff(Array.from({ length: pages }, () => page), { prefix: new Uint8Array(256) }); // prettier-ignore
    expect((await openTiff(memoryBytes(bytes(1)))).shape).toEqual([1, 64, 4]);
    await expectRefused(bytes(40), [/the table of them, overlap those of other pages/]);
  });
});
