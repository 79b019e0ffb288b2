import { InvalidPackageError } from '@dilated-unet/core';
import type { PackageFiles } from '../package/files.ts';
import { damaged, directoryPlace, END_RECORD_BYTES, listEntries, located } from './directory.ts';
import { unpacked } from './read-zip.ts';

/** Bytes that lie elsewhere, as on a server that answers requests for ranges. */
export interface ByteSource {
  /** Bytes in all. */
  readonly size: number;
  /** Those from `start` to `end`, which is not among them; all of them, or it throws. */
  read(start: number, end: number): Promise<Uint8Array<ArrayBuffer>>;
}

/**
 * The files of a zip of which only the directory and the files that are asked for are read.
 *
 * @throws InvalidPackageError as `zipEntries`; what is wrong with a file alone is said when it is read.
 */
export async function remoteZipFiles(zip: ByteSource): Promise<PackageFiles> {
  const offset = Math.max(0, zip.size - END_RECORD_BYTES);
  const tail = await zip.read(offset, zip.size);
  const place = directoryPlace(tail, offset);
  const { start, end } = place;
  const directory = start < offset ? await zip.read(start, end) : tail.subarray(start - offset, end - offset);
  const entries = listEntries(directory, place);
  return {
    has: (name) => Promise.resolve(entries.has(name)),
    async read(name, most) {
      const entry = entries.get(name);
      if (entry === undefined) throw new InvalidPackageError(name, 'must be in the package; it is missing');
      if (entry.size > most) throw new InvalidPackageError(name, `must have at most ${most} bytes`, entry.size);
      const bytes = await zip.read(entry.header, entry.end);
      const from = located(entry, bytes).start - entry.header;
      if (from + entry.packedSize > bytes.length) throw damaged(`${name} shares bytes with what comes after it`);
      return unpacked(entry, bytes.subarray(from, from + entry.packedSize));
    },
  };
}
