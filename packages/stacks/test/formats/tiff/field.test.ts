import { deflateSync } from 'node:zlib';
import { InvalidImageError, InvalidOptionError } from '@dilated-unet/core';
import { describe, expect, it } from 'vitest';
import { memoryBytes, openTiff, readWhole, type OpenOptions } from '../../../src/index.ts';
import { buildTiff, greyPage, greyTags, storedBytes, type BuiltPage } from '../../support/build-tiff.ts';
import { expectRefused } from '../../support/errors.ts';

const [WIDTH, HEIGHT] = [24, 16];
const SIZE = WIDTH * HEIGHT;

/** The pixels of plane `k`: another pattern in each. */
const plane = (k: number): Uint8Array => Uint8Array.from({ length: SIZE }, (_, i) => (i * 7 + k * 31) % 251);
const page = (k: number, tags: BuiltPage['tags'] = {}): BuiltPage => greyPage(WIDTH, HEIGHT, plane(k), tags);
const joined = (...parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]));

/** The planes that are read, by their numbers; and the notes. */
async function planes(bytes: Uint8Array, options: OpenOptions = {}) {
  const notes: string[] = [];
  const { data, depth } = await readWhole(
    await openTiff(memoryBytes(bytes), { ...options, onNote: (note) => notes.push(note) }),
  );
  const numbers = Array.from({ length: depth }, (_, z) => {
    const section = data.subarray(z * SIZE, (z + 1) * SIZE);
    return Array.from({ length: 40 }, (__, k) => k).find((k) => plane(k).every((value, i) => value === section[i]));
  });
  return { numbers, notes };
}
const numbers = async (...request: Parameters<typeof planes>) => (await planes(...request)).numbers;

describe('several planes behind one directory', () => {
  const row = joined(plane(0), plane(1), plane(2));
  const inARow = (tags: BuiltPage['tags']): Uint8Array =>
    buildTiff([{ tags: greyTags(WIDTH, HEIGHT, tags), blocks: [plane(0)], behind: row.subarray(SIZE) }]);
  const uic2 = { type: 5, values: Array.from({ length: 6 }, () => 1) };

  it.each([
    ['MetaMorph: a tag with an entry for each', { 33629: uic2 }],
    ['tifffile: its shape in JSON', { 270: '{"shape": [3, 16, 24]}' }],
    ['tifffile: its shape with names', { 270: '{"shape": [3, 16, 24], "axes": "ZYX"}' }],
    ['ImageJ: their number', { 270: 'ImageJ=1.54f\nimages=3\nslices=3\n' }],
  ])('%s', async (_, tags) => {
    expect(await numbers(inARow(tags))).toEqual([0, 1, 2]);
  });

  it('are chosen as pages are', async () => {
    const bytes = inARow({ 270: 'ImageJ=1.54f\nimages=3\nchannels=3\nhyperstack=true\n' });
    expect(await numbers(bytes, { channel: 3 })).toEqual([2]);
  });

  it.each([
    ['no description', {}],
    ['text', { 270: 'a stack of mine' }],
    ['a shape of one plane', { 270: '{"shape": [16, 24]}' }],
  ])('are a refusal where nothing says what they are: %s', async (_, tags) => {
    await expectRefused(inARow(tags), [
      /behind its pixels lie 768 bytes/,
      /room for [12] more section/,
      /stack of pages/,
    ]);
  });

  it('that are promised and missing are damage', async () => {
    await expectRefused(buildTiff([page(0, { 33629: uic2 })]), [/UIC2 promises 3 planes/, /do not follow/]);
  });

  it('are not seen in another page, which lies where they should, nor in another size than that of the page', async () => {
    const described = page(0, { 270: '{"shape": [2, 16, 24]}' });
    const other = greyPage(HEIGHT, WIDTH, plane(1));
    const message = /its description promises 2 planes, but the other 1 do not follow/;
    await expect(numbers(buildTiff([described, other]), { image: 1 })).rejects.toThrow(message);
    await expect(numbers(buildTiff([{ ...described, subIfds: [other] }]))).rejects.toThrow(message);
    await expectRefused(inARow({ 270: '{"shape": [2, 18, 24]}' }), [
      /2 planes of 24 x 18 pixels, but the page has 24 x 16/,
    ]);
  });

  it('are not seen in what a directory speaks of, nor in padding', async () => {
    const metadata = { type: 7, values: new Uint8Array(5 * SIZE) };
    expect(await numbers(buildTiff([page(0, { 65000: metadata }), page(1)]))).toEqual([0, 1]);
    const padded = buildTiff([{ ...page(0), behind: new Uint8Array(12) }, page(1)]);
    expect(await numbers(padded)).toEqual([0, 1]);
    const small = greyPage(12, 8, new Uint8Array(96));
    expect(await numbers(buildTiff([{ ...page(0), subIfds: [small, small, small, small] }]))).toEqual([0]);
  });
});

