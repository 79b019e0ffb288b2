import { InvalidImageError, type Rectangle } from '@dilated-unet/core';
import { dtypeOf, type StoredData, type StoredImage } from '../dtype.ts';
import type { StackSink } from '../sink.ts';
import type { PixelSize, StackOrigin } from '../source.ts';
import { stackOutput } from './output.ts';

export interface WriteSectionsOptions {
  /**
   * The number of sections where it is known: a TIFF then is a classic one (up to 4 GiB), which more programs read, and
   * another number of sections is an error. Without it the file is a BigTIFF.
   */
  readonly depth?: number | undefined;
  /** Size of a pixel, nanometres: a TIFF keeps it as ImageJ does, an OME-Zarr as its scale; PNG does not. @default not known */
  readonly pixelSize?: PixelSize | undefined;
  /** Of a part: where it lies in the whole. An OME-Zarr with `pixelSize` keeps it, other forms have no word for it. @default 0 */
  readonly origin?: StackOrigin | undefined;
  /**
   * Whether the values are numbers of classes or objects: an OME-Zarr then is a label image, whose smaller scales do not mix
   * them; other forms have no word for it. @default false
   */
  readonly labels?: boolean | undefined;
}

/** Rows of a section in full width, one or more. */
export interface SectionRows {
  /** The section, from 0. */
  readonly z: number;
  /** The first of the rows in the section, from 0. */
  readonly y: number;
  /** Axes y, x; of one dtype in all; its memory may be used again when the next rows are asked for. */
  readonly data: StoredData;
}

export interface WriteRowsOptions extends WriteSectionsOptions {
  /** Columns (x) of each section, pixels. */
  readonly width: number;
  /** Rows (y) of each section, pixels. */
  readonly height: number;
}

/**
 * As `writeSections`, for sections that are not in memory: of rows from the top down, a TIFF holds less than 64 KiB or one row,
 * an OME-Zarr as much as 2048 rows, and a PNG the section. Sections come in order; rows that come before those above them are
 * held.
 *
 * @param rows uint8, uint16, uint32 or float32, as for `writeSections`.
 * @returns the number of sections written
 * @throws as `writeSections`; InvalidImageError also when `data` is not whole rows, or rows are missing or come twice.
 */
export function writeRows(
  path: string,
  rows: AsyncIterable<SectionRows> | Iterable<SectionRows>,
  { width, height, ...options }: WriteRowsOptions,
): Promise<number> {
  async function* placed(): AsyncGenerator<PlacedRows> {
    for await (const { z, y, data } of rows) {
      yield { z, region: { x: 0, y, width, height: rowsIn(data, width) }, data, width, height };
    }
  }
  return write(path, placed(), options);
}

/**
 * Writes sections, of one size and type, as they come: a multi-page TIFF (Deflate), a PNG of one section, an OME-Zarr 0.5, or
 * a folder of PNG sections, by the end of `path` (see `stackOutput`). It appears under its name when it is whole; after an
 * error, nothing is left and an older file or OME-Zarr of that name stays.
 *
 * @param sections uint8, uint16, uint32 or float32 (a PNG: uint8, uint16, and uint32 of up to 65535, as uint16).
 * @returns the number of sections written
 * @throws InvalidOptionError for a name or type that is not possible, InvalidImageError when sections differ or there is
 * none (a PNG: not one), EnvironmentError when the disk is full or not writable, and what `sections` throws.
 */
export function writeSections(
  path: string,
  sections: AsyncIterable<StoredImage> | Iterable<StoredImage>,
  options: WriteSectionsOptions = {},
): Promise<number> {
  async function* placed(): AsyncGenerator<PlacedRows> {
    let z = 0;
    for await (const { width, height, data } of sections) {
      yield { z: z++, region: { x: 0, y: 0, width, height }, data, width, height };
    }
  }
  return write(path, placed(), options);
}

/** What `StackSink.write` takes, and the size of the section. */
interface PlacedRows extends Pick<StoredImage, 'width' | 'height'> {
  readonly z: number;
  readonly region: Rectangle;
  readonly data: StoredData;
}

async function write(
  path: string,
  rows: AsyncIterable<PlacedRows>,
  { depth, pixelSize, origin, labels = false }: WriteSectionsOptions,
): Promise<number> {
  const output = await stackOutput(path);
  return output.write(path, async (sinkOf) => {
    let sink: StackSink | undefined;
    let size: Pick<StoredImage, 'width' | 'height'> | undefined;
    let sections = 0;
    for await (const { z, region, data, width, height } of rows) {
      size ??= { width, height };
      if (width !== size.width || height !== size.height) {
        throw new InvalidImageError(
          `Section ${z + 1} has ${width} x ${height} pixels, the first ${size.width} x ${size.height}. Give all one size.`,
        );
      }
      const known = {
        ...{ labels, origin },
        ...(depth !== undefined && { depth }),
        ...(pixelSize !== undefined && { pixelSize }),
      };
      sink ??= sinkOf({ width, height, dtype: dtypeOf(data), ...known });
      await sink.write(z, region, data);
      sections = z + 1;
    }
    if (sink === undefined) throw new InvalidImageError(`There is no section to write to ${path}. Pass at least one.`);
    await sink.close();
    return sections;
  });
}

function rowsIn(data: StoredData, width: number): number {
  if (data.length > 0 && data.length % width === 0) return data.length / width;
  throw new InvalidImageError(
    `Rows of ${width} pixels were given ${data.length} values. Give whole rows, at least one.`,
  );
}
