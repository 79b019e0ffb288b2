import { crop, type GreyData, type GreyImage, type Rectangle, type Segmentable } from '@dilated-unet/core';
import type { ReadOptions, StackSource } from '@dilated-unet/stacks';

/** Most rows of a block, and most bytes: chunks and strips of files have fewer. */
const BLOCK_ROWS = 1024;
const BLOCK_BYTES = 2 ** 24;
/** Most bytes of a block of what is decoded from its top: 8192 x 8192 pixels of 8 bits are one. */
const FROM_TOP_BYTES = 2 ** 26;
/** Sections that are read at once: one is segmented, and up to two behind it are measured. */
const READ_AT_ONCE = 3;
const BYTES = { uint8: 1, uint16: 2, float32: 4 } as const;

/** What `holdRows` gives. */
export interface HeldRows extends StackSource {
  /** The most that it and its source hold, bytes. */
  readonly heldBytes: number;
}

/**
 * A source whose rows are read once where tiles come row by row, though neighbours overlap: blocks of whole rows are kept
 * while tiles read them.
 *
 * @param tall rows that tiles may need at once.
 */
export function holdRows(source: StackSource, tall: number): HeldRows {
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
    heldBytes: heldBytes(source, tall) + (source.keptBytes ?? 0),
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

/** What decides how large blocks are, and what is held beside them. */
export type HeldFacts = Pick<StackSource, 'shape' | 'dtype' | 'fromTop' | 'readBytes'>;

/** Whether a section is a block: it may be read twice, to be measured and to be segmented, from what `holdRows` keeps. */
export function isBlock(source: HeldFacts): boolean {
  return source.shape[1] <= rowsOfBlock(source);
}

/**
 * The most that `holdRows` keeps, bytes; of what is decoded from its top the large parts in which it is measured; and what reads take
 * beside the pixels that they give. What the source keeps from read to read is not in it.
 */
export function heldBytes(source: HeldFacts, tall: number): number {
  const [depth, height, width] = source.shape;
  const { rows, most } = blocksOf(source, tall);
  const measured = source.fromTop === true && !isBlock(source) ? FROM_TOP_BYTES : 0;
  const reads = Math.min(depth, READ_AT_ONCE) * (source.readBytes ?? 0);
  return most * Math.min(rows, height) * width * BYTES[source.dtype] + measured + reads;
}

/** The most that `source` holds while it is segmented, bytes: of what is in memory already, nothing more. */
export function bytesHeldBy(source: Segmentable): number {
  const { heldBytes: held, readBytes = 0, keptBytes = 0 } = source as Partial<HeldRows>;
  return held ?? readBytes + keptBytes;
}

/** Rows of a block, and how many blocks are kept. */
function blocksOf(source: HeldFacts, tall: number): { readonly rows: number; readonly most: number } {
  const rows = rowsOfBlock(source);
  return { rows, most: isBlock(source) ? READ_AT_ONCE : Math.ceil(tall / rows) + 1 };
}

function rowsOfBlock({ shape: [, height, width], dtype, fromTop = false }: HeldFacts): number {
  const [most, bytes] = fromTop ? [height, FROM_TOP_BYTES] : [BLOCK_ROWS, BLOCK_BYTES];
  return Math.max(1, Math.min(most, Math.floor(bytes / (width * BYTES[dtype]))));
}
