import type { BuiltPage, TagValue } from '../../../packages/stacks/test/support/build-tiff.ts';

/** Bytes of one value of each field type. */
const SIZES = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8];
const [TILE_WIDTH, STRIP_OFFSETS, STRIP_COUNTS, TILE_OFFSETS, TILE_COUNTS] = [322, 273, 279, 324, 325];

export interface ParsedTiff {
  readonly littleEndian: boolean;
  readonly bigTiff: boolean;
  /** Bytes of an offset. */
  readonly word: 4 | 8;
  readonly view: DataView;
  readonly directories: readonly ParsedDirectory[];
  /** The byte of each link to a directory, and of the one that ends the chain. */
  readonly links: readonly number[];
}

export interface ParsedDirectory {
  readonly entries: readonly {
    readonly tag: number;
    readonly type: number;
    readonly count: number;
    readonly at: number;
  }[];
}

/** The directories of a good TIFF file; `bytes` are not copied. */
export function parsedTiff(bytes: Uint8Array): ParsedTiff {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const littleEndian = bytes[0] === 0x49;
  const bigTiff = view.getUint16(2, littleEndian) === 43;
  const word = bigTiff ? 8 : 4;
  const file = { littleEndian, bigTiff, word, view } as const;
  const links = [bigTiff ? 8 : 4];
  const directories: ParsedDirectory[] = [];
  for (let at = number(file, links[0] as number, word); at !== 0;) {
    const count = number(file, at, bigTiff ? 8 : 2);
    const size = bigTiff ? 20 : 12;
    const first = at + (bigTiff ? 8 : 2);
    directories.push({
      entries: Array.from({ length: count }, (_, i) => ({
        tag: number(file, first + i * size, 2),
        type: number(file, first + i * size + 2, 2),
        count: number(file, first + i * size + 4, word),
        at: first + i * size,
      })),
    });
    links.push(first + count * size);
    at = number(file, links.at(-1) as number, word);
  }
  return { ...file, directories, links };
}

/** The pages of a good TIFF file, as they are built again. */
export function pagesOf(bytes: Uint8Array): readonly BuiltPage[] {
  const file = parsedTiff(bytes);
  return file.directories.map(({ entries }) => {
    const tags: Record<number, TagValue> = {};
    for (const { tag, type, count, at } of entries) {
      const size = SIZES[type] as number;
      if ((size === 8 && type !== 16) || size === 0) continue;
      const slot = at + 4 + file.word;
      const start = size * count > file.word ? number(file, slot, file.word) : slot;
      tags[tag] = { type, values: Array.from({ length: count }, (_, i) => number(file, start + i * size, size)) };
    }
    const isTiled = TILE_WIDTH in tags;
    const [offsets, counts] = (isTiled ? [TILE_OFFSETS, TILE_COUNTS] : [STRIP_OFFSETS, STRIP_COUNTS]).map(
      (tag) => (tags[tag] as { values: readonly number[] }).values,
    ) as [readonly number[], readonly number[]];
    const kept = Object.entries(tags).filter(
      ([tag]) => ![STRIP_OFFSETS, STRIP_COUNTS, TILE_OFFSETS, TILE_COUNTS].includes(Number(tag)),
    );
    const blocks = offsets.map((offset, i) => bytes.slice(offset, offset + (counts[i] as number)));
    return { tags: Object.fromEntries(kept), blocks };
  });
}

function number({ view, littleEndian }: Pick<ParsedTiff, 'view' | 'littleEndian'>, at: number, size: number): number {
  if (size === 1) return view.getUint8(at);
  if (size === 2) return view.getUint16(at, littleEndian);
  return size === 4 ? view.getUint32(at, littleEndian) : Number(view.getBigUint64(at, littleEndian));
}
