import { InvalidImageError } from '@dilated-unet/core';
import { FIELD_SIZE, FIELD_TYPE, NUMBER_SIZE, TAG } from '../tags.ts';
import { liesInside, readUnsigned, type TiffFile } from './file.ts';

/** One entry of a directory: where its values lie, not yet read. */
interface Field {
  readonly type: number;
  readonly count: number;
  /** The four (BigTIFF: eight) bytes that hold the values or the offset of the values. */
  readonly slot: DataView;
}

/** Which page a message is about. */
export interface PageName {
  /** Counted from 0. */
  readonly page: number;
  /** Byte offset of its directory in the file. */
  readonly offset: number;
}

/** One image file directory (IFD): the description of one page. */
export interface Directory extends PageName {
  readonly file: TiffFile;
  readonly fields: ReadonlyMap<number, Field>;
}

/** Tags are 16 bits wide and few; more entries than this is damage, and would cost time on every page. */
const MAX_ENTRIES = 4096;

/**
 * Follows the chain of directories from the header and gives them in order, one at a time: a chain may be longer than
 * there is memory for. Offsets already seen, and directories that together are larger than the file, end the walk with
 * an error, so that it stops on any input.
 *
 * @throws InvalidImageError for no page, a cycle, or a directory outside the file.
 */
export async function* readDirectories(file: TiffFile): AsyncGenerator<Directory, void, undefined> {
  const visited = new Map<number, number>();
  let walked = 0;
  for (let offset = file.firstDirectory; offset !== 0;) {
    const page = visited.size;
    const earlier = visited.get(offset);
    if (earlier !== undefined) {
      throw new InvalidImageError(
        `The directories form a cycle: page ${page + 1} has its directory at byte ${offset}, which is that of page ` +
          `${earlier + 1}. The file is damaged: write it again.`,
      );
    }
    visited.set(offset, page);
    const { directory, next, size } = await readLinked(file, { page, offset });
    walked += size;
    if (walked > file.bytes.byteLength) {
      throw new InvalidImageError(
        `The directory of page ${page + 1} (at byte ${offset}) overlaps earlier ones. The file is damaged: write it again.`,
      );
    }
    yield directory;
    offset = next;
  }
  if (visited.size === 0) {
    throw new InvalidImageError('The file has no page: its header names no directory. Give a TIFF with images.');
  }
}

/** The directory called `name`, which `readDirectories` gave. @throws InvalidImageError when it lies outside the file. */
export async function readDirectory(file: TiffFile, name: PageName): Promise<Directory> {
  return (await readLinked(file, name)).directory;
}

/** A directory, where the next one lies, and how many bytes it takes. */
async function readLinked(file: TiffFile, { page, offset }: PageName) {
  const [countSize, entrySize, linkSize] = file.bigTiff ? ([8, 20, 8] as const) : ([2, 12, 4] as const);
  const cutOff = (): InvalidImageError =>
    new InvalidImageError(
      `The directory of page ${page + 1} should lie at byte ${offset}, but the file ends at byte ` +
        `${file.bytes.byteLength}. The file is cut off or damaged: copy or download it again.`,
    );
  if (!liesInside(file, offset, countSize)) throw cutOff();
  const count = readUnsigned(file, await readView(file, offset, countSize), 0, countSize);
  const size = countSize + count * entrySize + linkSize;
  if (count === 0 || count > MAX_ENTRIES) {
    throw new InvalidImageError(
      `The directory of page ${page + 1} (at byte ${offset}) says that it has ${count} entries; 1 to ${MAX_ENTRIES} are ` +
        'possible. The file is damaged: write it again.',
    );
  }
  if (!liesInside(file, offset, size)) throw cutOff();
  const view = await readView(file, offset, size);
  const fields = new Map<number, Field>();
  for (let i = 0; i < count; i++) {
    const entry = countSize + i * entrySize;
    const tag = readUnsigned(file, view, entry, 2);
    // Of a tag that stands twice, the first counts, as in libtiff and tifffile.
    if (fields.has(tag)) continue;
    fields.set(tag, {
      type: readUnsigned(file, view, entry + 2, 2),
      count: readUnsigned(file, view, entry + 4, file.bigTiff ? 8 : 4),
      slot: new DataView(view.buffer, entry + (file.bigTiff ? 12 : 8), linkSize),
    });
  }
  return { directory: { file, page, offset, fields }, next: readUnsigned(file, view, size - linkSize, linkSize), size };
}

/**
 * The unsigned numbers of `tag`; undefined where the directory has no such entry.
 *
 * @param count how many there must be; checked before anything is read
 * @throws InvalidImageError for another count, a type that is not an unsigned integer, or values outside the file.
 */
export async function readNumbers(
  directory: Directory,
  tag: number,
  name: string,
  count: number,
): Promise<Float64Array | undefined> {
  const { file, fields } = directory;
  const field = fields.get(tag);
  if (field === undefined) return undefined;
  const size = NUMBER_SIZE.get(field.type);
  if (size === undefined) throw damaged(directory, `${name} has field type ${field.type}, not an unsigned integer`);
  if (field.count !== count) {
    throw damaged(directory, `${name} has ${field.count} ${field.count === 1 ? 'value' : 'values'}, not ${count}`);
  }
  const view = await readValues(directory, field, size * count);
  if (view === undefined) throw damaged(directory, `the values of ${name} lie outside the file`);
  const values = new Float64Array(count);
  for (let i = 0; i < count; i++) values[i] = readUnsigned(file, view, i * size, size);
  return values;
}

