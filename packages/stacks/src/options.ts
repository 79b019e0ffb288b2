import type { ReadOptions } from './bytes.ts';

/** What a file may ask for before it is refused. Each must be a whole number of at least 1. */
export interface OpenLimits {
  /**
   * Most pages (sections).
   * @default 100000, far above the sections of a serial-section volume
   */
  readonly maxPages?: number | undefined;
  /**
   * Most pixels in one page.
   * @default 2 ** 32, a section of 65536 x 65536
   */
  readonly maxPixels?: number | undefined;
}

/** Which sections of a file that has more axes than z, y and x. Each counts from 1, as ImageJ shows them. */
export interface StackSelection {
  /** Which of the images in the file. @default the only one; of several none is taken unasked */
  readonly image?: number | undefined;
  /** @default the only one; of several none is taken unasked */
  readonly channel?: number | undefined;
  /** Which of the times. @default the only one; of several none is taken unasked */
  readonly time?: number | undefined;
}

export interface OpenOptions extends OpenLimits, StackSelection, ReadOptions {
  /** Whether the values are labels: the numbers of a palette are then the values, whatever their colours. @default false */
  readonly labels?: boolean | undefined;
  /** Is told, a sentence each, what was decided that the user may not expect, such as pages that are passed over. */
  readonly onNote?: ((note: string) => void) | undefined;
}
