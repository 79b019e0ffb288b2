import {
  fitStack,
  type FitStackOptions,
  type GreyImage,
  type GreyOptions,
  type GreyStack,
  InvalidImageError,
  placePart,
  requireImage,
  type Segmenter,
  type SegmentOptions,
} from '@dilated-unet/core';
import { readSection, stackSource, type StackSource } from '@dilated-unet/stacks';

/** Where a run over a stack stands, told after each tile. */
export interface StackProgress {
  /** Section that the tile belongs to, from 0. */
  readonly section: number;
  /** Sections in all. */
  readonly sections: number;
  /** Tiles finished, over all sections. */
  readonly done: number;
  /** Tiles in all, over all sections. */
  readonly total: number;
}

export interface SegmentStackOptions
  extends Pick<SegmentOptions, 'tile' | keyof GreyOptions>, Pick<FitStackOptions, 'onMeasured' | 'onNote'> {
  /** Stops the run between two tiles, and the reading of a section. */
  readonly signal?: AbortSignal;
  /** Called after each tile. */
  readonly onProgress?: (progress: StackProgress) => void;
}

/**
 * Segments a stack section by section. First its grey values are compared with those of the training, as `fitStack` of core
 * does. While a section is used, the next one is being read and computed; no more than these two, and their results, are
 * held.
 *
 * @param stack raw grey values: in memory (axes z, y, x), or a source, which is not closed
 * @returns the probabilities of cell interior of each section (axes y, x; 0 ... 1), in order of z
 * @throws InvalidImageError when the stack has no section, cannot be read, or has a value that is not finite in any section;
 * GreyValuesError when it is not like what the model was trained on; and what the segmenter throws. When the iteration has
 * ended, be it by an error, the signal or a `break`, nothing is under way any more.
 */
export async function* segmentStack(
  segmenter: Segmenter,
  stack: GreyStack | StackSource,
  { signal: outer, tile, onProgress, onMeasured, onNote, ...grey }: SegmentStackOptions = {},
): AsyncGenerator<GreyImage<Float32Array>, void, undefined> {
  const source = 'read' in stack ? stack : stackSource(stack);
  const [depth, height, width] = source.shape;
  if (depth < 1) throw new InvalidImageError('The stack has no section to segment. Pass at least one.');
  const ended = new AbortController();
  const signal = AbortSignal.any([ended.signal, ...(outer ? [outer] : [])]);
  const read = (z: number): Promise<GreyImage> => readSection(source, z, { signal });
  let fit: ((section: GreyImage) => GreyOptions) | undefined;
  const run = async (z: number): Promise<GreyImage<Float32Array>> => {
    const image = await read(z);
    // Found now and not after hours: reading takes a small part of the time of computing.
    for (let k = 0; z === 0 && source.dtype === 'float32' && k < depth; k++)
      requireImage(await read(k), `Section ${k + 1}`);
    const sections = { shape: source.shape, readSection: read };
    fit ??= await fitStack(sections, segmenter.card, grey, { first: image, onNote, ...(onMeasured && { onMeasured }) });
    const options = { ...fit(image), signal, ...(tile !== undefined && { tile }) };
    const whole = { width, height, data: new Float32Array(width * height) };
    for await (const part of segmenter.tiles(image, options)) {
      placePart(whole, part);
      onProgress?.({ section: z, sections: depth, done: z * part.total + part.done, total: depth * part.total });
    }
    return whole;
  };
  const start = (z: number): Promise<GreyImage<Float32Array>> => {
    const result = run(z);
    // It may fail while the section before it is in use; its turn to be heard comes.
    result.catch(() => undefined);
    return result;
  };
  let next = start(0);
  try {
    for (let z = 0; z < depth; z++) {
      const image = await next;
      if (z + 1 < depth) next = start(z + 1);
      yield image;
    }
  } finally {
    ended.abort(new Error('the iteration has ended'));
    await next.catch(() => undefined);
  }
}
