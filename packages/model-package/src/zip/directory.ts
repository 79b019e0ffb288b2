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

/**
 * The files of a zip (APPNOTE.TXT 6.3, without ZIP64 and encryption). Folders are passed over.
 *
 * @throws InvalidPackageError when the archive is damaged or has what no package has: two files of one name, encrypted
 *   ones, links, names that leave the package, sizes that cannot be.
 */
export function zipEntries(zip: Uint8Array): ReadonlyMap<string, ZipEntry> {
  const view = new DataView(zip.buffer, zip.byteOffset, zip.byteLength);
  const { count, start, end } = directoryPlace(view);
  const entries = new Map<string, ZipEntry>();
  let at = start;
  for (let i = 0; i < count; i++) {
    if (at + CENTRAL_BYTES > end || view.getUint32(at, true) !== CENTRAL) throw damaged('its directory ends early');
    const [nameLength, extra, comment] = [28, 30, 32].map((offset) => view.getUint16(at + offset, true)) as [
      number,
      number,
      number,
    ];
    const next = at + CENTRAL_BYTES + nameLength + extra + comment;
    if (next > end) throw damaged('its directory ends early');
    const name = nameAt(zip, at + CENTRAL_BYTES, nameLength);
    requireFileName(name.replace(/\/$/, ''), 'zip');
    if (entries.has(name)) throw new InvalidPackageError(name, 'must be in the zip once; two files have this name');
    if (!name.endsWith('/')) entries.set(name, entryAt(zip, view, { at, name, directory: start }));
    at = next;
  }
  if (at !== end) throw damaged('its directory has more than it says');
  requireNoOverlap([...entries.values()]);
  return entries;
}

/** The end record is the last thing in the file, but for a comment. */
function directoryPlace(view: DataView): { readonly count: number; readonly start: number; readonly end: number } {
  const first = Math.max(0, view.byteLength - END_BYTES - LONGEST_COMMENT);
  for (let at = view.byteLength - END_BYTES; at >= first; at--) {
    if (view.getUint32(at, true) !== END) continue;
    if (at + END_BYTES + view.getUint16(at + 20, true) !== view.byteLength) continue;
    const [disk, firstDisk, onDisk, count] = [4, 6, 8, 10].map((offset) => view.getUint16(at + offset, true)) as [
      number,
      number,
      number,
      number,
    ];
    const [size, start] = [view.getUint32(at + 12, true), view.getUint32(at + 16, true)];
    if (count === 0xffff || size === 0xffffffff || start === 0xffffffff) {
      throw new InvalidPackageError('zip', 'must not be ZIP64, which is for archives of more than 4 GiB');
    }
    if (disk !== 0 || firstDisk !== 0 || onDisk !== count) {
      throw new InvalidPackageError('zip', 'must be one archive, not a part of several');
    }
    if (count > MOST_ENTRIES) throw new InvalidPackageError('zip', `must have at most ${MOST_ENTRIES} files`, count);
    if (start + size !== at) throw damaged('its directory is not where it says');
    return { count, start, end: at };
  }
  throw damaged('it has no directory, as if it were cut off');
}

function entryAt(
  zip: Uint8Array,
  view: DataView,
  { at, name, directory }: { readonly at: number; readonly name: string; readonly directory: number },
): ZipEntry {
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
  const local = view.getUint32(at + 42, true);
  if (local + LOCAL_BYTES > directory || view.getUint32(local, true) !== LOCAL) {
    throw damaged(`${name} is not where its directory says`);
  }
  const nameLength = view.getUint16(local + 26, true);
  const start = local + LOCAL_BYTES + nameLength + view.getUint16(local + 28, true);
  if (nameAt(zip, local + LOCAL_BYTES, nameLength) !== name) throw damaged(`${name} has another name where it lies`);
  if (start + packedSize > directory) throw damaged(`${name} reaches into its directory`);
  return { name, isDeflated: method === DEFLATED, packedSize, size, crc32: crc, start };
}

/** Files that share bytes are how a small archive inflates to a large one. */
function requireNoOverlap(entries: ZipEntry[]): void {
  let end = 0;
  for (const { name, start, packedSize } of entries.sort((a, b) => a.start - b.start)) {
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

function damaged(how: string): InvalidPackageError {
  return new InvalidPackageError('zip', `must be whole: ${how}`);
}
