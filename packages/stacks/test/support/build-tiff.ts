/** A value of a tag: numbers of a field type, text, or numbers as LONG (SHORT where all fit). */
export type TagValue =
  | string
  | number
  | readonly number[]
  | { readonly type: number; readonly values: readonly number[] | Uint8Array; readonly count?: number };

/** One directory: what it says, and the blocks that it points to. */
export interface BuiltPage {
  readonly tags: Readonly<Record<number, TagValue>>;
  /** Strips or tiles. @default none: the tags say where they lie */
  readonly blocks?: readonly Uint8Array[];
  /** Bytes behind the blocks that no tag speaks of. @default none */
  readonly behind?: Uint8Array;
  /** Directories that tag 330 points to. @default none */
  readonly subIfds?: readonly BuiltPage[];
  /** Leaves out the tag of byte counts. @default false */
  readonly withoutByteCounts?: boolean;
}

export interface BuiltFile {
  readonly littleEndian?: boolean;
  readonly bigTiff?: boolean;
  /** Bytes behind the header that no directory speaks of; classic files. @default none */
  readonly prefix?: Uint8Array;
}

const [ASCII, SHORT, LONG, LONG8] = [2, 3, 4, 16];
const SIZES: Readonly<Record<number, number>> = {
  1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8,
}; // prettier-ignore

/** A TIFF file of the given directories, written by nothing of the package: what a reader must take or refuse. */
export function buildTiff(
  pages: readonly BuiltPage[],
  { littleEndian = true, bigTiff = false, prefix }: BuiltFile = {},
): Uint8Array {
  const out: number[] = [];
  const word = bigTiff ? 8 : 4;
  const put = (value: number, size: number, at = out.length): void => {
    for (let i = 0; i < size; i++) {
      const shift = littleEndian ? i : size - 1 - i;
      out[at + i] = Math.floor(value / 256 ** shift) % 256;
    }
  };
  const mark = littleEndian ? 0x49 : 0x4d;
  out.push(mark, mark);
  put(bigTiff ? 43 : 42, 2);
  if (bigTiff) {
    put(8, 2);
    put(0, 2);
  }
  let link = out.length;
  put(0, word);
  for (const byte of prefix ?? []) out.push(byte);
  const align = (): void => {
    while (out.length % 8 > 0) out.push(0);
  };
  const write = ({ tags, blocks, behind, subIfds = [], withoutByteCounts }: BuiltPage): number => {
    const all: Record<number, TagValue> = { ...tags };
    if (blocks !== undefined) {
      const tiled = 322 in tags;
      const offsets = blocks.map((block) => {
        align();
        const start = out.length;
        for (const byte of block) out.push(byte);
        return block.length === 0 ? 0 : start;
      });
      all[tiled ? 324 : 273] ??= offsets;
      if (withoutByteCounts !== true) all[tiled ? 325 : 279] ??= blocks.map(({ length }) => length);
    }
    for (const byte of behind ?? []) out.push(byte);
    const children = subIfds.map((page) => write(page));
    if (children.length > 0) all[330] = children;
    align();
    const entries = Object.keys(all)
      .map(Number)
      .sort((a, b) => a - b)
      .map((tag) => [tag, fieldOf(all[tag] as TagValue, bigTiff)] as const);
    const places = entries.map(([, { type, values }]) => {
      const size = (type === 5 ? 4 : (SIZES[type] as number)) * values.length;
      if (size <= word) return undefined;
      align();
      const start = out.length;
      for (const value of values) put(value, type === 5 ? 4 : (SIZES[type] as number));
      return start;
    });
    align();
    const directory = out.length;
    put(entries.length, bigTiff ? 8 : 2);
    entries.forEach(([tag, { type, values, count }], i) => {
      put(tag, 2);
      put(type, 2);
      put(count ?? (type === 5 ? values.length / 2 : values.length), word);
      const slot = out.length;
      put(places[i] ?? 0, word);
      if (places[i] !== undefined) return;
      const size = SIZES[type] as number;
      out.fill(0, slot, slot + word);
      values.forEach((value, k) => put(value, size, slot + k * size));
    });
    return directory;
  };
  for (const page of pages) {
    put(write(page), word, link);
    link = out.length;
    put(0, word);
  }
  return Uint8Array.from(out);
}

function fieldOf(value: TagValue, bigTiff: boolean): Exclude<TagValue, string | number | readonly number[]> {
  if (typeof value === 'string') return { type: ASCII, values: new TextEncoder().encode(`${value}\0`) };
  if (typeof value === 'object' && 'type' in value) return value;
  const values = typeof value === 'number' ? [value] : value;
  const fits = values.every((one) => one < 2 ** 16);
  return { type: fits ? SHORT : bigTiff ? LONG8 : LONG, values };
}

/** The tags of a grey page of one uncompressed strip; 8 bit unless `tags` says otherwise. */
export function greyTags(width: number, height: number, tags: BuiltPage['tags'] = {}): BuiltPage['tags'] {
  return { 256: width, 257: height, 258: 8, 259: 1, 262: 1, 277: 1, 278: height, ...tags };
}

/** A grey page of one uncompressed strip. */
export function greyPage(width: number, height: number, block: Uint8Array, tags: BuiltPage['tags'] = {}): BuiltPage {
  return { tags: greyTags(width, height, tags), blocks: [block] };
}

/** The bytes of `values` in the order of the file. */
export function storedBytes(
  type: 'Int8' | 'Uint8' | 'Int16' | 'Uint16' | 'Int32' | 'Uint32' | 'Float32' | 'Float64' | 'BigInt64' | 'BigUint64',
  values: readonly (number | bigint)[],
  littleEndian = true,
): Uint8Array {
  const size = Number(/\d+/.exec(type)?.[0]) / 8;
  const bytes = new Uint8Array(size * values.length);
  const view = new DataView(bytes.buffer);
  values.forEach((value, i) => {
    const set = view[`set${type}`] as (offset: number, value: number | bigint, littleEndian: boolean) => void;
    set.call(view, i * size, value, littleEndian);
  });
  return bytes;
}
