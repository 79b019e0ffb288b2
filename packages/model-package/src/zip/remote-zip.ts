import type { PackageFiles } from '../package/files.ts';
import { damaged, directoryPlace, END_RECORD_BYTES, listEntries, located } from './directory.ts';
import { entryFiles } from './read-zip.ts';

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
  return entryFiles(listEntries(directory, place), async (entry) => {
    const { name, header, end, packedSize } = entry;
    const bytes = await zip.read(header, end);
    const from = located(entry, bytes).start - header;
    if (from + packedSize > bytes.length) throw damaged(`${name} shares bytes with what comes after it`);
    return bytes.subarray(from, from + packedSize);
  });
}
