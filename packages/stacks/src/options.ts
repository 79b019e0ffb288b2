import type { ReadOptions } from './bytes.ts';
import type { IdNumbers } from './ids.ts';

/** How much a read may ask for. */
export interface MemoryLimit {
  /**
   * Most bytes of pixels in memory that one read may take, of a region, a strip or tile that is decoded for it, or of a stack
   * that is read whole: a damaged file may ask for any number. A whole number of at least 1.
   * @default the memory of the machine in Node's `openStack` and `readStack`; elsewhere none, and what there is no room for is
   *   an error too
   */
  readonly maxBytes?: number | undefined;
}

/** What to do with a picture in colour, of images or of `labels`; it has no end, for messages. */
export function toGrey({ labels }: Pick<OpenOptions, 'labels'>): string {
  return labels === true
    ? 'Save ids of cells as numbers of 16 or 32 bits, and labels of two classes in black and white. Do not convert ids to grey: ' +
        'several colours may become one value'
    : 'Convert it to grey (in Fiji: Image > Type > 8-bit)';
}

/**
 * Which sections of a file that has more axes than z, y and x, or several scales. All but `level` count from 1, as ImageJ
 * shows them.
 */
export interface StackSelection {
  /** Which of the images in the file. @default the only one; of several none is taken unasked */
  readonly image?: number | undefined;
  /** @default the only one; of several none is taken unasked */
  readonly channel?: number | undefined;
  /** Which of the times. @default the only one; of several none is taken unasked */
  readonly time?: number | undefined;
  /** Which of the scales of an OME-Zarr, the full resolution first, as its arrays are named. @default 0 */
  readonly level?: number | undefined;
}

export interface OpenOptions extends MemoryLimit, StackSelection, ReadOptions {
  /**
   * Whether the values are labels: the numbers of a palette are then the values, whatever their colours, and integers above
   * 16,777,216 are read as other numbers above it, equal where those are equal. Of labels of up to 16 bits that a TIFF stores with
   * white as 0, values other than 0 and the highest are refused. @default false
   */
  readonly labels?: boolean | undefined;
  /** Which numbers those are, for stacks whose ids are compared with each other. @default others for each stack */
  readonly ids?: IdNumbers | undefined;
  /** Is told, a sentence each, what was decided that the user may not expect, such as pages that are passed over. */
  readonly onNote?: ((note: string) => void) | undefined;
}
