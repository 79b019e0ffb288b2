import { InvalidPackageError } from '@dilated-unet/core';
import { sha256 } from '../sha256.ts';

/** Largest file that is read, bytes: weights of 134 million parameters. */
export const MOST_FILE_BYTES = 2 ** 29;

/** The description of a package, by the first of its names. */
export const DESCRIPTION = 'rdf.yaml';

/** Where the files of a package lie. */
export interface PackageFiles {
  /** Whether there is such a file. @throws InvalidPackageError where its name leads out of the package. */
  has(name: string): Promise<boolean>;
  /**
   * The bytes of a file; memory of their own.
   *
   * @throws InvalidPackageError when it is missing, has more than `most` bytes or is damaged.
   */
  read(name: string, most: number): Promise<Uint8Array<ArrayBuffer>>;
}

/** A file as the package names it. */
export interface PackagedFile {
  /** Path in the package. */
  readonly source: string;
  /** Hexadecimal. */
  readonly sha256: string;
}

/** Keeps files of packages from one visit to the next. What it gives is checked as if it were new. */
export interface FileCache {
  /** undefined where it is not kept. */
  get(file: PackagedFile): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /** Is given each file that was read, and last, as `rdf.yaml`, the description of a package that was found right. */
  put(file: PackagedFile, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
}

/**
 * The bytes of a file, which are those that the package was published with.
 *
 * @throws InvalidPackageError as `read`, and when they have another hash.
 */
export async function readVerified(
  files: PackageFiles,
  file: PackagedFile,
  { most = MOST_FILE_BYTES, cache }: { readonly most?: number; readonly cache?: FileCache | undefined } = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const kept = await cache?.get(file);
  if (kept !== undefined && kept.length <= most && (await sha256(kept)) === file.sha256) return kept;
  const bytes = await files.read(file.source, most);
  const found = await sha256(bytes);
  if (found !== file.sha256) {
    const rule = `must be the file that the package was published with, of SHA-256 ${file.sha256}`;
    throw new InvalidPackageError(file.source, rule, found);
  }
  await cache?.put(file, bytes);
  return bytes;
}