describe('axes', () => {
  const imageJ = (sizes: Record<string, number>): Uint8Array => {
    const count = Object.values(sizes).reduce((product, size) => product * size, 1);
    const text = Object.entries({ images: count, ...sizes }).map(([key, size]) => `${key}=${size}\n`);
    const description = { 270: `ImageJ=1.54f\n${text.join('')}hyperstack=true\n` };
    return buildTiff(Array.from({ length: count }, (_, k) => page(k, k === 0 ? description : {})));
  };

  it('of ImageJ: channels vary first, then slices, then frames', async () => {
    const bytes = imageJ({ channels: 2, slices: 3, frames: 2 });
    expect(await numbers(bytes, { channel: 1, time: 1 })).toEqual([0, 2, 4]);
    expect(await numbers(bytes, { channel: 2, time: 2 })).toEqual([7, 9, 11]);
    await expectRefused(bytes, [
      /2 channels and 3 sections and 2 times/,
      /Choose one channel with `channel`: from 1 to 2/,
    ]);
    await expect(numbers(bytes, { channel: 1 })).rejects.toThrow(/Choose one time with `time`: from 1 to 2/);
    await expect(numbers(bytes, { channel: 3, time: 1 })).rejects.toThrow(InvalidOptionError);
    await expect(numbers(bytes, { channel: 0, time: 1 })).rejects.toThrow(/channel must be from 1 to 2; received 0/);
  });

  it('that are one long need no choice, and take no other', async () => {
    const bytes = imageJ({ channels: 1, slices: 3, frames: 1 });
    expect(await numbers(bytes)).toEqual([0, 1, 2]);
    expect(await numbers(bytes, { channel: 1, time: 1, image: 1 })).toEqual([0, 1, 2]);
    await expect(numbers(bytes, { time: 2 })).rejects.toThrow(/time must be 1, since there is one time/);
    await expect(numbers(bytes, { image: 2 })).rejects.toThrow(/image must be 1, since there is one image/);
  });

  it('that were perhaps meant for sections: says how to exchange them', async () => {
    await expectRefused(imageJ({ frames: 3 }), [/3 times/, /exchange them with the slices/]);
    await expectRefused(imageJ({ channels: 3 }), [/3 channels/, /exchange them with the slices/]);
  });

  it('that an older description speaks of, which pages were taken from', async () => {
    const kept = (description: string) => buildTiff([page(3, { 270: description }), page(4)]);
    expect(await numbers(kept('ImageJ=1.54f\nimages=30\nslices=30\n'))).toEqual([3, 4]);
    await expectRefused(kept('ImageJ=1.54f\nimages=60\nchannels=2\nslices=30\n'), [
      /2 channels and 30 sections.*has 2 pages/,
    ]);
  });

  it.each([
    ['XYCZT', [0, 2, 4], [7, 9, 11]],
    ['XYZCT', [0, 1, 2], [9, 10, 11]],
    ['XYZTC', [0, 1, 2], [9, 10, 11]],
    ['XYTCZ', [0, 4, 8], [3, 7, 11]],
  ])('of OME-TIFF in the order %s', async (order, first, last) => {
    const xml =
      ome(`<Image Name="a"><Pixels DimensionOrder="${order}" SizeC="2" SizeZ="3" SizeT="2" SizeX="24" SizeY="16"
      Type="uint8"><Channel Name="DAPI"/><Channel Name="Golgi &amp; ER"/><TiffData/></Pixels></Image>`);
    const bytes = buildTiff(Array.from({ length: 12 }, (_, k) => page(k, k === 0 ? { 270: xml } : {})));
    expect(await numbers(bytes, { channel: 1, time: 1 })).toEqual(first);
    expect(await numbers(bytes, { channel: 2, time: 2 })).toEqual(last);
    await expectRefused(bytes, [/as the OME-XML says/, /`(channel|time)`/]);
    await expect(numbers(bytes, { time: 1 })).rejects.toThrow(/1 \(DAPI\), 2 \(Golgi & ER\)/);
  });

  it('of OME-TIFF whose planes lie in pages of another order, and in two images', async () => {
    const data = (...pages: readonly number[]) =>
      pages.map((ifd, z) => `<TiffData IFD="${ifd}" FirstZ="${z}" PlaneCount="1"/>`).join('');
    const pixels = (name: string, sizeZ: number, more: string) =>
      `<ome:Image Name="${name}"><ome:Pixels DimensionOrder="XYZCT" SizeC="1" SizeZ="${sizeZ}" SizeT="1">${more.replaceAll('<T', '<ome:T')}</ome:Pixels></ome:Image>`;
    const xml = `<?xml version="1.0"?><!-- a warning --><ome:OME xmlns:ome="x">${pixels('low', 2, data(4, 0))}${pixels('high', 3, data(3, 2, 1))}</ome:OME>`;
    const bytes = buildTiff(Array.from({ length: 5 }, (_, k) => page(k, k === 0 ? { 270: xml } : {})));
    expect(await numbers(bytes, { image: 1 })).toEqual([4, 0]);
    expect(await numbers(bytes, { image: 2 })).toEqual([3, 2, 1]);
    await expectRefused(bytes, [/2 images: 1: low, 2 pages .*; 2: high, 3 pages/, /with `image`/]);
  });

  it.each([
    [
      'planes in other files',
      '<TiffData IFD="0"><UUID FileName="a.ome.tif">urn:uuid:1</UUID></TiffData><TiffData IFD="0" FirstZ="1"><UUID FileName="b.ome.tif">urn:uuid:2</UUID></TiffData>',
      /other sections lie in b\.ome\.tif/,
    ],
    [
      'pages that are not there',
      '<TiffData IFD="0"/><TiffData IFD="7" FirstZ="1"/>',
      /plane 2 lies in page 8, of the 2/,
    ],
    ['planes in no page', '<TiffData IFD="0"/>', /plane 2 lies in no page/],
    ['a number that is none', '<TiffData IFD="x"/>', /IFD of TiffData is "x", not a whole number/],
  ])('of OME-TIFF: %s', async (_, data, message) => {
    const xml = ome(`<Image><Pixels DimensionOrder="XYZCT" SizeC="1" SizeZ="2" SizeT="1">${data}</Pixels></Image>`);
    await expectRefused(buildTiff([page(0, { 270: xml }), page(1)]), [message]);
  });

  it('of OME-TIFF that speaks of fewer pages than there are', async () => {
    const xml = ome('<Image><Pixels DimensionOrder="XYZCT" SizeC="1" SizeZ="1" SizeT="1"><TiffData/></Pixels></Image>');
    await expectRefused(buildTiff([page(0, { 270: xml }), page(1)]), [/The OME-XML says nothing of page 2, of the 2/]);
    const marked = buildTiff([page(0, { 270: xml }), page(1, { 254: 1 })]);
    expect(await numbers(marked)).toEqual([0]);
  });

  it('of OME-TIFF in a companion file', async () => {
    const xml = ome('<BinaryOnly MetadataFile="set.companion.ome" UUID="urn:uuid:3"/>');
    await expectRefused(buildTiff([page(0, { 270: xml })]), [/said in set\.companion\.ome, which is not read/]);
  });

  it.each([
    ['TYX', { time: 2 }, [1]],
    ['CYX', { channel: 3 }, [2]],
    ['ZYX', {}, [0, 1, 2]],
  ])('of tifffile, named %s', async (axes, selection, expected) => {
    const text = JSON.stringify({ shape: [3, 16, 24], axes }).replace('"shape":', '"shape": ');
    const bytes = buildTiff([0, 1, 2].map((k) => page(k, k === 0 ? { 270: text } : {})));
    expect(await numbers(bytes, selection)).toEqual(expected);
    if (axes !== 'ZYX') await expectRefused(bytes, [/3 (times|channels)/]);
  });

  it.each([
    ['numbers that JSON does not have', '"focus": NaN, "range": [-Infinity, Infinity], "note": "NaN \\" Infinity"'],
    ['more text than is read at first', `"info": "${'x'.repeat(2 ** 16)}"`],
  ])('of tifffile, with %s', async (_, metadata) => {
    const text = `{"shape": [2, 16, 24], ${metadata}, "axes": "CYX"}`;
    const bytes = buildTiff([0, 1].map((k) => page(k, k === 0 ? { 270: text } : {})));
    expect(await numbers(bytes, { channel: 2 })).toEqual([1]);
    await expectRefused(bytes, [/2 channels/]);
    const twice = buildTiff([0, 1, 2, 3].map((k) => page(k, k % 2 === 0 ? { 270: text } : {})));
    await expectRefused(twice, [/2 images: 1: 2 pages/]);
  });

  it.each(['{"shape": [2, 16, 24], "axes": "CY', '{"shape": [2, 16, 24], "axes": CYX}'])(
    'of tifffile that cannot be read: %s',
    async (text) => {
      await expectRefused(buildTiff([page(0, { 270: text }), page(1)]), [
        /JSON that describes the file cannot be read/,
        /names of its axes, in Python: tifffile\.imwrite/,
      ]);
    },
  );

  it('of tifffile without names: two of them are not guessed', async () => {
    const bytes = buildTiff(
      Array.from({ length: 6 }, (_, k) => page(k, k === 0 ? { 270: '{"shape": [2, 3, 16, 24]}' } : {})),
    );
    await expectRefused(bytes, [/its shape is 2 x 3 x 16 x 24/, /metadata=\{'axes': 'CZYX'\}/]);
  });
});

