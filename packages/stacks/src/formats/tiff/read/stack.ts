import { InvalidImageError, type GreyData, type GreyStack } from '@dilated-unet/core';
import { BYTES_PER_VALUE, bytesOf, zeros, type Dtype } from '../dtype.ts';
import type { Page } from './blocks.ts';
import { decodeBlock } from './decode.ts';
import { readLayout, type StackLayout } from './layout.ts';
import type { ReadLimits } from './limits.ts';

/** Size and type of a stack. */
export interface TiffInfo {
  /** Columns (x), pixels. */
  readonly width: number;
  /** Rows (y), pixels. */
  readonly height: number;
  /** Pages (sections, z). */
  readonly depth: number;
  /** Type of the grey values once read. */
  readonly dtype: Dtype;
}

/**
 * Size and type of a grey TIFF stack, after the same checks that `readTiffStack` makes before it decodes; the pixels
 * are not decoded.
 *
 * @throws InvalidImageError, InvalidOptionError as `readTiffStack` does.
 */
export function readTiffInfo(bytes: Uint8Array, options: ReadLimits = {}): TiffInfo {
  const { width, height, dtype, pages } = readLayout(bytes, options);
  return { width, height, depth: pages.length, dtype };
}

/**
 * Reads a multi-page grey TIFF: classic or BigTIFF, either byte order, strips or tiles, uncompressed, LZW, Deflate or
 * PackBits, with or without predictor.
 *
 * Grey values stay as they are stored: uint8, uint16 or float32. 1-bit pages become uint8 with 0 and 255. Pages with
 * white as 0 (MinIsWhite) are turned round, so that the highest value is always white. The orientation tag is not
 * applied: rows and columns are those of the file.
 *
 * @returns axes z, y, x, in the order of the pages
 * @throws InvalidImageError when the file is not a TIFF, damaged, cut off, not grey, too large, of pages that differ,
 *   or stored in a way that is not supported; pixels are never made up.
 * @throws InvalidOptionError when a limit is not a whole number of at least 1.
 */
export async function readTiffStack(bytes: Uint8Array, options: ReadLimits = {}): Promise<GreyStack> {
  const layout = readLayout(bytes, options);
  const { width, height, pages } = layout;
  const data = allocate(layout);
  for (const [z, page] of pages.entries()) {
    const target = data.subarray(z * width * height, (z + 1) * width * height);
    await readPagePixels(page, target);
  }
  return { width, height, depth: pages.length, data };
}

function allocate({ width, height, dtype, pages }: StackLayout): GreyData {
  try {
    return zeros(dtype, width * height * pages.length);
  } catch (cause) {
    throw new InvalidImageError(
      `There is no memory for a stack of ${width} x ${height} x ${pages.length} ${dtype} values. Split the file, or ` +
        'use a machine with more memory.',
      { cause },
    );
  }
}

/** Decodes `page` block by block into `target`: axes y, x. */
async function readPagePixels(page: Page, target: GreyData): Promise<void> {
  const columns = Math.ceil(page.width / page.blockWidth);
  for (let block = 0; block < page.offsets.length; block++) {
    const x = (block % columns) * page.blockWidth;
    const y = Math.floor(block / columns) * page.blockHeight;
    placeBlock(page, await decodeBlock(page, block), target, x, y);
  }
  if (page.format.inverted) {
    const white = page.format.dtype === 'uint16' ? 0xffff : 0xff;
    for (let i = 0; i < target.length; i++) target[i] = white - (target[i] as number);
  }
}

function placeBlock(page: Page, rows: Uint8Array, target: GreyData, x: number, y: number): void {
  const columns = Math.min(page.blockWidth, page.width - x);
  const height = Math.min(page.blockHeight, page.height - y);
  if (page.format.bits === 1) {
    const rowBytes = Math.ceil(page.blockWidth / 8);
    for (let row = 0; row < height; row++) {
      for (let i = 0; i < columns; i++) {
        const bit = ((rows[row * rowBytes + (i >> 3)] as number) >> (7 - (i & 7))) & 1;
        target[(y + row) * page.width + x + i] = bit * 255;
      }
    }
    return;
  }
  const size = BYTES_PER_VALUE[page.format.dtype];
  const out = bytesOf(target);
  for (let row = 0; row < height; row++) {
    const from = row * page.blockWidth * size;
    out.set(rows.subarray(from, from + columns * size), ((y + row) * page.width + x) * size);
  }
}
