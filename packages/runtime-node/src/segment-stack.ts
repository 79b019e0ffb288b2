import { setImmediate } from 'node:timers/promises';
import {
  bandsOf,
  fitStack,
  type FinishedRows,
  type FitStackOptions,
  type GreyImage,
  type GreyOptions,
  type GreyStack,
  InvalidImageError,
  InvalidOptionError,
  placePart,
  type Rectangle,
  requireImage,
  requireOptionNames,
  requireRegionIn,
  type SegmentedTile,
  type Segmenter,
  type SegmentOptions,
  stitchRows,
} from '@dilated-unet/core';
import { sectionsText, stackSource, type StackSource } from '@dilated-unet/stacks';
import { ahead } from './ahead.ts';
import { DEFAULT_TILE } from './default-tile.ts';
import { holdRows, isBlock } from './held-rows.ts';
import { broughtBack, rescaledStack, type Rescale } from './rescaled-rows.ts';

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
  /**
   * The pixels of the stack and those that the model was trained on, as `decidePixelSize` of core gives them: sections are resampled
   * and what they give is brought back, so that results are in pixels of the stack. @default null: sections as they are
   */
  readonly rescale?: Rescale | undefined;
  /** Stops the run between two tiles, and the reading of a section. */
  readonly signal?: AbortSignal | undefined;
  /** Called after each tile. */
  readonly onProgress?: ((progress: StackProgress) => void) | undefined;
}

const NAMES: Readonly<Record<keyof SegmentStackOptions, true>> = {
  tile: true,
  sections: true,
  region: true,
  rescale: true,
  normalise: true,
  greyRange: true,
  invert: true,
  signal: true,
  onProgress: true,
  onMeasured: true,
  onNote: true,
};

/** Rows of the probabilities of a section, whole ones, in pixels of it or of the region: axes y, x; 0 ... 1. */
export interface SectionRows extends FinishedRows {
  /** Place of the section in the stack, from 0. */
  readonly z: number;
  /** Rows of the whole section, or of the region. */
  readonly sectionHeight: number;
}

/**
 * Segments a stack section by section, and gives the probabilities of cell interior (0 ... 1) row by row: those of a row of
 * tiles at once, so that what is in memory does not depend on the height of a section. First the grey values of the stack are
 * compared with those of the training, as `fitStack` of core does. While rows are used, the next ones are being computed. At the
 * end, `onNote` is told which sections have one grey value throughout, where each is normalised by itself.
 *
 * @param stack raw grey values: in memory (axes z, y, x), or a source, which is not closed
 * @returns rows from the top of a section to its bottom, in order of z
 * @throws InvalidOptionError when an option is unknown, or `sections` or `region` do not lie in the stack; InvalidImageError when the stack has no
 * section, cannot be read, or has a value that is not finite in any section; GreyValuesError when it is not like what the model
 * was trained on; and what the segmenter throws. When the iteration has ended, be it by an error, the signal or a `break`,
 * nothing is under way any more.
 */
export async function* segmentRows(
  segmenter: Segmenter,
  stack: GreyStack | StackSource,
  options: SegmentStackOptions = {},
): AsyncGenerator<SectionRows, void, undefined> {
  yield* overSections(segmenter, sourceOf(stack), options, (rows) => rows);
}

/**
 * As `segmentRows`, section by section: the probabilities of each (axes y, x; 0 ... 1), in order of z. While a section is used,
 * the next one is being computed; the results of two are held.
 */
export async function* segmentStack(
  segmenter: Segmenter,
  stack: GreyStack | StackSource,
  options: SegmentStackOptions = {},
): AsyncGenerator<GreyImage<Float32Array>, void, undefined> {
  const source = sourceOf(stack);
  yield* overSections(segmenter, source, options, (rows) => wholeSections(rows));
}

const sourceOf = (stack: GreyStack | StackSource): StackSource => ('read' in stack ? stack : stackSource(stack));

/** The sections that `rows` make up. */
export async function* wholeSections(
  rows: AsyncIterable<SectionRows>,
): AsyncGenerator<GreyImage<Float32Array>, void, undefined> {
  let image: GreyImage<Float32Array> | undefined;
  for await (const part of rows) {
    const { width, y, sectionHeight: height } = part;
    if (part.height === height) {
      yield { width, height, data: part.data };
      continue;
    }
    image ??= { width, height, data: new Float32Array(width * height) };
    placePart(image, { ...part, x: 0 });
    if (y + part.height < height) continue;
    yield image;
    image = undefined;
  }
}

