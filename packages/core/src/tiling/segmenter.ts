import type { GreyOptions } from '../image/grey-options.ts';
import type { GreyImage } from '../image/image.ts';
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

/** How an image is read and cut. */
export interface SegmentOptions extends GreyOptions {
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
  /** Stops the run between two tiles. */
  readonly signal?: { readonly aborted: boolean; throwIfAborted(): void };
}

/**
 * A loaded model that segments images: the same interface in Node and in the browser.
 *
 * Images are raw grey values, 8 or 16 bit or float32. Each is compared with what the model was trained on, and one of other
 * grey values or of inverted contrast is refused with a GreyValuesError that names the options with which it fits. A part of
 * an image says little of the whole: read all parts by the `fixedGreyOptions` of what `fitImage` gives for the whole.
 *
 * Calls are served one after another.
 */
export interface Segmenter {
  readonly card: ModelCard;
  /** What the model runs on, as ONNX Runtime reports it: `cpu`, `cuda`, `wasm` or `webgpu`. */
  readonly device: string;
  /** The whole result: probability of cell interior, 0 ... 1, of the image's size. */
  segment(image: GreyImage, options?: SegmentOptions): Promise<GreyImage<Float32Array>>;
  /** The same, part by part as tiles finish. */
  tiles(image: GreyImage, options?: SegmentOptions): AsyncIterable<SegmentedTile>;
  /** Frees the model. Calls after it are errors. */
  dispose(): Promise<void>;
}
