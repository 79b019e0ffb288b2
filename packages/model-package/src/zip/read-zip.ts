import { InvalidPackageError } from '@dilated-unet/core';
import type { PackageFiles } from '../package/files.ts';
import { crc32 } from './crc32.ts';
import { zipEntries, type ZipEntry } from './directory.ts';
import { inflate } from './inflate.ts';

/**
 * The files of a zip. Each is inflated when it is read, and to no more than the size that the archive declares for it.
 *
 * @throws InvalidPackageError as `zipEntries`.
 */
export function zipFiles(zip: Uint8Array): PackageFiles {
  return entryFiles(zipEntries(zip), ({ start, packedSize }) => zip.subarray(start, start + packedSize));
}

/** What reading a file takes of an entry, wherever its bytes lie. */
type EntryFacts = Omit<ZipEntry, 'start'>;

/**
 * The files of `entries`.
 *
 * @param packedOf gives the bytes of an entry as they are in the archive.
 */
export function entryFiles<E extends EntryFacts>(
  entries: ReadonlyMap<string, E>,
  packedOf: (entry: E) => Uint8Array | Promise<Uint8Array>,
): PackageFiles {
  return {
    has: (name) => Promise.resolve(entries.has(name)),
    async read(name, most) {
      const entry = entries.get(name);
      if (entry === undefined) throw new InvalidPackageError(name, 'must be in the package; it is missing');
      if (entry.size > most) throw new InvalidPackageError(name, `must have at most ${most} bytes`, entry.size);
      return unpacked(entry, await packedOf(entry));
    },
  };
}

/** The file of an entry, whose bytes in the archive are `packed`. @throws InvalidPackageError when it is damaged. */
async function unpacked(
  { name, isDeflated, size, crc32: expected }: EntryFacts,
  packed: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = isDeflated ? await inflate(packed, size) : new Uint8Array(packed);
  if (bytes === undefined) {
    throw new InvalidPackageError(name, `must give the ${size} bytes that the zip declares; it does not`);
  }
  if (crc32(bytes) !== expected) throw new InvalidPackageError(name, 'must have its checksum; it is damaged');
  return bytes;
}