/** What `make` makes of the rows of each section, the next value under way while one is used. */
async function* overSections<T>(
  segmenter: Segmenter,
  stack: StackSource,
  options: SegmentStackOptions,
  make: (rows: AsyncGenerator<SectionRows, void, undefined>) => AsyncGenerator<T, void, undefined>,
): AsyncGenerator<T, void, undefined> {
  requireOptionNames(options, Object.keys(NAMES));
  const { tile, sections, region: asked, rescale, onProgress, onMeasured, onNote, signal: stop, ...grey } = options;
  const ended = new AbortController();
  const signal = AbortSignal.any([ended.signal, ...(stop ? [stop] : [])]);
  const [depth] = stack.shape;
  if (depth < 1) throw new InvalidImageError('The stack has no section to segment. Pass at least one.');
  const places = sections ?? Array.from({ length: depth }, (_, z) => z);
  requirePlaces(places, depth);
  if (asked !== undefined) requireRegionIn(asked, { height: stack.shape[1], width: stack.shape[2] });
  const scaled = rescale ? rescaledStack(stack, rescale, asked) : undefined;
  const { source, window: region } = scaled ?? { source: stack, window: asked };
  const [, height, width] = source.shape;
  // Found now and not after hours: reading takes a small part of the time of computing.
  if (source.dtype === 'float32') for (const z of places) await requireFinite(source, z, signal);
  const held = holdRows(source, 2 * (tile ?? DEFAULT_TILE));
  const fit = await fitStack(isBlock(source) ? held : source, segmenter.card, grey, {
    signal,
    onNote,
    ...(onMeasured && { onMeasured }),
  });
  const kept = region ?? { x: 0, y: 0, width, height };
  const measured = new Map<number, Promise<GreyOptions>>();
  /** Section `z` is measured once, and begun by whoever asks first: the section before it, or it itself. */
  const measure = (z: number): Promise<GreyOptions> => {
    // Not before the first tile of the section before it is on its way.
    const begun = measured.get(z) ?? setImmediate().then(() => fit(z, signal));
    measured.set(z, begun);
    // It may fail while the section before it is computed; its turn to be heard comes.
    begun.catch(() => undefined);
    return begun;
  };
  const blank: number[] = [];
  let done = 0;
  const rowsOfSection = async function* (section: number, z: number): AsyncGenerator<SectionRows, void, undefined> {
    const read = await measure(z);
    if (typeof read.normalise === 'object' && read.normalise.std === 0) blank.push(z);
    const how: SegmentOptions = { ...read, z, region, signal, ...(tile !== undefined && { tile }) };
    const parts = told(segmenter.segment(held, how), ({ total }) =>
      onProgress?.({ section, sections: places.length, done: ++done, total: places.length * total }),
    );
    const following = places[section + 1];
    if (following !== undefined) void measure(following);
    let last: FinishedRows | undefined;
    for await (const rows of stitchRows(parts, kept)) {
      if (rows.y + rows.height === kept.height) last = rows;
      else yield { ...rows, z, sectionHeight: kept.height };
    }
    // After its end, so that the segmenter is free while a whole section is used.
    if (last !== undefined) yield { ...last, z, sectionHeight: kept.height };
  };
  const made = places.map((z, section) => () => {
    const rows = rowsOfSection(section, z);
    return make(scaled === undefined ? rows : broughtBack(rows, z, scaled));
  });
  try {
    yield* ahead(made, () => ended.abort(new Error('the iteration has ended')));
  } finally {
    await Promise.allSettled(measured.values());
    if (blank.length > 0) {
      const where = sectionsText(blank);
      onNote?.(`The model sees nothing in ${where}, where all pixels are alike: what it finds there means nothing.`);
    }
  }
}

async function* told(
  parts: AsyncIterable<SegmentedTile>,
  onPart: (part: SegmentedTile) => void,
): AsyncGenerator<SegmentedTile, void, undefined> {
  for await (const part of parts) {
    onPart(part);
    yield part;
  }
}

async function requireFinite(source: StackSource, z: number, signal: AbortSignal | undefined): Promise<void> {
  for await (const band of bandsOf(source, z, signal)) requireImage(band, `Section ${z + 1}`, { x: 0, y: band.y });
}

function requirePlaces(places: readonly number[], depth: number): void {
  const isRising = places.every((z, i) => Number.isInteger(z) && z > (places[i - 1] ?? -1));
  if (places.length > 0 && isRising && (places.at(-1) as number) < depth) return;
  throw new InvalidOptionError('sections', `must be rising whole numbers from 0 to ${depth - 1}, at least one`, places);
}
