import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { memoryBytes, openTiff, readWhole, type OpenOptions } from '../../../src/index.ts';
import { buildTiff, greyTags, storedBytes, type BuiltPage } from '../../support/build-tiff.ts';
import { expectRefused } from '../../support/errors.ts';
import { fixture } from '../../support/fixtures.ts';

const [WIDTH, HEIGHT] = [24, 16];
const SIZE = WIDTH * HEIGHT;

/** The value of sample `k` of pixel `i` in section `z`. */
const value = (i: number, k: number, z: number): number => (i * 7 + k * 31 + z * 57) % 251;
const plane = (k: number, z: number): number[] => Array.from({ length: SIZE }, (_, i) => value(i, k, z));

interface Kind {
  readonly samples: number;
  readonly type?: 'Uint8' | 'Uint16' | 'Float32' | 'BigInt64';
  readonly planar?: boolean;
  readonly tiles?: boolean;
  readonly predictor?: 2 | 3;
  readonly rgb?: boolean;
  readonly littleEndian?: boolean;
  readonly tags?: BuiltPage['tags'];
}
const FORMATS = { Uint8: 1, Uint16: 1, Float32: 3, BigInt64: 2 } as const;

/** Values of a block of rows as differences from the pixel on the left, for predictor 2; predictor 3 as bytes by their rank. */
function predicted(values: number[], columns: number, samples: number, kind: Kind): Uint8Array {
  const { type = 'Uint8', littleEndian = true } = kind;
  const rowValues = columns * samples;
  const convert = (numbers: number[], little = littleEndian): Uint8Array =>
    storedBytes(type, type === 'BigInt64' ? numbers.map(BigInt) : numbers, little);
  if (kind.predictor === undefined) return convert(values);
  if (kind.predictor === 2) {
    const bits = Number(/\d+/.exec(type)?.[0]);
    return convert(values.map((v, i) => (i % rowValues < samples ? v : (v - (values[i - samples] as number) + 2 ** bits) % 2 ** bits))); // prettier-ignore
  }
  const big = convert(values, false);
  const out = new Uint8Array(big.length);
  for (let row = 0; row < values.length / rowValues; row++) {
    const start = row * rowValues * 4;
    const ranked = Array.from({ length: rowValues * 4 }, (_, i) => big[start + (i % rowValues) * 4 + Math.floor(i / rowValues)] as number); // prettier-ignore
    ranked.forEach((byte, i) => (out[start + i] = byte - (i < samples ? 0 : (ranked[i - samples] as number))));
  }
  return out;
}

/** A page of several samples a pixel: two strips, or tiles of 16 x 16. */
function page(z: number, kind: Kind, of = value): BuiltPage {
  const { samples, type = 'Uint8', planar = false, tiles = false, rgb = false, tags } = kind;
  const [columns, rows] = tiles ? [16, 16] : [WIDTH, 10];
  const parts = planar
    ? Array.from({ length: samples }, (_, k) => [k])
    : [Array.from({ length: samples }, (_, k) => k)];
  const blocks = parts.flatMap((own) => {
    const all: Uint8Array[] = [];
    for (let top = 0; top < HEIGHT; top += rows) {
      for (let left = 0; left < WIDTH; left += columns) {
        const height = tiles ? rows : Math.min(rows, HEIGHT - top);
        const values = Array.from({ length: height * columns }, (_, i) => {
          const [x, y] = [left + (i % columns), top + Math.floor(i / columns)];
          return own.map((k) => (x < WIDTH ? of(y * WIDTH + x, k, z) : 0));
        }).flat();
        const bytes = predicted(values, columns, own.length, kind);
        all.push(kind.predictor === undefined ? bytes : new Uint8Array(deflateSync(bytes)));
      }
    }
    return all;
  });
  const bits = Number(/\d+/.exec(type)?.[0]);
  const { 278: _, ...rest } = greyTags(WIDTH, HEIGHT, {
    258: Array.from({ length: samples }, () => bits),
    262: rgb ? 2 : 1,
    277: samples,
    284: planar ? 2 : 1,
    339: Array.from({ length: samples }, () => FORMATS[type]),
    ...(kind.predictor && { 259: 8, 317: kind.predictor }),
    ...tags,
  });
  return { tags: { ...rest, ...(tiles ? { 322: columns, 323: rows } : { 278: rows }) }, blocks };
}

