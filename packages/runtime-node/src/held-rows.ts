import { crop, type GreyData, type GreyImage, type Rectangle } from '@dilated-unet/core';
import type { ReadOptions, StackSource } from '@dilated-unet/stacks';

/** Most rows of a block, and most bytes: chunks and strips of files have fewer. */
const BLOCK_ROWS = 1024;
const BLOCK_BYTES = 2 ** 24;
/** Of sections that are a block: one is segmented, and up to two behind it are measured. */
const MEASURED_AHEAD = 3;
const BYTES = { uint8: 1, uint16: 2, float32: 4 } as const;

/**
 * A source whose rows are read once where tiles come row by row, though neighbours overlap: blocks of whole rows are kept
 * while tiles read them.
 *
 * @param tall rows that tiles may need at once.
 */
export function holdRows(source: StackSource, tall: number): StackSource {
  const { shape, axes, dtype } = source;
  const [, height, width] = shape;
  const { rows, most } = blocksOf(source, tall);
  const blocks = new Map<string, Promise<GreyImage>>();
  const blockOf = (z: number, index: number, options: ReadOptions): Promise<GreyImage> => {
    const key = `${z}/${index}`;
    const y = index * rows;
    const block = blocks.get(key) ?? source.read(z, { x: 0, y, width, height: Math.min(rows, height - y) }, options);
    // Behind the others, so that the first one is the one that was not used for longest.
    blocks.delete(key);
    blocks.set(key, block);
    block.catch(() => blocks.delete(key));
    const [oldest] = blocks.keys();
    if (blocks.size > most && oldest !== undefined) blocks.delete(oldest);
    return block;
  };
  return {
    shape,
    axes,
    dtype,
    async read(z, region: Rectangle, { signal } = {}) {
      let out: GreyData | undefined;
      const bottom = region.y + region.height;
      for (let index = Math.floor(region.y / rows); index * rows < bottom; index++) {
        const block = await blockOf(z, index, { signal });
        const top = Math.max(region.y, index * rows);
        const part = crop(block, {
          ...region,
          y: top - index * rows,
          height: Math.min(bottom, (index + 1) * rows) - top,
        });
        if (part.height === region.height) return part;
        out ??= new (part.data.constructor as new (length: number) => GreyData)(region.width * region.height);
        out.set(part.data, (top - region.y) * region.width);
      }
      return { width: region.width, height: region.height, data: out as GreyData };
    },
  };
}

/** Whether a section is a block: it may be read twice, to be measured and to be segmented, from what `holdRows` keeps. */
export function isBlock(source: Pick<StackSource, 'shape' | 'dtype'>): boolean {
  return source.shape[1] <= rowsOfBlock(source);
}

/** The most that `holdRows` keeps, bytes. */
export function heldBytes(source: Pick<StackSource, 'shape' | 'dtype'>, tall: number): number {
  const [, height, width] = source.shape;
  const { rows, most } = blocksOf(source, tall);
  return most * Math.min(rows, height) * width * BYTES[source.dtype];
}

/** Rows of a block, and how many blocks are kept. */
function blocksOf(
  source: Pick<StackSource, 'shape' | 'dtype'>,
  tall: number,
): { readonly rows: number; readonly most: number } {
  const rows = rowsOfBlock(source);
  return { rows, most: isBlock(source) ? MEASURED_AHEAD : Math.ceil(tall / rows) + 1 };
}

function rowsOfBlock({ shape: [, , width], dtype }: Pick<StackSource, 'shape' | 'dtype'>): number {
  return Math.max(1, Math.min(BLOCK_ROWS, Math.floor(BLOCK_BYTES / (width * BYTES[dtype]))));
}
