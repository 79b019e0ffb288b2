import { readdirSync } from 'node:fs';
import type { BuiltPage, TagValue } from '../../../packages/stacks/test/support/build-tiff.ts';
import { fixture } from '../../../packages/stacks/test/support/fixtures.ts';
import { description } from './described.ts';
import type { Draw } from './draw.ts';
import { LOSSLESS } from './packed.ts';
import { drawnLayout, drawnPage, type Layout } from './pages.ts';
import { pagesOf, parsedTiff } from './parsed-tiff.ts';
import { TYPES, values } from './values.ts';

/** A good file, before it is changed. */
export interface DrawnFile {
  readonly pages: readonly BuiltPage[];
  readonly littleEndian: boolean;
}

/** A kind of TIFF file that people bring. */
export interface Kind {
  readonly name: string;
  /** How often it is drawn beside the others. */
  readonly weight: number;
  readonly draw: (draw: Draw) => DrawnFile;
  /** Decoders make up the pixels of damaged data, each in its own way. */
  readonly isLossy?: true;
}

const CODECS = readdirSync(new URL('../../../packages/stacks/test/formats/tiff/fixtures/codecs/', import.meta.url));

/** Pages of one layout, as many as there are sections, channels and times, with what describes them. */
function stack(draw: Draw, known: Partial<Layout> = {}, planes?: readonly [number, number, number]): DrawnFile {
  const littleEndian = draw.chance(0.7);
  const layout = drawnLayout(draw, littleEndian, known);
  const [sections, channels, times] = planes ?? [1 + draw.below(4), 1, 1];
  const { width, height } = layout;
  const described = draw.chance(0.8) ? description(draw, { width, height, sections, channels, times }) : {};
  const pages = Array.from({ length: sections * channels * times }, (_, i) =>
    drawnPage(draw, layout, i === 0 ? described : {}),
  );
  return { pages, littleEndian };
}

/** The planes behind one directory, as ImageJ, MetaMorph and others write them. */
function behindOne(draw: Draw): DrawnFile {
  const littleEndian = draw.chance(0.7);
  const known = { compression: LOSSLESS.none, tiled: false, predictor: 1 };
  const { width } = drawnLayout(draw, littleEndian, known);
  const layout = drawnLayout(draw, littleEndian, { ...known, width, blockWidth: width });
  const [sections, channels] = [2 + draw.below(4), draw.of([1, 1, 1, 2])];
  const planes = { width, height: layout.height, sections, channels, times: 1 };
  const page = drawnPage(draw, layout, description(draw, planes, true));
  const size = (page.blocks ?? []).reduce((sum, { length }) => sum + length, 0);
  const behind = values((sections * channels - 1) * size, layout.type, draw, littleEndian);
  return { pages: [{ ...page, behind }], littleEndian };
}

/** Pages that are marked as no sections in the chain, or smaller copies in SubIFDs. */
function smallerCopies(draw: Draw): DrawnFile {
  const { pages, littleEndian } = stack(draw);
  const small = stack(draw).pages.map((page) => ({ ...page, tags: { ...page.tags, 254: draw.of([1, 1, 4, 5]) } }));
  if (draw.chance(0.5)) return { pages: pages.map((page) => ({ ...page, subIfds: small })), littleEndian };
  return { pages: draw.chance(0.8) ? [...pages, ...small] : [...small, ...pages], littleEndian };
}

/** Blocks that were never written, with or without GDAL's value for them. */
function sparse(draw: Draw): DrawnFile {
  const { pages, littleEndian } = stack(draw, {
    tags: draw.chance(0.4) ? { 42113: draw.of(['0', '7', '-9999', 'nan', '3.5']) } : {},
  });
  const share = draw.of([0.3, 0.7, 1]);
  const hollow = ({ blocks = [], ...page }: BuiltPage): BuiltPage => ({
    ...page,
    blocks: blocks.map((block) => (draw.chance(share) ? new Uint8Array(0) : block)),
  });
  return { pages: pages.map(hollow), littleEndian };
}

/** A palette that is a grey ramp, in 16 bits or in 8 of them, or one of colours. */
function palette(draw: Draw): DrawnFile {
  const bits = draw.of([1, 2, 4, 8, 8, 16]);
  const most = draw.of([65535, 65535, 255]);
  const ramp = Array.from({ length: 2 ** bits }, (_, i) => Math.round((most * i) / (2 ** bits - 1)));
  const falls = draw.chance(0.2);
  const colours = draw.chance(0.3) ? [0, 1, 2].flatMap(() => ramp.map(() => draw.below(65536))) : undefined;
  const greys = [0, 1, 2].flatMap(() => (falls ? ramp.toReversed() : ramp));
  const map: TagValue = { type: 3, values: colours ?? greys };
  const width = bits === 16 ? { width: 1 + draw.below(8) } : {};
  return stack(draw, { type: [bits, 1], tags: { 262: 3, 320: map }, ...width });
}

function samples(draw: Draw): DrawnFile {
  const count = 2 + draw.below(3);
  const photometric = { 262: count > 2 && draw.chance(0.7) ? 2 : 1 };
  const extra = draw.chance(0.5) ? { 338: draw.of<TagValue>([0, 1, 2, [0, 0], [2, 0, 0]]) } : {};
  const type = draw.of(TYPES.filter(([bits]) => bits % 8 === 0));
  return stack(draw, { samples: count, planar: draw.of([1, 2]), type, tags: { ...photometric, ...extra } });
}

/** A file that another program packed, with the compression that its name begins with. */
function packedByTools(draw: Draw, codec: string): DrawnFile {
  const names = CODECS.filter((name) => name.startsWith(`${codec}-`) && !name.includes('expected'));
  const bytes = fixture(`codecs/${draw.of(names)}`);
  return { pages: pagesOf(bytes), littleEndian: parsedTiff(bytes).littleEndian };
}

const compressed = (name: string, weight: number, compression: number): Kind => ({
  name,
  weight,
  draw: (draw) => stack(draw, { compression }),
});

export const KINDS: readonly Kind[] = [
  compressed('uncompressed', 10, LOSSLESS.none),
  compressed('LZW', 9, LOSSLESS.lzw),
  compressed('Deflate', 9, LOSSLESS.deflate),
  compressed('PackBits', 5, LOSSLESS.packBits),
  compressed('Zstandard', 3, LOSSLESS.zstandard),
  { name: 'Zstandard of tools', weight: 4, draw: (draw) => packedByTools(draw, 'zstd') },
  compressed('fax run lengths', 4, 2),
  compressed('fax group 3', 5, 3),
  compressed('fax group 4', 5, 4),
  { name: 'JPEG', weight: 5, isLossy: true, draw: (draw) => packedByTools(draw, 'jpeg') },
  { name: 'JPEG 2000', weight: 5, isLossy: true, draw: (draw) => packedByTools(draw, 'jpeg2000') },
  { name: 'LERC', weight: 5, draw: (draw) => packedByTools(draw, 'lerc') },
  { name: 'several samples', weight: 6, draw: samples },
  {
    name: 'channels and times',
    weight: 8,
    draw: (draw) => stack(draw, {}, [1 + draw.below(3), 1 + draw.below(3), 1 + draw.below(2)]),
  },
  { name: 'planes behind one directory', weight: 6, draw: behindOne },
  { name: 'smaller copies', weight: 5, draw: smallerCopies },
  { name: 'blocks never written', weight: 4, draw: sparse },
  { name: 'palette', weight: 5, draw: palette },
];