const build = (depth: number, kind: Kind, of = value): Uint8Array =>
  buildTiff(
    Array.from({ length: depth }, (_, z) => page(z, z === 0 ? kind : { ...kind, tags: {} }, of)),
    { littleEndian: kind.littleEndian ?? true },
  );

async function read(bytes: Uint8Array, options: OpenOptions = {}) {
  const notes: string[] = [];
  const source = await openTiff(memoryBytes(bytes), { ...options, onNote: (note) => notes.push(note) });
  const { data, depth } = await readWhole(source);
  return { notes, sections: Array.from({ length: depth }, (_, z) => [...data.subarray(z * SIZE, (z + 1) * SIZE)]) };
}

describe('several samples a pixel are channels', () => {
  it.each<[string, Kind]>([
    ['together, in strips', { samples: 2 }],
    ['each in strips of its own', { samples: 2, planar: true }],
    ['together, in tiles', { samples: 3, tiles: true }],
    ['each in tiles of its own', { samples: 3, tiles: true, planar: true }],
    ['of 16 bits, big-endian', { samples: 3, type: 'Uint16', littleEndian: false }],
    ['of floating-point values', { samples: 5, type: 'Float32' }],
    ['of 64-bit integers', { samples: 2, type: 'BigInt64', littleEndian: false }],
    ['in differences', { samples: 3, predictor: 2 }],
    ['in differences of 16 bits', { samples: 2, predictor: 2, type: 'Uint16' }],
    [
      'in differences, big-endian, in tiles',
      { samples: 4, predictor: 2, type: 'Uint16', littleEndian: false, tiles: true },
    ],
    ['in differences, each on its own', { samples: 3, predictor: 2, planar: true }],
    ['in floating-point differences', { samples: 3, predictor: 3, type: 'Float32' }],
    ['of colours', { samples: 3, rgb: true }],
  ])('%s', async (_, kind) => {
    const bytes = build(3, kind);
    for (let channel = 1; channel <= kind.samples; channel++) {
      const { sections } = await read(bytes, { channel });
      expect(sections).toEqual([0, 1, 2].map((z) => plane(channel - 1, z)));
    }
    await expect(read(bytes, { channel: kind.samples + 1 })).rejects.toThrow(
      `channel must be from 1 to ${kind.samples}`,
    );
  });

  it('in a region, which needs a part of the tiles', async () => {
    for (const planar of [false, true]) {
      const source = await openTiff(memoryBytes(build(1, { samples: 3, tiles: true, planar })), { channel: 2 });
      const { data } = await source.read(0, { x: 14, y: 3, width: 5, height: 2 });
      expect([...data]).toEqual([3, 4].flatMap((y) => [14, 15, 16, 17, 18].map((x) => value(y * WIDTH + x, 1, 0))));
    }
  });

  it('none is taken unasked', async () => {
    await expectRefused(build(3, { samples: 2 }), [
      /There are 2 channels and 3 sections, as the number of samples a pixel says/,
      /Choose one channel with `channel`: from 1 to 2\.$/,
    ]);
    await expect(read(build(1, { samples: 2 }), { labels: true })).rejects.toThrow(
      /2 channels.*Save the channel that has the labels as a file of its own/,
    );
  });

  it('behind one directory', async () => {
    for (const planar of [false, true]) {
      const shape = planar ? [2, 3, HEIGHT, WIDTH] : [2, HEIGHT, WIDTH, 3];
      const kind = { samples: 3, planar, tags: { 270: JSON.stringify({ shape }).replace(':', ': ') } };
      const [first, second] = [page(0, kind), page(1, kind)];
      const behind = Uint8Array.from((second.blocks ?? []).flatMap((block) => [...block]));
      const bytes = buildTiff([{ ...first, behind }]);
      expect((await read(bytes, { channel: 3 })).sections).toEqual([plane(2, 0), plane(2, 1)]);
    }
  });

  it.each(['YXS', 'SYX'])('of tifffile, named Z%s', async (inner) => {
    const planar = inner === 'SYX';
    const shape = planar ? [2, 3, HEIGHT, WIDTH] : [2, HEIGHT, WIDTH, 3];
    const text = JSON.stringify({ shape, axes: `Z${inner}` }).replace(':', ': ');
    const bytes = build(2, { samples: 3, planar, tags: { 270: text } });
    expect((await read(bytes, { channel: 2 })).sections).toEqual([plane(1, 0), plane(1, 1)]);
    const five = JSON.stringify({ shape: [2, 5, ...shape.slice(1)] }).replace(':', ': ');
    await expectRefused(build(10, { samples: 3, planar, tags: { 270: five } }), [
      new RegExp(`metadata=\\{'axes': 'CZ${inner}'\\}`),
    ]);
  });

  it.each<[string, Kind, RegExp]>([
    ['JPEG', { samples: 3, rgb: true, tags: { 259: 7 } }, /pixels of 3 samples in JPEG are not supported\. Rewrite/],
    ['packed values', { samples: 3, tags: { 258: [4, 4, 4] } }, /pixels of 3 samples of 4 bits are not supported/],
    ['samples that differ', { samples: 3, tags: { 258: [8, 8, 16] } }, /differ in BitsPerSample \(8, 8, 16\)/],
    ['YCbCr', { samples: 3, tags: { 262: 6 } }, /PhotometricInterpretation is 6 \(YCbCr\) with 3 samples/],
    ['colours of two samples', { samples: 2, rgb: true }, /is 2 \(RGB\) with 2 samples a pixel/],
    ['another configuration', { samples: 2, tags: { 284: 3 } }, /PlanarConfiguration is 3/],
    ['a palette', { samples: 2, tags: { 262: 3 } }, /a palette for 2 samples a pixel/],
    ['no sample', { samples: 2, tags: { 277: 0 } }, /SamplesPerPixel is 0/],
  ])('%s: refused', async (_, kind, message) => {
    await expectRefused(build(1, kind), [message]);
  });
});

