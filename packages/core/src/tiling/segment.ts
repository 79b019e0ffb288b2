import { InvalidOptionError } from '../errors.ts';
import type { GreyOptions } from '../image/grey-options.ts';
import type { GreyImage } from '../image/image.ts';
import { normalise, type AppliedNormalisation } from '../image/normalisation.ts';
import type { Segmentable } from '../image/readable-stack.ts';
import type { ModelCard } from '../model/card.ts';
import { counted, inTurn, type TilePart } from './in-turn.ts';
import { tileQueue } from './order.ts';
import { planTiles, type Tile } from './plan.ts';
import type { SegmentedTile, SegmentOptions } from './segmenter.ts';
import { keptPart, stitchParts } from './stitch.ts';
import { View } from './view.ts';

/**
 * Runs a network on one tile.
 *
 * @param tile z-scores, axes y, x. The callee may keep it, change it or transfer it to another thread.
 * @param size sides of the tile, multiples of the stride, pixels.
 * @returns probabilities of the same size; axes y, x; memory that nobody else writes into afterwards.
 */
export type Predict = (
  tile: Float32Array<ArrayBuffer>,
  size: { readonly width: number; readonly height: number },
) => Promise<Float32Array>;

/** How `predict` is driven over a section. */
export interface SegmentRun extends Omit<SegmentOptions, keyof GreyOptions> {
  readonly predict: Predict;
  /** What must be known of the network; a model card has it. The normalisation is that of the image, see `fitImage`. */
  readonly model: Pick<ModelCard, 'stride' | 'receptiveFieldRadius'> & { readonly normalisation: AppliedNormalisation };
  /** Largest side of a tile, halo included, pixels; rounded down to the stride. */
  readonly tile: number;
  /**
   * Predictions under way at once, an integer of at least 1.
   * @default 2 (one runs while the next tile is prepared and the last one is used; a third would only take memory)
   */
  readonly depth?: number;
  /** Called once, when no prediction is left to begin and at most one is under way: those of another image may be prepared. */
  readonly onLast?: () => void;
}

/**
 * Segments a section tile by tile; the parts, put together, are what the network gives for the whole section extended to
 * multiples of the stride (see pad.ts) and cropped again.
 *
 * No prediction is under way any more when the iteration has ended, be it by an error, the signal, or a `break`.
 *
 * @param source raw grey values; the model's normalisation is applied, and nothing checks that it fits.
 * @returns the parts in the order in which they were begun, each as soon as it and those before it are finished.
 * @throws InvalidImageError when the source is no image or not finite, InvalidOptionError when it has no such section or
 * region, the tile is too small for the model or the order chooses no tile,
 * InvalidModelError when a prediction has another size than its tile, the signal's reason when it is aborted, and
 * whatever `predict` throws.
 */
export async function* segmentTiles(
  source: Segmentable,
  run: SegmentRun,
): AsyncGenerator<SegmentedTile, void, undefined> {
  const { predict, model, tile, order = 'row-major', depth = 2, onLast, signal } = run;
  const view = new View(source, model, run);
  if (!Number.isInteger(depth) || depth < 1) {
    throw new InvalidOptionError('depth', 'must be an integer of at least 1', depth);
  }
  const { width, height } = view;
  const { stride, receptiveFieldRadius } = model;
  const plan = view.wanted(planTiles({ width, height, tile, stride, receptiveFieldRadius }));
  const readTile = view.tileReader(plan);
  const nextTile = tileQueue(plan, order, view.tileInSection);

  const start = async (next: Tile): Promise<TilePart> => {
    const { data } = await readTile(next);
    signal?.throwIfAborted();
    const prediction = await predict(normalise(data, model.normalisation), {
      width: next.input.width,
      height: next.input.height,
    });
    return { ...view.inSection(next.output), data: keptPart(prediction, next) };
  };
  const begin = (): Promise<TilePart> | undefined => {
    const next = nextTile();
    if (next === undefined) return undefined;
    signal?.throwIfAborted();
    return start(next);
  };
  yield* counted(inTurn(begin, depth, onLast), plan.tiles.length, signal);
}

/** The parts that `segmentTiles` gives, put together: probabilities of the section, or of its region. @throws as it does. */
export async function segmentImage(source: Segmentable, run: SegmentRun): Promise<GreyImage<Float32Array>> {
  return stitchParts(source, run.region, segmentTiles(source, run));
}
