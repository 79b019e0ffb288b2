import { deflateSync } from 'node:zlib';
import { stream } from '@dilated-unet/trainer';
import { buildTiff, greyTags, type BuiltPage, type TagValue } from '../../packages/stacks/test/support/build-tiff.ts';

/** Numbers that follow from a seed. */
interface Draw {
  /** An integer from 0 up to `count`, excluded. */
  below(count: number): number;
  chance(share: number): boolean;
  of<T>(choices: readonly T[]): T;
}

function drawer(seed: number, index: number): Draw {
  const random = stream(seed, 'mutated tiff', index);
  const below = (count: number): number => Math.floor(random.uniform() * count);
  return {
    below,
    chance: (share) => random.uniform() < share,
    of: (choices) => choices[below(choices.length)] as (typeof choices)[number],
  };
}

/** Bits and SampleFormat. */
const TYPES = [
  [1, 1], [2, 1], [4, 1], [8, 1], [12, 1], [16, 1], [32, 1], [64, 1], [8, 2], [16, 2], [32, 2], [64, 2], [16, 3], [32, 3], [64, 3],
] as const; // prettier-ignore

/** File number `index` of a seed: a file of some kind that people bring, with none or a few of its facts changed. */
export function mutatedTiff(seed: number, index: number): Uint8Array {
  const draw = drawer(seed, index);
  const littleEndian = draw.chance(0.7);
  const file = { littleEndian, bigTiff: draw.chance(0.2) };
  let pages = validPages(draw, littleEndian);
  for (let change = draw.below(4); change > 0; change--) pages = changed(pages, draw);
  const bytes = buildTiff(pages, file);
  if (draw.chance(0.15)) return bytes.slice(0, draw.below(bytes.length));
  for (let flips = draw.chance(0.25) ? 1 + draw.below(4) : 0; flips > 0; flips--) {
    bytes[draw.below(bytes.length)] = draw.of([0, 1, 2, 3, 4, 8, 0x7f, 0x80, 0xff, draw.below(256)]);
  }
  return bytes;
}

function validPages(draw: Draw, littleEndian: boolean): BuiltPage[] {
  const [bits, format] = draw.of(TYPES);
  const [width, height, depth] = [1 + draw.below(40), 1 + draw.below(30), 1 + draw.below(4)];
  const tiled = draw.chance(0.3);
  const [blockWidth, blockHeight] = tiled ? [16 * (1 + draw.below(2)), 16] : [width, 1 + draw.below(height)];
  const compression = draw.of([1, 1, 1, 8, 8, 32773]);
  const palette = format === 1 && bits <= 8 && draw.chance(0.1);
  const shade = (i: number): number => Math.round((65535 * i) / (2 ** bits - 1));
  const shared: Record<number, TagValue> = {
    258: bits,
    259: compression,
    262: palette ? 3 : draw.of([1, 1, 1, 0]),
    ...((format > 1 || draw.chance(0.5)) && { 339: format }),
    ...(palette && { 320: [0, 1, 2].flatMap(() => Array.from({ length: 2 ** bits }, (_, i) => shade(i))) }),
    ...(tiled && { 322: blockWidth, 323: blockHeight }),
  };
  const contiguous = depth > 1 && compression === 1 && !tiled && draw.chance(0.2);
  const blocks = (): Uint8Array[] => {
    const columns = Math.ceil(width / blockWidth);
    return Array.from({ length: columns * Math.ceil(height / blockHeight) }, (_, block) => {
      const rows = tiled ? blockHeight : Math.min(blockHeight, height - block * blockHeight);
      return packed(values(rows * Math.ceil((blockWidth * bits) / 8), bits, format, draw, littleEndian), compression);
    });
  };
  const page = (tags: BuiltPage['tags'] = {}): BuiltPage => {
    const { 278: _, ...rest } = greyTags(width, height, { ...shared, ...tags });
    return { tags: tiled ? rest : { ...rest, 278: blockHeight }, blocks: blocks() };
  };
  const described = description(draw, depth, height, width);
  if (!contiguous) return Array.from({ length: depth }, (_, z) => page(z === 0 ? described : {}));
  const one = page(described);
  const size = (one.blocks ?? []).reduce((sum, { length }) => sum + length, 0);
  return [{ ...one, behind: values((depth - 1) * size, bits, format, draw, littleEndian) }];
}

