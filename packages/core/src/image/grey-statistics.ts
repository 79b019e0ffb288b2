import type { GreyImage } from './image.ts';
import { lineStrength } from './line-balance.ts';
import { paddingOf } from './padding.ts';
import { requireImage } from './validate.ts';

/** Fewest pixels that say something of an image: a window of 64 x 64. */
export const ENOUGH_PIXELS = 64 * 64;

/** What the grey values of images are like, padding left out (see padding.ts). */
export interface GreyStatistics {
  /** Pixels that count. */
  readonly pixels: number;
  /** Mean of the raw grey values. */
  readonly mean: number;
  /** Their (population) standard deviation. */
  readonly std: number;
  /** Lowest and highest grey value, of padding too. */
  readonly lowest: number;
  readonly highest: number;
  /**
   * Whether thin lines, such as membranes, are dark or bright: 1 all dark, -1 all bright. A negative changes its sign; null
   * where fewer than 64 x 64 pixels could be looked at, or no line was found.
   */
  readonly lineBalance: number | null;
}

/** Collects the statistics of images one after another, in memory that does not grow. */
export class GreyTally {
  #pixels = 0;
  /** Sums of differences to the first grey value, which keep their digits where values are large and alike. */
  #sum = 0;
  #squares = 0;
  #origin: number | undefined;
  #lowest = Infinity;
  #highest = -Infinity;
  #dark = 0;
  #bright = 0;
  #linePixels = 0;

  /**
   * Adds the grey values of `image`, and its lines unless `lines` is false.
   *
   * @param what how a message names the image. @throws InvalidImageError as `requireImage`.
   */
  add(
    image: GreyImage,
    { lines = true, what = 'The image' }: { readonly lines?: boolean; readonly what?: string } = {},
  ): this {
    requireImage(image, what);
    const { data } = image;
    const padding = paddingOf(image);
    const origin = (this.#origin ??= data[0] as number);
    for (let i = 0; i < data.length; i++) {
      const value = data[i] as number;
      if (value < this.#lowest) this.#lowest = value;
      if (value > this.#highest) this.#highest = value;
      if (padding?.[i] === 1) continue;
      const difference = value - origin;
      this.#pixels++;
      this.#sum += difference;
      this.#squares += difference * difference;
    }
    if (lines) {
      const { dark, bright, pixels } = lineStrength(image, padding);
      this.#dark += dark;
      this.#bright += bright;
      this.#linePixels += pixels;
    }
    return this;
  }

  /** Of all images so far. Of nothing but padding the deviation is 0. */
  get statistics(): GreyStatistics {
    const origin = this.#origin ?? 0;
    const count = Math.max(1, this.#pixels);
    const mean = this.#sum / count;
    const lines = this.#dark + this.#bright;
    return {
      pixels: this.#pixels,
      mean: origin + mean,
      std: Math.sqrt(Math.max(0, this.#squares / count - mean * mean)),
      lowest: this.#lowest,
      highest: this.#highest,
      lineBalance: this.#linePixels >= ENOUGH_PIXELS && lines > 0 ? (this.#dark - this.#bright) / lines : null,
    };
  }
}
