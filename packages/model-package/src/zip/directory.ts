import { InvalidPackageError } from '@dilated-unet/core';
import { requireFileName } from '../package/file-name.ts';
import { MOST_FILE_BYTES } from '../package/files.ts';

/** A file in a zip, as its directory has it. */
export interface ZipEntry {
  readonly name: string;
  readonly isDeflated: boolean;
  /** Bytes in the archive. */
  readonly packedSize: number;
  /** Bytes of the file. */
  readonly size: number;
  readonly crc32: number;
  /** Where the bytes in the archive begin. */
  readonly start: number;
}

const END = 0x06054b50;
const END_BYTES = 22;
/** Stands right before the end record of a ZIP64 archive. */
const LOCATOR = 0x07064b50;
const LOCATOR_BYTES = 20;
const CENTRAL = 0x02014b50;
const CENTRAL_BYTES = 46;
const LOCAL = 0x04034b50;
const LOCAL_BYTES = 30;
const LONGEST_COMMENT = 0xffff;
const [STORED, DEFLATED] = [0, 8];
/** Flags of encryption: of the file, strong, of the directory. */
const ENCRYPTED = 0x0001 | 0x0040 | 0x2000;
const [UNIX, FILE_KIND, LINK] = [3, 0xf000, 0xa000];
/** Deflate makes at most 258 bytes of 2 bits. */
const LARGEST_RATIO = 1032;

/** A package has a dozen files. */
const MOST_ENTRIES = 1000;

/** A file as the directory alone has it. */
export interface ListedEntry extends Omit<ZipEntry, 'start'> {
  /** Where its header lies, from the beginning of the zip. */
  readonly header: number;
  /** Where the next one, or the directory, begins. */
  readonly end: number;
}

/** Largest end record: with the longest comment, and a locator before it. */
export const END_RECORD_BYTES = LOCATOR_BYTES + END_BYTES + LONGEST_COMMENT;

/**
 * The files of a zip (APPNOTE.TXT 6.3, without ZIP64 and encryption). Folders are passed over.
 *
 * @throws InvalidPackageError when the archive is damaged or has what no package has: two files of one name, encrypted
 *   ones, links, names that leave the package, sizes that cannot be.
 */
export function zipEntries(zip: Uint8Array): ReadonlyMap<string, ZipEntry> {
  const place = directoryPlace(zip, 0);
  const { start } = place;
  const listed = [...listEntries(zip.subarray(start, place.end), place).values()];
  const entries = listed.map((entry) => ({
    ...entry,
    ...located(entry, zip.subarray(entry.header)),
    directory: start,
  }));
  for (const { name, start: from, packedSize, directory } of entries) {
    if (from + packedSize > directory) throw damaged(`${name} reaches into its directory`);
  }
  requireNoOverlap(entries);
  return new Map(entries.map((entry) => [entry.name, entry]));
}

/**
 * What the directory of a zip says of its files.
 *
 * @param directory its bytes.
 * @param place where they begin in the zip, and how many files it must have.
 * @throws InvalidPackageError as `zipEntries`, of what the directory shows.
 */
export function listEntries(
  directory: Uint8Array,
  { start, count }: { readonly start: number; readonly count: number },
): ReadonlyMap<string, ListedEntry> {
  const view = new DataView(directory.buffer, directory.byteOffset, directory.byteLength);
  const entries = new Map<string, Omit<ListedEntry, 'end'>>();
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + CENTRAL_BYTES > directory.length || view.getUint32(at, true) !== CENTRAL) {
      throw damaged('its directory ends early');
    }
    const [nameLength, extra, comment] = [28, 30, 32].map((offset) => view.getUint16(at + offset, true)) as [
      number,
      number,
      number,
    ];
    const next = at + CENTRAL_BYTES + nameLength + extra + comment;
    if (next > directory.length) throw damaged('its directory ends early');
    const name = nameAt(directory, at + CENTRAL_BYTES, nameLength);
    requireFileName(name.replace(/\/$/, ''), 'zip');
    if (entries.has(name)) throw new InvalidPackageError(name, 'must be in the zip once; two files have this name');
    if (!name.endsWith('/')) entries.set(name, entryAt(view, { at, name, directory: start }));
    at = next;
  }
  if (at !== directory.length) throw damaged('its directory has more than it says');
  const headers = [...entries.values()].map(({ header }) => header).sort((a, b) => a - b);
  const endOf = (header: number): number => headers[headers.indexOf(header) + 1] ?? start;
  return new Map([...entries].map(([name, entry]) => [name, { ...entry, end: endOf(entry.header) }]));
}

/**
 * Where the directory lies in a zip, by its end record, which is the last thing in the file but for a comment.
 *
 * @param tail the zip from `offset` on.
 * @throws InvalidPackageError when there is none.
 */