function description(draw: Draw, depth: number, height: number, width: number): BuiltPage['tags'] {
  const imageJ = `ImageJ=1.54f\nimages=${depth}\nslices=${depth}\n`;
  const xml = `<OME xmlns="x"><Image><Pixels DimensionOrder="XYZCT" SizeX="${width}" SizeY="${height}" SizeZ="${depth}" SizeC="1" SizeT="1" Type="uint8"><TiffData/></Pixels></Image></OME>`;
  return draw.of<BuiltPage['tags']>([
    {},
    {},
    { 270: imageJ },
    { 270: xml },
    { 270: JSON.stringify({ shape: [depth, height, width] }).replace(':', ': ') },
    {
      33628: { type: 4, values: [0, 0] },
      33629: { type: 5, values: Array.from({ length: 6 * depth }, () => 1), count: depth },
    },
  ]);
}

/** Bytes of values that float32 holds: small integers, and numbers with a fraction. */
function values(length: number, bits: number, format: number, draw: Draw, littleEndian: boolean): Uint8Array {
  const out = new Uint8Array(length);
  if (format < 3 && bits <= 16) return out.map(() => draw.below(256));
  const view = new DataView(out.buffer);
  const size = bits / 8;
  for (let at = 0; at + size <= length; at += size) {
    const value = draw.below(2000) - (format === 1 ? 0 : 1000);
    if (format === 3 && bits === 32) view.setFloat32(at, value / 8, littleEndian);
    else if (format === 3 && bits === 64) view.setFloat64(at, value / 7, littleEndian);
    else if (bits === 64) view.setBigInt64(at, BigInt(value), littleEndian);
    else if (bits === 32) view.setInt32(at, value, littleEndian);
    else view.setUint16(at, draw.below(0x7c00), littleEndian);
  }
  return out;
}

function packed(bytes: Uint8Array, compression: number): Uint8Array {
  if (compression === 8) return new Uint8Array(deflateSync(bytes));
  if (compression === 1) return bytes;
  // PackBits: literal runs of up to 128.
  const out: number[] = [];
  for (let at = 0; at < bytes.length; at += 128) {
    const run = bytes.subarray(at, at + 128);
    out.push(run.length - 1, ...run);
  }
  return Uint8Array.from(out);
}

const NUMBERS = [0, 1, 2, 3, 4, 5, 7, 8, 12, 15, 16, 17, 32, 64, 255, 256, 1000, 65535, 65536, 2 ** 31, 2 ** 32 - 1];
const TAGS = [
  254, 255, 256, 257, 258, 259, 262, 266, 270, 273, 277, 278, 279, 284, 317, 320, 322, 323, 339, 33629, 42113,
];

/** The pages with one fact changed: a tag, a block, their order, or a page more or less. */
function changed(pages: readonly BuiltPage[], draw: Draw): BuiltPage[] {
  const at = draw.below(pages.length);
  const page = pages[at] as BuiltPage;
  const replaced = (one: BuiltPage): BuiltPage[] => pages.map((old, i) => (i === at ? one : old));
  const tag = draw.of(draw.chance(0.7) ? Object.keys(page.tags).map(Number) : TAGS);
  switch (draw.below(10)) {
    case 0: {
      const { [tag]: _, ...tags } = page.tags;
      return replaced({ ...page, tags });
    }
    case 1:
    case 2:
      return replaced({ ...page, tags: { ...page.tags, [tag]: draw.of(NUMBERS) } });
    case 3:
      return replaced({ ...page, tags: { ...page.tags, [tag]: [draw.of(NUMBERS), draw.of(NUMBERS)] } });
    case 4: {
      const text = page.tags[270];
      if (typeof text !== 'string') return [...pages, page];
      const other = text.replace(/\d+(?=\D*$)|(?<==|: \[)\d+/, String(draw.of([0, 1, 2, 3, 5, 6, 100, 99999])));
      return replaced({ ...page, tags: { ...page.tags, 270: other } });
    }
    case 5:
      return replaced({ ...page, tags: { ...page.tags, 254: draw.of([1, 2, 4, 5]) } });
    case 6: {
      const blocks = [...(page.blocks ?? [])];
      const block = draw.below(blocks.length);
      const old = blocks[block] ?? new Uint8Array(0);
      blocks[block] = draw.of([
        new Uint8Array(0),
        old.slice(0, draw.below(old.length + 1)),
        old.map((byte) => byte ^ draw.below(256)),
      ]);
      return replaced({ ...page, blocks });
    }
    case 7:
      return pages.length > 1 ? pages.filter((_, i) => i !== at) : [page, page];
    case 8:
      return replaced({ ...page, behind: new Uint8Array(draw.below(3000)) });
    default:
      return replaced({ ...page, withoutByteCounts: true });
  }
}
