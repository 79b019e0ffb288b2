import { type GreyData, type GreyImage, InvalidOptionError } from '@dilated-unet/core';
import { stackEnding, writeSections } from '@dilated-unet/stacks/node';

/** Probability maps in order of z: what `segmentStack` gives, or images in an array. */
export type ProbabilitySections = AsyncIterable<GreyImage<Float32Array>> | Iterable<GreyImage<Float32Array>>;

export interface WriteProbabilitiesOptions {
  /**
   * Number of sections where it is known: the file then is a classic TIFF (up to 4 GiB), which more programs read, and
   * another number of sections is an error. Without it the file is a BigTIFF.
   */
  readonly depth?: number;
}

export interface WriteMaskOptions extends WriteProbabilitiesOptions {
  /** Interior is where the probability is above this; 0 ... 1. @default 0.5 */
  readonly threshold?: number;
}

/** Interior is where the probability is above this. */
export const DEFAULT_THRESHOLD = 0.5;
const INTERIOR = 255;

/**
 * Writes a mask, 8 bit: 255 is cell interior (probability above the threshold), 0 membrane. A name that ends in `.png`
 * gives a PNG, which holds one section; `.tif` or `.tiff` gives a multi-page TIFF (Deflate).
 *
 * Sections are written as they come, so that two at most are in memory. The file appears under its name when it is
 * whole; after an error, nothing is left and an older file of that name stays.
 *
 * @returns the number of sections written
 * @throws InvalidOptionError for a name or threshold that is not possible, InvalidImageError when sections differ in
 * size or there is none (a PNG: not one), EnvironmentError when the disk is full or not writable, and what `sections`
 * throws.
 */
export async function writeMask(
  file: string,
  sections: ProbabilitySections,
  { threshold = DEFAULT_THRESHOLD, depth }: WriteMaskOptions = {},
): Promise<number> {
  if (!(threshold >= 0 && threshold <= 1)) {
    throw new InvalidOptionError('threshold', 'must be from 0 to 1', threshold);
  }
  const masks = mapSections(sections, (image) => mask(image, threshold));
  return writeSections(file, masks, { depth });
}

/**
 * Writes probabilities of cell interior as a multi-page float32 TIFF (Deflate), 0 ... 1; otherwise as `writeMask`.
 *
 * @returns the number of sections written
 * @throws as `writeMask` does, and InvalidOptionError for a PNG, which cannot hold them.
 */
export async function writeProbabilities(
  file: string,
  sections: ProbabilitySections,
  { depth }: WriteProbabilitiesOptions = {},
): Promise<number> {
  requireOutputName(file, { probabilities: true });
  return writeSections(file, sections, { depth });
}

/**
 * Checks that the name's ending is one that can be written.
 *
 * @param what.option how the message names the file.
 * @throws InvalidOptionError
 */
export function requireOutputName(
  file: string,
  { probabilities = false, option = 'path' }: { readonly probabilities?: boolean; readonly option?: string } = {},
): void {
  if (stackEnding(file, option) === '.png' && probabilities) {
    const why = 'PNG holds whole numbers and would round the float32 probabilities';
    throw new InvalidOptionError(option, `must end in .tif or .tiff for probabilities: ${why}`, file);
  }
}

async function* mapSections<A extends GreyData, B extends GreyData>(
  sections: AsyncIterable<GreyImage<A>> | Iterable<GreyImage<A>>,
  map: (image: GreyImage<A>) => GreyImage<B>,
): AsyncGenerator<GreyImage<B>, void, undefined> {
  for await (const image of sections) yield map(image);
}

function mask({ width, height, data }: GreyImage<Float32Array>, threshold: number): GreyImage<Uint8Array> {
  return { width, height, data: Uint8Array.from(data, (p) => (p > threshold ? INTERIOR : 0)) };
}
