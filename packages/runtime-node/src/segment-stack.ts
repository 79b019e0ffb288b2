import {
  type GreyImage,
  type GreyStack,
  InvalidImageError,
  placePart,
  section,
  type Segmenter,
  type SegmentOptions,
} from '@dilated-unet/core';

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

export interface SegmentStackOptions extends SegmentOptions {
  /** Called after each tile. */
  readonly onProgress?: (progress: StackProgress) => void;
}

/**
 * Segments a stack section by section. While a section is used, the next one is being computed; no more than these two
 * results are held.
 *
 * @param stack raw grey values, axes z, y, x
 * @returns the probabilities of cell interior of each section (axes y, x; 0 ... 1), in order of z
 * @throws InvalidImageError when the stack has no section, and what the segmenter throws. When the iteration has ended,
 * be it by an error, the signal or a `break`, nothing is under way any more.
 */
export async function* segmentStack(
  segmenter: Segmenter,
  stack: GreyStack,
  options: SegmentStackOptions = {},
): AsyncGenerator<GreyImage<Float32Array>, void, undefined> {
  if (stack.depth < 1) throw new InvalidImageError('The stack has no section to segment. Pass at least one.');
  let stopped = false;
  const signal = {
    get aborted() {
      return stopped || options.signal?.aborted === true;
    },
    throwIfAborted() {
      options.signal?.throwIfAborted();
      if (stopped) throw new Error('the iteration has ended');
    },
  };
  const start = (z: number): Promise<GreyImage<Float32Array>> => {
    const result = segmentSection(segmenter, stack, z, { ...options, signal });
    // It may fail while the section before it is in use; its turn to be heard comes.
    result.catch(() => undefined);
    return result;
  };
  let next = start(0);
  try {
    for (let z = 0; z < stack.depth; z++) {
      const image = await next;
      if (z + 1 < stack.depth) next = start(z + 1);
      yield image;
    }
  } finally {
    stopped = true;
    await next.catch(() => undefined);
  }
}

async function segmentSection(
  segmenter: Segmenter,
  stack: GreyStack,
  z: number,
  { tile, signal, onProgress }: SegmentStackOptions,
): Promise<GreyImage<Float32Array>> {
  const { width, height, depth } = stack;
  const whole = { width, height, data: new Float32Array(width * height) };
  const options = { ...(tile !== undefined && { tile }), ...(signal && { signal }) };
  for await (const part of segmenter.tiles(section(stack, z), options)) {
    placePart(whole, part);
    onProgress?.({ section: z, sections: depth, done: z * part.total + part.done, total: depth * part.total });
  }
  return whole;
}
