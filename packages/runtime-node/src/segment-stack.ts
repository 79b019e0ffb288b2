import {
  fitStack,
  type FitStackOptions,
  type GreyData,
  type GreyImage,
  type GreyOptions,
  type GreyStack,
  InvalidImageError,
  InvalidOptionError,
  placePart,
  type Rectangle,
  requireImage,
  type Segmenter,
  type SegmentOptions,
} from '@dilated-unet/core';
import { readSection, stackSource, type StackSource } from '@dilated-unet/stacks';
import { requireRegionIn, windowOf } from './region.ts';

/** Where a run over a stack stands, told after each tile. */
export interface StackProgress {
  /** Section that the tile belongs to: its place among those that are segmented, from 0. */
  readonly section: number;
  /** Sections that are segmented, in all. */
  readonly sections: number;
  /** Tiles finished, over all sections. */
  readonly done: number;
  /** Tiles in all, over all sections. */
  readonly total: number;
}

export interface SegmentStackOptions
  extends Pick<SegmentOptions, 'tile' | keyof GreyOptions>, Pick<FitStackOptions, 'onMeasured' | 'onNote'> {
  /**
   * Which sections are segmented: their places in the stack, from 0, rising. The others only take part in judging the grey
   * values, as they do when all are segmented. @default all
   */
  readonly sections?: readonly number[] | undefined;
  /**
   * Which pixels of each section. They get what they have in the result of the whole section (within 1e-5, as with tiles), since
   * a halo around them is computed too. @default all
   */
  readonly region?: Rectangle | undefined;
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
 * @returns the probabilities of cell interior of each section, or of the region of it (axes y, x; 0 ... 1), in order of z
 * @throws InvalidOptionError when `sections` or `region` do not lie in the stack; InvalidImageError when the stack has no section, cannot be read, or has a value that is not finite in any section;
 * GreyValuesError when it is not like what the model was trained on; and what the segmenter throws. When the iteration has
 * ended, be it by an error, the signal or a `break`, nothing is under way any more.
 */
export async function* segmentStack(
  segmenter: Segmenter,
  stack: GreyStack | StackSource,
  { signal: outer, tile, sections: chosen, region, onProgress, onMeasured, onNote, ...grey }: SegmentStackOptions = {},
): AsyncGenerator<GreyImage<Float32Array>, void, undefined> {
  const source = 'read' in stack ? stack : stackSource(stack);
  const [depth, height, width] = source.shape;
  if (depth < 1) throw new InvalidImageError('The stack has no section to segment. Pass at least one.');
  const places = chosen ?? Array.from({ length: depth }, (_, z) => z);
  requirePlaces(places, depth);
  if (region !== undefined) requireRegionIn(region, { width, height });
  const ended = new AbortController();
  const signal = AbortSignal.any([ended.signal, ...(outer ? [outer] : [])]);
  const read = (z: number): Promise<GreyImage> => readSection(source, z, { signal });
  let fit: ((section: GreyImage) => GreyOptions) | undefined;
  const run = async (i: number): Promise<GreyImage<Float32Array>> => {
    const z = places[i] as number;
    const image = await read(z);
    // Found now and not after hours: reading takes a small part of the time of computing.
    if (i === 0 && source.dtype === 'float32') for (const k of places) requireImage(await read(k), `Section ${k + 1}`);
    const sections = { shape: source.shape, readSection: read };
    const first = z === 0 ? { first: image } : {};
    fit ??= await fitStack(sections, segmenter.card, grey, { ...first, onNote, ...(onMeasured && { onMeasured }) });
    const options = { ...fit(image), signal, ...(tile !== undefined && { tile }) };
    const window = region && windowOf(region, { width, height }, segmenter.card);
    const seen = window === undefined ? image : await cut(image, window);
    const result = { width: seen.width, height: seen.height, data: new Float32Array(seen.width * seen.height) };
    for await (const part of segmenter.tiles(seen, options)) {
      placePart(result, part);
      const { done, total } = part;
      onProgress?.({ section: i, sections: places.length, done: i * total + done, total: places.length * total });
    }
    if (region === undefined || window === undefined) return result;
    return cut(result, { ...region, x: region.x - window.x, y: region.y - window.y });
  };
  const start = (i: number): Promise<GreyImage<Float32Array>> => {
    const result = run(i);
    // It may fail while the section before it is in use; its turn to be heard comes.
    result.catch(() => undefined);
    return result;
  };
  let next = start(0);
  try {
    for (let i = 0; i < places.length; i++) {
      const image = await next;
      if (i + 1 < places.length) next = start(i + 1);
      yield image;
    }
  } finally {
    ended.abort(new Error('the iteration has ended'));
    await next.catch(() => undefined);
  }
}

/** The pixels of `region` of `image`, a copy of the same kind of data. */
function cut<T extends GreyData>(image: GreyImage<T>, region: Rectangle): Promise<GreyImage<T>> {
  return stackSource({ ...image, depth: 1 }).read(0, region) as Promise<GreyImage<T>>;
}

function requirePlaces(places: readonly number[], depth: number): void {
  const isRising = places.every((z, i) => Number.isInteger(z) && z > (places[i - 1] ?? -1));
  if (places.length > 0 && isRising && (places.at(-1) as number) < depth) return;
  throw new InvalidOptionError('sections', `must be rising whole numbers from 0 to ${depth - 1}, at least one`, places);
}
