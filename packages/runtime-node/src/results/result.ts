import type { CellInstancesOptions, GreyImage } from '@dilated-unet/core';
import type { StoredDtype, StoredImage } from '@dilated-unet/stacks';

/** How probabilities are stored: as they are, or as whole numbers of which the largest stands for 1. */
export const DTYPE_OPTIONS = ['uint8', 'uint16', 'float32'] as const;
export type DtypeOption = (typeof DTYPE_OPTIONS)[number];

/** Options of single kinds of result; what a kind does not take is refused. */
export interface ResultOptions extends CellInstancesOptions {
  /** Of probabilities: `uint8` is round(255 p), `uint16` round(65535 p). @default 'float32' */
  readonly dtype?: DtypeOption | undefined;
}

/** How the sections of one result are made, one after another. */
export interface ResultRun {
  /** Type of what is written. */
  readonly dtype: StoredDtype;
  /** Whether the values are numbers of classes or cells, and no quantity. */
  readonly labels: boolean;
  /** What the values are, for messages. */
  readonly values: string;
  /**
   * Bytes a pixel that it takes to make it from the probabilities of a whole section; 0 where each pixel is made of its own
   * probability.
   */
  readonly sectionBytes: number;
  /** What is made of rows, or of a section, whichever others there are. @param probabilities of cell interior, 0 ... 1; axes y, x. */
  readonly of: (probabilities: GreyImage<Float32Array>) => StoredImage;
  /**
   * What is written of the next rows in order of z and y. @param made what `of` gave; may be changed. @param isLast whether a
   * section ends with them. @default as it is
   *
   * @throws InvalidImageError when the sections before it leave no room for it.
   */
  readonly inOrder?: (made: StoredImage, isLast: boolean) => StoredImage;
}

/** One kind of result. */
export interface ResultKind {
  /** The options that it takes. */
  readonly takes: readonly (keyof ResultOptions)[];
  /** @throws InvalidOptionError when an option is outside its range. */
  readonly start: (options: ResultOptions) => ResultRun;
}
