/// <reference lib="esnext.disposable" preserve="true" />
import type { GreyOptions } from '../image/grey-options.ts';
import type { GreyImage } from '../image/image.ts';
import type { Segmentable, StopSignal } from '../image/readable-stack.ts';
import type { Rectangle } from '../image/rectangle.ts';
import type { ModelCard } from '../model/card.ts';
import type { TileOrder } from './order.ts';

/** One finished part of a result: `data` covers `width x height` pixels at (`x`, `y`) of the image. */
export interface SegmentedTile {
  /** Left column of the part, pixels of the image. */
  readonly x: number;
  /** Top row of the part, pixels of the image. */
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** Probability of cell interior, 0 ... 1; axes y, x. */
  readonly data: Float32Array;
  /** Parts finished, this one included. */
  readonly done: number;
  /** Parts in all. */
  readonly total: number;
}

/** What of a source is segmented, and how it is read and cut. */
export interface SegmentOptions extends GreyOptions {
  /** Which section of a stack, from 0. @default 0 */
  readonly z?: number | undefined;
  /**
   * Which pixels of the section. They get what they have in the result of the whole section, since a halo around them is
   * computed too. @default all
   */
  readonly region?: Rectangle | undefined;
  /**
   * Largest side of a tile as the network sees it, halo included, pixels; rounded down to the model's stride.
   * @default what the runtime measured best (each runtime's `DEFAULT_TILE`)
   */
  readonly tile?: number;
  /**
   * In which order the tiles come: row by row, from the middle outwards, or as a function chooses while it runs (a
   * viewer's `nearestFirst`).
   * @default 'row-major'
   */
  readonly order?: TileOrder;
  /** Stops the run between two tiles, and the reading of one. */
  readonly signal?: StopSignal | undefined;
}

/**
 * A loaded model that segments images: the same interface in Node and in the browser.
 *
 * A source is an image in memory, or a stack that is read tile by tile: raw grey values, 8 or 16 bit or float32. A section is
 * compared with what the model was trained on, and one of other grey values or of inverted contrast is refused with a
 * GreyValuesError that names the options with which it fits. The whole section is judged, whichever region is asked for; an
 * image that is a part of a larger one says little of it: read such parts by the `fixedGreyOptions` of what `fitImage` gives for
 * the whole, and the sections of a stack by what `fitStack` gives.
 *
 * Calls are served one after another.
 *
 * @example
 * for await (const { x, y, width, height, data } of segmenter.segment(source, { z: 3, signal })) draw(x, y, data);
 */
export interface Segmenter extends AsyncDisposable {
  readonly card: ModelCard;
  /** What the model runs on, as ONNX Runtime reports it: `cpu`, `cuda`, `wasm` or `webgpu`. */
  readonly device: string;
  /**
   * Segments a section part by part: each as its tile finishes, in pixels of the section.
   *
   * @throws InvalidOptionError when an option is unknown or wrong, GreyValuesError as above, InvalidImageError when the source is no
   * image, and the signal's reason when it is aborted.
   */
  segment(source: Segmentable, options?: SegmentOptions): AsyncIterable<SegmentedTile>;
  /** The parts put together: probability of cell interior, 0 ... 1, of the size of the section or of the region. */
  segmentWhole(source: Segmentable, options?: SegmentOptions): Promise<GreyImage<Float32Array>>;
  /** Frees the model. Calls after it are errors. */
  dispose(): Promise<void>;
}
