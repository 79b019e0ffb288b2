import { InvalidImageError } from '@dilated-unet/core';
import { FIELD_TYPE, NUMBER_SIZE } from '../tags.ts';
import { liesInside, readUnsigned, type TiffFile } from './file.ts';

/** One entry of a directory: where its values lie, not yet read. */
interface Field {
  readonly type: number;
  readonly count: number;
  /** Byte offset of the four (BigTIFF: eight) bytes that hold the values or the offset of the values. */
  readonly slot: number;
}

/** One image file directory (IFD): the description of one page. */
export interface Directory {
  readonly file: TiffFile;
  /** Counted from 0. */
  readonly page: number;
  /** Byte offset in the file. */
  readonly offset: number;
  readonly fields: ReadonlyMap<number, Field>;
}

/** Tags are 16 bits wide and few; more entries than this is damage, and would cost time on every page. */
const MAX_ENTRIES = 4096;

/**
 * Follows the chain of directories from the header and returns them in order. Offsets already seen, and directories
 * that together are larger than the file, end the walk with an error, so that it stops on any input.
 *
 * @throws InvalidImageError for no page, more than `maxPages`, a cycle, or a directory outside the file.
 */
export function readDirectories(file: TiffFile, maxPages: number): Directory[] {
  const directories: Directory[] = [];
  const visited = new Map<number, number>();
  let walked = 0;
  for (let offset = file.firstDirectory; offset !== 0;) {
    const page = directories.length;
    const earlier = visited.get(offset);
    if (earlier !== undefined) {
      throw new InvalidImageError(
        `The directories form a cycle: page ${page} has its directory at byte ${offset}, which is that of page ` +
          `${earlier}. The file is damaged: write it again.`,
      );
    }
    visited.set(offset, page);
    if (page === maxPages) {
      throw new InvalidImageError(
        `The file has more than ${maxPages} pages. Split it, or raise maxPages if that many are meant.`,
      );
    }
    const { directory, next, size } = readDirectory(file, page, offset);
    walked += size;
    if (walked > file.bytes.length) {
      throw new InvalidImageError(
        `The directory of page ${page} (at byte ${offset}) overlaps earlier ones. The file is damaged: write it again.`,
      );
    }
    directories.push(directory);
    offset = next;
  }
  if (directories.length === 0) {
    throw new InvalidImageError('The file has no page: its header names no directory. Give a TIFF with images.');
  }
  return directories;
}

function readDirectory(file: TiffFile, page: number, offset: number) {
  const [countSize, entrySize, linkSize] = file.bigTiff ? ([8, 20, 8] as const) : ([2, 12, 4] as const);
  const cutOff = (): InvalidImageError =>
    new InvalidImageError(
      `The directory of page ${page} should lie at byte ${offset}, but the file ends at byte ${file.bytes.length}. ` +
        'The file is cut off or damaged: copy or download it again.',
    );
  if (!liesInside(file, offset, countSize)) throw cutOff();
  const count = readUnsigned(file, offset, countSize);
  const size = countSize + count * entrySize + linkSize;
  if (count === 0 || count > MAX_ENTRIES) {
    throw new InvalidImageError(
      `The directory of page ${page} (at byte ${offset}) says that it has ${count} entries; 1 to ${MAX_ENTRIES} are ` +
        'possible. The file is damaged: write it again.',
    );
  }
  if (!liesInside(file, offset, size)) throw cutOff();
  const fields = new Map<number, Field>();
  for (let i = 0; i < count; i++) {
    const entry = offset + countSize + i * entrySize;
    fields.set(readUnsigned(file, entry, 2), {
      type: readUnsigned(file, entry + 2, 2),
      count: readUnsigned(file, entry + 4, file.bigTiff ? 8 : 4),
      slot: entry + (file.bigTiff ? 12 : 8),
    });
  }
  const next = readUnsigned(file, offset + size - linkSize, linkSize);
  return { directory: { file, page, offset, fields }, next, size };
}

/**
 * The unsigned numbers of `tag`; undefined where the directory has no such entry.
 *
 * @param count how many there must be; checked before anything is read
 * @throws InvalidImageError for another count, a type that is not an unsigned integer, or values outside the file.
 */
export function readNumbers(directory: Directory, tag: number, name: string, count: number): Float64Array | undefined {
  const { file, fields } = directory;
  const field = fields.get(tag);
  if (field === undefined) return undefined;
  const size = NUMBER_SIZE.get(field.type);
  if (size === undefined) throw damaged(directory, `${name} has field type ${field.type}, not an unsigned integer`);
  if (field.count !== count) {
    throw damaged(directory, `${name} has ${field.count} ${field.count === 1 ? 'value' : 'values'}, not ${count}`);
  }
  const start = valueOffset(directory, field, size * count);
  if (start === undefined) throw damaged(directory, `the values of ${name} lie outside the file`);
  const values = new Float64Array(count);
  for (let i = 0; i < count; i++) values[i] = readUnsigned(file, start + i * size, size);
  return values;
}

/** The one unsigned number of `tag`, or `fallback` where the directory has no such entry. */
export function readNumber<T extends number | undefined>(
  directory: Directory,
  tag: number,
  name: string,
  fallback: T,
): number | T {
  return readNumbers(directory, tag, name, 1)?.[0] ?? fallback;
}

/** The text of `tag` up to its first NUL; undefined where it is absent, not text, or outside the file. */
export function readText(directory: Directory, tag: number): string | undefined {
  const field = directory.fields.get(tag);
  if (field?.type !== FIELD_TYPE.ascii) return undefined;
  const start = valueOffset(directory, field, field.count);
  if (start === undefined) return undefined;
  const text = new TextDecoder('latin1').decode(directory.file.bytes.slice(start, start + field.count));
  return text.split('\0', 1)[0];
}

/** An error about `directory` that ends in what to do about a damaged file. */
export function damaged({ page, offset }: Directory, what: string, options?: ErrorOptions): InvalidImageError {
  return new InvalidImageError(
    `Page ${page} (directory at byte ${offset}): ${what}. The file is damaged: copy it again or write it again.`,
    options,
  );
}

function valueOffset({ file }: Directory, field: Field, length: number): number | undefined {
  const slotSize = file.bigTiff ? 8 : 4;
  const start = length <= slotSize ? field.slot : readUnsigned(file, field.slot, slotSize);
  return liesInside(file, start, length) ? start : undefined;
}