describe('samples beside the channels of a description', () => {
  const ome = (sizeC: number, channels: string): string =>
    `<OME xmlns="x"><Image><Pixels DimensionOrder="XYCZT" SizeC="${sizeC}" SizeZ="2" SizeT="1">${channels}<TiffData/></Pixels></Image></OME>`;

  it('OME: each channel has samples, which vary first', async () => {
    const channel = (name: string): string => `<Channel Name="${name}" SamplesPerPixel="3"/>`;
    const bytes = build(4, { samples: 3, tags: { 270: ome(6, channel('EM') + channel('overlay')) } });
    // Pages: z 0 of both channels, then z 1.
    expect((await read(bytes, { channel: 2 })).sections).toEqual([plane(1, 0), plane(1, 2)]);
    expect((await read(bytes, { channel: 6 })).sections).toEqual([plane(2, 1), plane(2, 3)]);
    await expectRefused(bytes, [
      /6 channels and 2 sections, as the OME-XML says/,
      /1 \(EM\), 2 \(EM\), 3 \(EM\), 4 \(overlay\), 5 \(overlay\), 6 \(overlay\)\./,
    ]);
  });

  it('OME that does not say how many samples', async () => {
    const bytes = build(2, { samples: 3, planar: true, tags: { 270: ome(3, '') } });
    expect((await read(bytes, { channel: 3 })).sections).toEqual([plane(2, 0), plane(2, 1)]);
  });

  it('ImageJ: colours of a stack', async () => {
    const bytes = build(2, { samples: 3, rgb: true, tags: { 270: 'ImageJ=1.54f\nimages=2\nslices=2\n' } });
    expect((await read(bytes, { channel: 1 })).sections).toEqual([plane(0, 0), plane(0, 1)]);
  });

  it('Zeiss LSM: its names, sections and times, a thumbnail after each page', async () => {
    const names = ['Ch1-T1', 'ChS2'].flatMap((name) => [name.length + 1, 0, 0, 0, ...[...name, '\0'].map((c) => c.charCodeAt(0))]); // prettier-ignore
    const head = [24 + names.length, 2, 2, 0, 24, 0].flatMap((n) => [n, 0, 0, 0]);
    const tag = new Uint8Array(112);
    const view = new DataView(tag.buffer);
    [0x0400494c, 112, WIDTH, HEIGHT, 2, 2, 2].forEach((n, i) => view.setUint32(4 * i, n, true));
    view.setUint16(88, 6, true);
    // The names lie behind the header of the file.
    view.setUint32(108, 8, true);
    // Its two BitsPerSample lie behind the names, though they would fit into the directory.
    const bits = { type: 3, values: [8 + head.length + names.length, 0] };
    const kind: Kind = { samples: 2, planar: true, tags: { 34412: { type: 1, values: tag }, 258: bits } };
    const thumbnail: BuiltPage = {
      tags: greyTags(4, 4, { 254: 1, 258: [8, 8], 277: 2, 284: 2 }),
      blocks: [new Uint8Array(16), new Uint8Array(16)],
    };
    const pages = [0, 1, 2, 3].flatMap((z) => [page(z, z === 0 ? kind : { ...kind, tags: { 258: bits } }), thumbnail]);
    const bytes = buildTiff(pages, { prefix: Uint8Array.from([...head, ...names, 8, 0, 8, 0]) });
    expect((await read(bytes, { channel: 2, time: 2 })).sections).toEqual([plane(1, 2), plane(1, 3)]);
    await expectRefused(bytes, [/2 channels and 2 sections and 2 times/, /1 \(Ch1-T1\), 2 \(ChS2\)/]);
    await expect(read(bytes, { channel: 1 })).rejects.toThrow(/as the Zeiss tag says\. Choose one time with `time`/);
  });
});