const ome = (content: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" UUID="urn:uuid:1">${content}</OME>`;

describe('several images in one file', () => {
  it('of other sizes or types are a refusal that names them, and one can be chosen', async () => {
    const thumbnail = greyPage(6, 4, new Uint8Array(24));
    const bytes = buildTiff([page(0), page(1), thumbnail]);
    await expectRefused(bytes, [/2 images: 1: 2 pages of 24 x 16 pixels of uint8; 2: 1 page of 6 x 4/]);
    expect(await numbers(bytes, { image: 1 })).toEqual([0, 1]);
    await expect(numbers(bytes, { image: 3 })).rejects.toThrow(/image must be from 1 to 2; received 3/);
  });

  it('of which one is in colour: the other can be chosen', async () => {
    const colour: BuiltPage = {
      tags: greyTags(6, 4, { 258: [8, 8, 8, 8], 262: 5, 277: 4 }),
      blocks: [new Uint8Array(96)],
    };
    const bytes = buildTiff([page(0), colour]);
    await expectRefused(bytes, [
      /2: 1 page of 6 x 4 pixels of another kind/,
      /PhotometricInterpretation is 5 \(CMYK\)/,
    ]);
    expect(await numbers(bytes, { image: 1 })).toEqual([0]);
    await expect(numbers(bytes, { image: 2 })).rejects.toThrow(/PhotometricInterpretation is 5 \(CMYK\)/);
  });

  it('of tifffile, of one size', async () => {
    const stack = { 270: '{"shape": [2, 16, 24]}' };
    const bytes = buildTiff([page(0, stack), page(1), page(2, stack), page(3)]);
    await expectRefused(bytes, [/2 images: 1: 2 pages/]);
    expect(await numbers(bytes, { image: 2 })).toEqual([2, 3]);
    const single = { 270: '{"shape": [16, 24]}' };
    expect(await numbers(buildTiff([page(0, single), page(1, single), page(2, single)]))).toEqual([0, 1, 2]);
  });

  it.each([
    ['smaller copies', { 254: 1 }],
    ['masks of transparency', { 254: 4 }],
    ['smaller copies, by the older tag', { 255: 2 }],
  ])('that are marked as %s are passed over, and it is said', async (_, mark) => {
    const small = greyPage(6, 4, new Uint8Array(24), mark);
    const { numbers: read, notes } = await planes(buildTiff([page(0), small, page(1), small]));
    expect(read).toEqual([0, 1]);
    expect(notes).toEqual([expect.stringMatching(/passed over: 2, 4\.$/)]);
  });

  it('that are all marked are read', async () => {
    expect(await numbers(buildTiff([page(0, { 254: 1 }), page(1, { 254: 1 })]))).toEqual([0, 1]);
  });

  it('a copy that cannot be read does not matter', async () => {
    const jpeg = { tags: greyTags(6, 4, { 254: 1, 259: 6 }), blocks: [new Uint8Array(24)] };
    expect(await numbers(buildTiff([page(0), jpeg]))).toEqual([0]);
    expect(await numbers(buildTiff([{ ...page(0), subIfds: [jpeg] }]))).toEqual([0]);
  });
});

describe('palettes', () => {
  const map = (of: (i: number) => number, green = of) =>
    [of, green, of].flatMap((colour) => Array.from({ length: 256 }, (_, i) => colour(i)));

  it.each([
    ['a ramp of 16 bits', map((i) => i * 257)],
    ['a ramp that fills the higher byte', map((i) => i * 256)],
    ['a ramp of 8 bits', map((i) => i)],
  ])('%s is grey', async (_, colours) => {
    expect(await numbers(buildTiff([page(0, { 262: 3, 320: colours }), page(1, { 262: 3, 320: colours })]))).toEqual([
      0, 1,
    ]);
  });

  it('a ramp from white to black is what one sees', async () => {
    const bytes = buildTiff([page(5, { 262: 3, 320: map((i) => (255 - i) * 257) })]);
    const { data } = await readWhole(await openTiff(memoryBytes(bytes)));
    expect(data).toEqual(plane(5).map((value) => 255 - value));
  });

  it('of colours are a refusal for images, and of labels the numbers count', async () => {
    const bytes = buildTiff([
      page(2, {
        262: 3,
        320: map(
          (i) => i * 257,
          () => 0,
        ),
      }),
    ]);
    await expectRefused(bytes, [/a colour palette/, /Convert it to grey/]);
    expect(await numbers(bytes, { labels: true })).toEqual([2]);
  });
});

describe('tables that say little', () => {
  it('no byte counts, or zeros, of what is stored as it is', async () => {
    expect(await numbers(buildTiff([{ ...page(0), withoutByteCounts: true }]))).toEqual([0]);
    expect(await numbers(buildTiff([page(0, { 279: 0 }), page(1)]))).toEqual([0, 1]);
    const strips = {
      tags: greyTags(WIDTH, HEIGHT, { 278: 8, 279: [0, 0] }),
      blocks: [plane(3).subarray(0, 192), plane(3).subarray(192)],
    };
    expect(await numbers(buildTiff([strips]))).toEqual([3]);
  });

  it.each([
    [undefined, 0],
    ['7', 7],
    ['nan', 0],
  ])('tiles that were never written: GDAL says %s', async (noData, fill) => {
    const tiles = [0, 1, 2, 3].map((k) => new Uint8Array(256).fill(50 + k));
    tiles[1] = new Uint8Array(0);
    const { 278: _, ...tags } = greyTags(32, 32, { 322: 16, 323: 16, ...(noData !== undefined && { 42113: noData }) });
    const { data } = await readWhole(await openTiff(memoryBytes(buildTiff([{ tags, blocks: tiles }]))));
    expect([data[0], data[16], data[31], data[32 * 16], data[1023]]).toEqual([50, fill, fill, 52, 53]);
    const compressed = tiles.map((tile) => (tile.length === 0 ? tile : new Uint8Array(deflateSync(tile))));
    const bytes = buildTiff([{ tags: { ...tags, 259: 8 }, blocks: compressed }]);
    expect((await readWhole(await openTiff(memoryBytes(bytes)))).data).toEqual(data);
  });

  it.each([
    [8, 1, '-9999', 0],
    [8, 1, '256', 0],
    [8, 1, '3.5', 0],
    [1, 1, '7', 0],
    [8, 2, '-128', -128],
    [8, 2, '128', 0],
    [32, 3, '3.5', 3.5],
    [32, 3, ' nan ', NaN],
    [32, 3, 'none', 0],
    [32, 3, '-1.7976931348623157e+308', 0],
  ])('of %i bits and format %i: %s is taken where it is one of their values', async (bits, format, noData, fill) => {
    const tags = greyTags(16, 16, { 258: bits, 273: 0, 279: 0, 339: format, 42113: noData });
    const { data } = await readWhole(await openTiff(memoryBytes(buildTiff([{ tags }]))));
    expect(data[0]).toBe(fill);
  });

  it.each([
    [32, 1, '4294967295', -1],
    [32, 1, '4294967295.0', -1],
    [64, 1, '18446744073709551615', -1],
    [64, 2, '-1', -1],
    [64, 2, '16777216', 2 ** 24],
  ])(
    'labels of %i bits and format %i: %s is what it would be if it were stored',
    async (bits, format, noData, fill) => {
      const tags = greyTags(16, 16, { 258: bits, 273: 0, 279: 0, 339: format, 42113: noData });
      const { data } = await readWhole(await openTiff(memoryBytes(buildTiff([{ tags }])), { labels: true }));
      expect(data[0]).toBe(fill);
    },
  );

  it.each<[number, number, string, 'Uint32' | 'Int32' | 'BigUint64', number | bigint, RegExp]>([
    [32, 1, '20000000', 'Uint32', 20_000_000, /Page 1 .*: the value 20000000 is too large: integers of 32 and 64 bits/],
    [32, 2, '-20000000', 'Int32', -20_000_000, /the value -20000000 is too large/],
    [64, 1, '9007199254740993', 'BigUint64', 2n ** 53n + 1n, /the value 9007199254740992 is too large/],
  ])(
    '%i bits, format %i: %s is too large for grey, and of labels the id that is stored',
    async (bits, format, noData, type, id, message) => {
      const stored = storedBytes(
        type,
        Array.from({ length: 256 }, () => id),
      );
      const { 278: _, ...tags } = greyTags(32, 16, { 258: bits, 322: 16, 323: 16, 339: format, 42113: noData });
      const bytes = buildTiff([{ tags, blocks: [stored, new Uint8Array(0)] }]);
      const unwritten = { x: 16, y: 0, width: 16, height: 16 };
      await expect((await openTiff(memoryBytes(bytes))).read(0, unwritten)).rejects.toThrow(message);
      const labels = await openTiff(memoryBytes(bytes), { labels: true });
      if (id < 0) return expect(labels.read(0, unwritten)).rejects.toThrow(message);
      const { data } = await readWhole(labels);
      expect(data[0]).toBeGreaterThan(2 ** 24);
      expect(new Set(data).size).toBe(1);
    },
  );

  it('floating-point values above the range of float32 are refused, as those that are stored', async () => {
    const tags = greyTags(16, 16, { 258: 64, 273: 0, 279: 0, 339: 3, 42113: '-1.7976931348623157e+308' });
    const source = await openTiff(memoryBytes(buildTiff([{ tags }])));
    await expect(readWhole(source)).rejects.toThrow(/the value -1\.79\d+e\+308 is outside of the range of 32-bit/);
  });

  it('an offset of 0 with bytes is damage', async () => {
    await expectRefused(buildTiff([page(0, { 273: 0 })]), [/strip 0 should lie at byte 0/]);
  });
});

it.each([
  [8, 1, Uint8Array.of(0, 100, 255), [255, 155, 0], /turned round/],
  [32, 3, storedBytes('Float32', [0, 0.5, 1]), [0, 0.5, 1], /float32 values are read as they are stored/],
  [16, 2, storedBytes('Int16', [-5, 0, 5]), [-5, 0, 5], /int16 values are read as they are stored/],
])('white as 0, %i bits of format %i: it is said what is done', async (bits, format, block, expected, note) => {
  const bytes = buildTiff([greyPage(3, 1, block, { 258: bits, 262: 0, 339: format })]);
  const notes: string[] = [];
  const source = await openTiff(memoryBytes(bytes), { onNote: (one) => notes.push(one) });
  expect([...(await readWhole(source)).data]).toEqual(expected);
  expect(notes).toEqual([expect.stringMatching(note)]);
});

describe('labels with white as 0', () => {
  const file = (bits: 8 | 16, values: readonly number[]): Uint8Array =>
    buildTiff([greyPage(3, 1, storedBytes(`Uint${bits}`, values), { 258: bits, 262: 0 })]);

  it.each([8, 16] as const)('of %i bits: two values are turned round, ids are not', async (bits) => {
    const highest = 2 ** bits - 1;
    const mask = await openTiff(memoryBytes(file(bits, [0, highest, 0])), { labels: true });
    expect([...(await readWhole(mask)).data]).toEqual([highest, 0, highest]);
    const ids = await openTiff(memoryBytes(file(bits, [0, 7, highest])), { labels: true });
    await expect(readWhole(ids)).rejects.toBeInstanceOf(InvalidImageError);
    await expect(readWhole(ids)).rejects.toThrow(
      new RegExp(`other values than 0 and ${highest}, such as 7, .*without an inverting lookup table`),
    );
    const grey = await openTiff(memoryBytes(file(bits, [0, 7, highest])));
    expect([...(await readWhole(grey)).data]).toEqual([highest, highest - 7, 0]);
  });

  it('of 1 bit are turned round', async () => {
    const bytes = buildTiff([greyPage(8, 1, Uint8Array.of(0b10100000), { 258: 1, 262: 0 })]);
    const { data } = await readWhole(await openTiff(memoryBytes(bytes), { labels: true }));
    expect([...data]).toEqual([0, 255, 0, 255, 255, 255, 255, 255]);
  });
});
