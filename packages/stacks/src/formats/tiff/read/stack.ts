import type { GreyStack } from '@dilated-unet/core';
import { memoryBytes, type ByteSource } from '../../../bytes.ts';
import { withIds } from '../../../ids.ts';
import type { MemoryLimit, OpenOptions } from '../../../options.ts';
import { AXES, readWhole, requireRegion, type StackSource } from '../../../source.ts';
import { storedRowBytes, type Page } from './blocks.ts';
import { readLayout } from './layout.ts';
import { readRegion } from './region.ts';

/** Rows of a strip, which is decoded whole, up to which parts that are smaller cost little more. */
const LOW_STRIP = 512;

/**
 * Opens a grey TIFF: classic or BigTIFF, either byte order, strips or tiles, of the compressions in `SCHEMES`. The
 * directories of all pages are read and checked now; pixels are read and decoded when they are asked for, and only the
 * strips or tiles that a region touches (of uncompressed ones, the rows).
 *
 * Sections are z alone: of several images, channels or times, `options` choose one (see docs/formats.md). Unsigned values of
 * up to 16 bits become uint8 or uint16, others float32; 1-bit pages become uint8 with 0 and 255. Where white is stored as 0
 * (MinIsWhite), values of up to 16 bits are turned round, so that the highest is white. Palettes that are grey ramps become
 * grey. Several samples a pixel are channels; of a picture (RGB, alpha) all pixels are read now, and must be grey and opaque
 * where no channel is chosen. The orientation tag is not applied: rows and columns are those of the file.
 *
 * @param source is closed with the stack that this returns
 * @throws InvalidImageError when the file is not a TIFF, damaged, cut off, not grey, stored in a way that is not
 *   supported, or has several images, channels or times of which none is chosen; pixels are never made up.
 * @throws InvalidOptionError when there is no such image, channel or time.
 */
export async function openTiff(source: ByteSource, options: OpenOptions = {}): Promise<StackSource> {
  const { width, height, dtype, pixelSize, depth, page } = await readLayout(source, withIds(options));
  const shape = [depth, height, width] as const;
  const { tiled, blockHeight, format } = page(0);
  const isCompressed = format.compression !== 'none';
  return {
    shape,
    axes: AXES,
    dtype,
    ...(pixelSize && { pixelSize }),
    ...(isCompressed && !tiled && blockHeight > LOW_STRIP && { fromTop: true }),
    ...(isCompressed && { readBytes: largestBlockBytes(Array.from({ length: depth }, (_, z) => page(z))) }),
    read: async (z, region, readOptions = {}) => {
      requireRegion(shape, z, region);
      return readRegion(source, page(z), region, { ...readOptions, maxBytes: options.maxBytes });
    },
    ...(source.close && { close: () => source.close?.() ?? Promise.resolve() }),
  };
}

/** Bytes of the largest strip or tile of `pages`, stored and decoded. */
function largestBlockBytes(pages: readonly Page[]): number {
  return pages.reduce((most, page) => {
    const stored = page.byteCounts.reduce((longest, bytes) => Math.max(longest, bytes), 0);
    return Math.max(most, stored + page.blockHeight * storedRowBytes(page));
  }, 0);
}

/**
 * Reads a multi-page grey TIFF in memory whole.
 *
 * @returns axes z, y, x, in the order of the pages
 * @throws as `openTiff` and `readWhole`.
 */
export async function readTiffStack(bytes: Uint8Array, options: MemoryLimit = {}): Promise<GreyStack> {
  return readWhole(await openTiff(memoryBytes(bytes), options), options);
}
