import { InvalidOptionError } from '@dilated-unet/core';
import { BYTES_PER_VALUE, type StoredDtype } from '../../../dtype.ts';
import type { PixelSize, StackOrigin } from '../../../source.ts';

/** What is known of an OME-Zarr before the first section. */
export interface ZarrWriterOptions {
  /** Columns (x) of each section, pixels. */
  readonly width: number;
  /** Rows (y) of each section, pixels. */
  readonly height: number;
  readonly dtype: StoredDtype;
  /** Number of sections, where it is known: then closing with another number is an error. @default not known */
  readonly depth?: number | undefined;
  /**
   * Whether the values are numbers of classes or objects: smaller scales then take the most frequent of four values, of equally
   * frequent ones the least, in place of their mean, and the metadata say so (`image-label`). @default false
   */
  readonly labels?: boolean | undefined;
  /** @default not known: then the axes have no unit */
  readonly pixelSize?: PixelSize | undefined;
  /** Of a part: where it lies in the whole, along the axes of which `pixelSize` is known. @default 0 */
  readonly origin?: StackOrigin | undefined;
  /** Of the image, for viewers. @default 'image', of labels 'labels' */
  readonly name?: string | undefined;
}

/** Checks `options`. @throws InvalidOptionError naming the option, what is allowed and what was received. */
export function requireZarrOptions({ width, height, depth, dtype, pixelSize, origin }: ZarrWriterOptions): void {
  for (const [name, value] of Object.entries({ width, height, depth: depth ?? 1 })) {
    if (Number.isSafeInteger(value) && value >= 1) continue;
    throw new InvalidOptionError(name, 'must be a whole number of at least 1', value);
  }
  if (!Object.hasOwn(BYTES_PER_VALUE, dtype)) {
    throw new InvalidOptionError('dtype', 'must be uint8, uint16, uint32 or float32', dtype);
  }
  for (const size of Object.values(pixelSize ?? {}) as readonly number[]) {
    if (Number.isFinite(size) && size > 0) continue;
    throw new InvalidOptionError('pixelSize', 'must be numbers of nanometres above 0', pixelSize);
  }
  if ((Object.values(origin ?? {}) as readonly number[]).every(Number.isFinite)) return;
  throw new InvalidOptionError('origin', 'must be numbers of nanometres', origin);
}