export function directoryPlace(
  tail: Uint8Array,
  offset: number,
): { readonly start: number; readonly end: number; readonly count: number } {
  const view = new DataView(tail.buffer, tail.byteOffset, tail.byteLength);
  const first = Math.max(0, view.byteLength - END_BYTES - LONGEST_COMMENT);
  for (let at = view.byteLength - END_BYTES; at >= first; at--) {
    if (view.getUint32(at, true) !== END) continue;
    // Programs differ in which of two records they take.
    if (at + END_BYTES + view.getUint16(at + 20, true) !== view.byteLength) {
      throw damaged('its last end record is not followed by the comment that it declares');
    }
    const [disk, firstDisk, onDisk, count] = [4, 6, 8, 10].map((offset) => view.getUint16(at + offset, true)) as [
      number,
      number,
      number,
      number,
    ];
    const [size, start] = [view.getUint32(at + 12, true), view.getUint32(at + 16, true)];
    const hasLocator = at >= LOCATOR_BYTES && view.getUint32(at - LOCATOR_BYTES, true) === LOCATOR;
    if (hasLocator || count === 0xffff || size === 0xffffffff || start === 0xffffffff) {
      throw new InvalidPackageError('zip', 'must not be ZIP64, which is for archives of more than 4 GiB');
    }
    if (disk !== 0 || firstDisk !== 0 || onDisk !== count) {
      throw new InvalidPackageError('zip', 'must be one archive, not a part of several');
    }
    if (count > MOST_ENTRIES) throw new InvalidPackageError('zip', `must have at most ${MOST_ENTRIES} files`, count);
    if (start + size !== offset + at) throw damaged('its directory is not where it says');
    return { count, start, end: offset + at };
  }
  throw damaged('it has no directory, as if it were cut off');
}

function entryAt(
  view: DataView,
  { at, name, directory }: { readonly at: number; readonly name: string; readonly directory: number },
): Omit<ListedEntry, 'end'> {
  const flags = view.getUint16(at + 8, true);
  const method = view.getUint16(at + 10, true);
  const [crc, packedSize, size] = [16, 20, 24].map((offset) => view.getUint32(at + offset, true)) as [
    number,
    number,
    number,
  ];
  if ((flags & ENCRYPTED) !== 0) throw new InvalidPackageError(name, 'must not be encrypted');
  if (method !== STORED && method !== DEFLATED) {
    throw new InvalidPackageError(name, `must be packed by method ${STORED} or ${DEFLATED} (stored, Deflate)`, method);
  }
  if (view.getUint8(at + 5) === UNIX && (view.getUint16(at + 40, true) & FILE_KIND) === LINK) {
    throw new InvalidPackageError(name, 'must be a file; it is a link');
  }
  if (size > MOST_FILE_BYTES) throw new InvalidPackageError(name, `must have at most ${MOST_FILE_BYTES} bytes`, size);
  if (method === STORED ? size !== packedSize : size > LARGEST_RATIO * packedSize) {
    throw new InvalidPackageError(name, `must have a size that ${packedSize} packed bytes can give`, size);
  }
  const header = view.getUint32(at + 42, true);
  if (header + LOCAL_BYTES > directory) throw damaged(`${name} is not where its directory says`);
  return { name, isDeflated: method === DEFLATED, packedSize, size, crc32: crc, header };
}

/**
 * Where the bytes of a file lie.
 *
 * @param from the zip from the header of the file on.
 * @throws InvalidPackageError when there is no header, or that of another file.
 */
export function located({ name, header }: ListedEntry, from: Uint8Array): { readonly start: number } {
  const view = new DataView(from.buffer, from.byteOffset, from.byteLength);
  if (from.length < LOCAL_BYTES || view.getUint32(0, true) !== LOCAL) {
    throw damaged(`${name} is not where its directory says`);
  }
  const nameLength = view.getUint16(26, true);
  if (nameAt(from, LOCAL_BYTES, nameLength) !== name) throw damaged(`${name} has another name where it lies`);
  return { start: header + LOCAL_BYTES + nameLength + view.getUint16(28, true) };
}

/** Files that share bytes are how a small archive inflates to a large one. */
function requireNoOverlap(entries: readonly ZipEntry[]): void {
  let end = 0;
  for (const { name, start, packedSize } of [...entries].sort((a, b) => a.start - b.start)) {
    if (start < end) throw new InvalidPackageError(name, 'must not share bytes with another file of the zip');
    end = start + packedSize;
  }
}

function nameAt(zip: Uint8Array, start: number, length: number): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(zip.subarray(start, start + length));
  } catch (cause) {
    throw new InvalidPackageError('zip', 'must have file names in UTF-8', undefined, { cause });
  }
}

export function damaged(how: string): InvalidPackageError {
  return new InvalidPackageError('zip', `must be whole: ${how}`);
}
