import { bandPixels } from '@dilated-unet/core';
import type { StackSource } from '@dilated-unet/stacks';
import { CountedRows } from '../counted-rows.ts';

/** Bytes of chunks that one pass over columns decodes: fewer than a source keeps, so that each is decoded once. */
const DECODED_BYTES = 2 ** 27;

/** Bytes of labels that are held at most: of chunks of many sections, the bands of fewer are, and chunks decoded more often. */
const HELD_BYTES = 2 ** 27;

/** Counts where windows begin in all of `labels`, in memory of a band of rows. @param onProgress called with parts of all that are done. */
export async function countRows(
  labels: StackSource,
  window: number,
  onProgress?: (done: number, total: number) => void,
): Promise<CountedRows> {
  const [depth, height, width] = labels.shape;
  const rows = new CountedRows({ width, height }, window);
  const [layer, bandRows, tileWidth] = steps(labels);
  const total = Math.ceil(depth / layer) * Math.ceil(height / bandRows);
  let done = 0;
  for (let first = 0; first < depth; first += layer) {
    const sections = Math.min(layer, depth - first);
    for (let y = 0; y < height; y += bandRows) {
      const bandHeight = Math.min(bandRows, height - y);
      const bands = Array.from({ length: sections }, () => new Uint8Array(width * bandHeight));
      for (let x = 0; x < width; x += tileWidth) {
        const tile = { x, y, width: Math.min(tileWidth, width - x), height: bandHeight };
        for (const [k, band] of bands.entries()) {
          const { data } = await labels.read(first + k, tile);
          for (let row = 0; row < bandHeight; row++) {
            band.set(data.subarray(row * tile.width, (row + 1) * tile.width), row * width + x);
          }
        }
      }
      bands.forEach((data, k) => rows.add(first + k, { height: bandHeight, data }));
      onProgress?.(++done, total);
    }
  }
  return rows;
}

/** Sections, rows and columns that are read one after another, so that chunks of several sections are decoded once. */
function steps(labels: StackSource): readonly [layer: number, rows: number, columns: number] {
  const {
    chunk,
    shape: [, height, width],
  } = labels;
  if (chunk === undefined) return [1, Math.max(1, Math.min(height, Math.floor(bandPixels(labels) / width))), width];
  const [layer, rows, columns] = chunk;
  const tiles = Math.max(1, Math.floor(DECODED_BYTES / (4 * layer * rows * columns)));
  const bandRows = Math.min(height, rows);
  const most = Math.max(1, Math.floor(HELD_BYTES / (bandRows * width)));
  return [Math.min(layer, most), bandRows, Math.min(width, tiles * columns)];
}
