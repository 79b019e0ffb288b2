import type { ByteSource, ReadOptions } from '../bytes.ts';
import type { StackSource } from '../source.ts';
import type { OpenOptions } from '../options.ts';

/** A file, wherever it lies. */
export interface FilePlace {
  readonly kind: 'file';
  /** Its path, address or name, for messages and for its ending. */
  readonly name: string;
  open(options?: ReadOptions): Promise<ByteSource>;
}

/** Files that belong together: a folder, or those that a pattern matches. */
export interface FolderPlace {
  readonly kind: 'folder';
  readonly name: string;
  /** The names of its files, in any order. */
  list(): Promise<readonly string[]>;
  /** The file `name` in it. */
  file(name: string): FilePlace;
}

/** Where a stack may lie. */
export type Place = FilePlace | FolderPlace;

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
