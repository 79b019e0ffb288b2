import { InvalidImageError } from '@dilated-unet/core';
import type { ByteSource, ReadOptions } from '../bytes.ts';
import type { Part } from '../request.ts';
import type { StackSource } from '../source.ts';
import type { OpenOptions } from '../options.ts';

/** A file, wherever it lies. */
export interface FilePlace {
  readonly kind: 'file';
  /** Its path, address or name, for messages and for its ending. */
  readonly name: string;
  open(options?: ReadOptions): Promise<ByteSource>;
}

/** Which bytes of a file in a folder. */
export interface PartOptions extends ReadOptions {
  /** The bytes `start` (included) to `end` (excluded), or the last ones. @default all */
  readonly part?: Part | undefined;
  /** Most bytes that it may give. */
  readonly most: number;
}

/** Files that belong together: a folder, or those that a pattern matches. */
export interface FolderPlace {
  readonly kind: 'folder';
  readonly name: string;
  /** The names of its files, in any order; of a folder that cannot be listed, as on a server, those of `marks` that there are. */
  list(marks: readonly string[], options?: ReadOptions): Promise<readonly string[]>;
  /** The file `name` in it. */
  file(name: string): FilePlace;
  /**
   * Bytes of the file at `path` in it, which may lie in folders of the folder: names joined by `/`, none of them empty, `.`
   * or `..`.
   *
   * @returns memory of the caller's own; undefined where there is no such file
   * @throws InvalidImageError where the path leads out of the folder, or when the file cannot be read or has more than `most`
   *   bytes or not those of `part`; ForbiddenFileError where it is not known whether there is such a file.
   */
  read(path: string, options: PartOptions): Promise<Uint8Array<ArrayBuffer> | undefined>;
}

/** A file that may not be read, or is missing: a server does not tell which. */
export class ForbiddenFileError extends InvalidImageError {}

/** An address of which only the answers tell whether it is a file or a folder. */
export interface AddressPlace {
  readonly kind: 'address';
  readonly file: FilePlace;
  readonly folder: FolderPlace;
}

/** Where a stack may lie. */
export type Place = FilePlace | FolderPlace | AddressPlace;

/** A stack in one file. */
export interface FileFormat {
  readonly kind: 'file';
  /** For messages. */
  readonly name: string;
  /** @param start the first 16 bytes of the file, or all where it has fewer */
  recognises(start: Uint8Array): boolean;
  /** @param bytes are closed when they are not read any more, with the stack that this returns at the latest */
  open(bytes: ByteSource, options: OpenOptions): Promise<StackSource>;
}

/** A stack in several files. */
export interface FolderFormat {
  readonly kind: 'folder';
  readonly name: string;
  /** Files by which it is recognised where a folder cannot be listed; without any it is not opened there. */
  readonly marks: readonly string[];
  /** @param names the files of the folder */
  recognises(names: readonly string[]): boolean;
  /** @param openFile opens one of its files as a stack of its own */
  open(
    folder: FolderPlace,
    openFile: (file: FilePlace, options: ReadOptions) => Promise<StackSource>,
    options: OpenOptions,
  ): Promise<StackSource>;
}

/** One entry of the table of formats. */
export type StackFormat = FileFormat | FolderFormat;