describe('a picture', () => {
  const rgb = { samples: 3, rgb: true };
  const grey = (i: number, _: number, z: number): number => value(i, 0, z);

  it.each([false, true])('whose colours are equal is grey, and it is said (planar: %s)', async (planar) => {
    const { sections, notes } = await read(build(2, { ...rgb, planar }, grey));
    expect(sections).toEqual([plane(0, 0), plane(0, 1)]);
    expect(notes).toEqual(['Of the picture red, green, blue are equal in every pixel, and read as grey.']);
  });

  it.each([false, true])('in colour is refused, whatever the section (planar: %s)', async (planar) => {
    const one = (i: number, k: number, z: number): number => (z === 2 && i === 300 && k === 1 ? 1 : grey(i, k, z));
    await expectRefused(build(3, { ...rgb, planar }, one), [
      /in colour: the pixel at x 12, y 12 of section 3 has red \d+, green 1, blue \d+\./,
      /Choose a channel with `channel`: 1 \(red\), 2 \(green\), 3 \(blue\)\. Or: Convert it to grey/,
    ]);
    const labels = openTiff(memoryBytes(build(3, { ...rgb, planar }, one)), { labels: true });
    await expect(labels).rejects.toThrow(/in colour.*\. Save ids of cells as numbers of 16 or 32 bits/);
  });

  it.each([
    [
      4,
      true,
      'red, green, blue are equal in every pixel, and read as grey; alpha is opaque in every pixel, and passed over',
    ],
    [2, false, 'alpha is opaque in every pixel, and passed over'],
  ])('of %d samples that is opaque', async (samples, isRgb, note) => {
    const kind = { samples, rgb: isRgb, tags: { 338: 2 } };
    const opaque = (highest: number) => (i: number, k: number, z: number) =>
      k === samples - 1 ? highest : grey(i, k, z);
    expect(await read(build(1, kind, opaque(255)))).toEqual({
      sections: [plane(0, 0)],
      notes: [`Of the picture ${note}.`],
    });
    await expectRefused(build(1, kind, opaque(254)), [/transparent: the pixel at x 0, y 0 has .*alpha 254/]);
    // White is 0, which alpha knows nothing of.
    const inverted = await read(build(1, { ...kind, tags: { 338: 2, 262: isRgb ? 2 : 0 } }, opaque(255)));
    expect(inverted.sections).toEqual([plane(0, 0).map((v) => (isRgb ? v : 255 - v))]);
  });

  it.each([
    ['three', 3, /in colour: the pixel at x 0, y 0 has red 40, green 8231, blue 16422\./],
    ['four', 4, /in colour: the pixel at x 0, y 0 has red 5, .*, alpha \d+\./],
  ] as const)('whose planes may be %s sections is refused as such first', async (name, count, colour) => {
    const first = new RegExp(
      `^If the ${count} planes of the file are sections and no colours, save them again as pages, in Python: ` +
        String.raw`tifffile\.imwrite\(path, data, photometric='minisblack'\)\. The picture is `,
    );
    const bytes = fixture(`special/${name}-sections.tif`);
    await expectRefused(bytes, [first, colour, /Choose a channel with `channel`: 1 \(red\)/]);
    await expect(openTiff(memoryBytes(bytes), { labels: true })).rejects.toThrow(first);
    // Where a description says how many sections there are beside the colours, they are none.
    const sections = JSON.stringify({ shape: [2, count, HEIGHT, WIDTH] }).replace(':', ': ');
    const others: Kind = { samples: count, rgb: true, planar: true, tags: { 338: 2, 270: sections } };
    await expectRefused(build(2, others), [/^The picture is in colour/]);
  });

  it('with a sample that is no transparency has channels', async () => {
    await expectRefused(build(1, { ...rgb, samples: 4 }, grey), [/There are 4 channels and 1 section/]);
  });
});