/** The bytes of `tag`, of field type BYTE or UNDEFINED. @throws InvalidImageError for another type, more than `most`, or damage. */
export async function readBytes(
  directory: Directory,
  tag: number,
  name: string,
  most: number,
): Promise<Uint8Array | undefined> {
  const field = directory.fields.get(tag);
  if (field === undefined) return undefined;
  const isBytes = field.type === FIELD_TYPE.byte || field.type === FIELD_TYPE.undefined;
  if (!isBytes) throw damaged(directory, `${name} has field type ${field.type}, not bytes`);
  if (field.count > most) throw damaged(directory, `${name} has ${field.count} bytes, more than ${most}`);
  const view = await readValues(directory, field, field.count);
  if (view === undefined) throw damaged(directory, `the bytes of ${name} lie outside the file`);
  return new Uint8Array(view.buffer, view.byteOffset, field.count).slice();
}

/** The one unsigned number of `tag`, or `fallback` where the directory has no such entry. */
export async function readNumber<T extends number | undefined>(
  directory: Directory,
  tag: number,
  name: string,
  fallback: T,
): Promise<number | T> {
  return (await readNumbers(directory, tag, name, 1))?.[0] ?? fallback;
}

/** The quotient of two numbers that `tag` holds; not a number where it is absent or of another type. */
export async function readRational(directory: Directory, tag: number): Promise<number> {
  const field = directory.fields.get(tag);
  if (field?.type !== FIELD_TYPE.rational || field.count !== 1) return NaN;
  const view = await readValues(directory, field, 8);
  if (view === undefined) return NaN;
  return readUnsigned(directory.file, view, 0, 4) / readUnsigned(directory.file, view, 4, 4);
}

/** Most bytes of a text that are read: what is looked for stands at its beginning. */
const TEXT_BYTES = 2 ** 16;
/** The longest text of V8. OME-XML has a few hundred bytes for each plane. */
const MOST_TEXT_BYTES = 2 ** 29 - 24;

/**
 * The text of `tag` up to its first NUL, at most `most` bytes of it; undefined where it is absent or not text. It is UTF-8, as
 * ASCII is too, else Latin-1.
 *
 * @throws InvalidImageError where it lies outside the file: what it says is lost.
 */
export async function readText(
  directory: Directory,
  tag: number,
  name: string,
  most = TEXT_BYTES,
): Promise<string | undefined> {
  const field = directory.fields.get(tag);
  if (field === undefined || (field.type !== FIELD_TYPE.ascii && field.type !== FIELD_TYPE.byte)) return undefined;
  const view = await readValues(directory, field, field.count, most);
  if (view === undefined) throw damaged(directory, `the text of ${name} lies outside the file`);
  const text = new TextDecoder().decode(view);
  return (text.includes('\ufffd') ? new TextDecoder('latin1').decode(view) : text).split('\0', 1)[0];
}

/** The description, or the beginning of a long one. @throws InvalidImageError as `readText`. */
export function readDescription(directory: Directory, most?: number): Promise<string | undefined> {
  return readText(directory, TAG.imageDescription, 'ImageDescription', most);
}

/** The whole description where its beginning matches `begins`, else undefined. @throws InvalidImageError as `readText`. */
export async function readWholeDescription(directory: Directory, begins: RegExp): Promise<string | undefined> {
  const start = (await readDescription(directory)) ?? '';
  return begins.test(start) ? readDescription(directory, MOST_TEXT_BYTES) : undefined;
}

/** Bytes of the values of `tag`; 0 where it is absent. */
export function sizeOf({ fields }: Directory, tag: number): number {
  const field = fields.get(tag);
  return field === undefined ? 0 : (FIELD_SIZE[field.type] ?? 0) * field.count;
}

/** Where in the file the directory lies, and those of its values that it has no room for. */
export function placesOf({ file, offset, fields }: Directory): readonly number[] {
  const outside = [...fields.values()].filter(
    ({ type, count, slot }) => (FIELD_SIZE[type] ?? 0) * count > slot.byteLength,
  );
  return [offset, ...outside.map(({ slot }) => readUnsigned(file, slot, 0, file.bigTiff ? 8 : 4))];
}

/** How messages name a page: from 1, as sections. */
export function pageText({ page, offset }: PageName): string {
  return `Page ${page + 1} (directory at byte ${offset})`;
}

/** An error about `directory` that ends in what to do about a damaged file. */
export function damaged(name: PageName, what: string, options?: ErrorOptions): InvalidImageError {
  return new InvalidImageError(
    `${pageText(name)}: ${what}. The file is damaged: copy it again or write it again.`,
    options,
  );
}

/** What a page is that is no grey image of a kind that is read. It may be passed over where another image is meant. */
export class UnsupportedPageError extends InvalidImageError {}

/** An error about `directory`; `what` ends in what to do. */
export function unsupported(name: PageName, what: string): UnsupportedPageError {
  return new UnsupportedPageError(`${pageText(name)}: ${what}.`);
}

/** The `length` bytes of the values of `field`, at most `most`; undefined where they lie outside the file. */
async function readValues(
  { file }: Directory,
  { slot }: Field,
  length: number,
  most = length,
): Promise<DataView | undefined> {
  if (length <= slot.byteLength) return slot;
  const start = readUnsigned(file, slot, 0, file.bigTiff ? 8 : 4);
  return liesInside(file, start, length) ? readView(file, start, Math.min(length, most)) : undefined;
}

async function readView(file: TiffFile, start: number, length: number): Promise<DataView> {
  return new DataView((await file.bytes.slice(start, start + length)).buffer);
}
