import { mkdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { InvalidOptionError } from '@dilated-unet/core';
import { createFolder, replaceFile, requireNewFolder, requireWritable, type Replaceable } from '@dilated-unet/host';
import type { StoredDtype } from '../dtype.ts';
import type { TiffWriterOptions } from '../formats/tiff/write/options.ts';
import { tiffSink } from '../formats/tiff/write/sink.ts';
import type { ByteSink } from '../formats/tiff/write/writer.ts';
import { GROUP_FILE, isZarrName, zarrSink } from '../formats/zarr/write/sink.ts';
import type { FolderSink, StackSink } from '../sink.ts';
import type { StackOrigin } from '../source.ts';
import { fileSink } from './file-sink.ts';
import { LARGEST_IN_PNG, pngFolderSink, pngSink } from './png-write.ts';

/** What is known of a stack before it is written. */
export interface StackFileOptions extends Pick<
  TiffWriterOptions,
  'width' | 'height' | 'dtype' | 'depth' | 'pixelSize'
> {
  /** Whether the values are numbers of classes or objects. */
  readonly labels: boolean;
  /** Where it lies in a whole that it is a part of, which an OME-Zarr alone has a word for. @default 0 */
  readonly origin?: StackOrigin | undefined;
}

type Facts = Pick<StackOutput, 'name' | 'mostSections' | 'dtypes' | 'largestId'>;
type SinkOf = (options: StackFileOptions) => StackSink;

/** A form in which a stack is written. */
export interface StackOutput {
  /** For messages: `a PNG`. */
  readonly name: string;
  /** Most sections that it holds. */
  readonly mostSections: number;
  readonly dtypes: readonly StoredDtype[];
  /** Largest number of uint32 that it holds, where that is not any; else infinite. */
  readonly largestId: number;
  /** Whether it takes the place of another of its form. */
  readonly replaces: boolean;
  /** Checks, before any work is done, that there is room for it. @throws as `requireWritable` and `requireNewFolder` of host. */
  readonly requireRoom: (path: string, option?: string) => Promise<void>;
  /** Makes it by `use`; it appears when it is whole, and not at all after an error. */
  readonly write: <T>(path: string, use: (sinkOf: SinkOf) => Promise<T>) => Promise<T>;
}

type Values = Pick<StackOutput, 'dtypes' | 'largestId'>;
const ANY: Values = { dtypes: ['uint8', 'uint16', 'uint32', 'float32'], largestId: Infinity };
const AS_PNG: Values = { dtypes: ['uint8', 'uint16', 'uint32'], largestId: LARGEST_IN_PNG };

const TIFF = file({ name: 'a TIFF', mostSections: Infinity, ...ANY }, (bytes, options) =>
  tiffSink(bytes, { ...options, compression: 'deflate' }),
);
const BIG_TIFF = file({ name: 'a BigTIFF', mostSections: Infinity, ...ANY }, (bytes, options) =>
  tiffSink(bytes, { ...options, compression: 'deflate', bigTiff: true }),
);
const PNG = file({ name: 'a PNG', mostSections: 1, ...AS_PNG }, pngSink);

const ZARR = folder({ name: 'an OME-Zarr', mostSections: Infinity, ...ANY }, zarrSink, {
  what: 'an OME-Zarr',
  mark: GROUP_FILE,
  owns: isZarrName,
});
const PNG_FOLDER = folder({ name: 'a folder of PNG sections', mostSections: Infinity, ...AS_PNG }, pngFolderSink);

const FILES: Readonly<Record<string, StackOutput>> = { '.tif': TIFF, '.tiff': TIFF, '.tf8': BIG_TIFF, '.png': PNG };

/**
 * As what a stack is written at `where`: by the ending, .tif or .tiff a TIFF, .tf8 a BigTIFF, .png a PNG, .zarr an OME-Zarr;
 * where it ends in a slash or is a folder, a folder of PNG sections.
 *
 * @param option how the message names the path.
 * @throws InvalidOptionError for another name.
 */
export async function stackOutput(where: string, option = 'path'): Promise<StackOutput> {
  const ending = path.extname(where).toLowerCase();
  if (ending === '.zarr') return ZARR;
  if (where.endsWith('/')) return PNG_FOLDER;
  if (Object.hasOwn(FILES, ending)) return FILES[ending] as StackOutput;
  if ((await stat(where).catch(() => undefined))?.isDirectory() === true) return PNG_FOLDER;
  const rule = 'must end in .tif, .tiff, .tf8 (BigTIFF), .png or .zarr, or in / for a folder of PNG sections';
  throw new InvalidOptionError(option, rule, where);
}

function file(facts: Facts, sinkOf: (bytes: ByteSink, options: StackFileOptions) => StackSink): StackOutput {
  return {
    ...facts,
    replaces: true,
    requireRoom: requireWritable,
    write: (where, use) =>
      replaceFile(where, (handle) => {
        const bytes = fileSink(handle);
        return use((options) => sinkOf(bytes, options));
      }),
  };
}

/** @param replaces what it may replace, beside an empty folder. */
function folder(
  facts: Facts,
  sinkOf: (files: FolderSink, options: StackFileOptions) => StackSink,
  replaces?: Replaceable,
): StackOutput {
  return {
    ...facts,
    replaces: replaces !== undefined,
    requireRoom: (where, option) => requireNewFolder(where, option, replaces),
    write: (where, use) => createFolder(where, (made) => use((options) => sinkOf(filesIn(made), options)), replaces),
  };
}

function filesIn(made: string): FolderSink {
  return {
    async write(inner, content) {
      const target = path.join(made, inner);
      await mkdir(path.dirname(target), { recursive: true });
      await writeFile(target, content, { flag: 'wx', flush: true });
    },
  };
}
