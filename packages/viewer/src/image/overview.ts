import type { GreyData, GreyImage, Rectangle } from '@dilated-unet/core';
import type { StackSource } from '@dilated-unet/stacks';
import { reduced } from './reduced.ts';

/** Bytes of pixels that are read at once. */
const BAND_PIXELS = 4 * 2 ** 20;

/** A section, averaged so far that it can be kept. It is read once, in bands from the top; who needs a band waits for it. */
export class Overview {
  /** Pixels of the source for one of the overview, along a side: a power of two. */
  readonly reduction: number;
  readonly #stopped = new AbortController();
  readonly #bandRows: number;
  readonly #bands: Promise<void>[] = [];
  readonly #width: number;
  #data: GreyData | undefined;
  #failed = false;

  /** @param side that the overview has at most, pixels. */
  constructor(source: StackSource, z: number, side: number) {
    const [, rows, columns] = source.shape;
    this.reduction = 2 ** Math.max(0, Math.ceil(Math.log2(Math.max(rows, columns) / side)));
    this.#width = Math.ceil(columns / this.reduction);
    this.#bandRows = Math.max(1, Math.floor(BAND_PIXELS / columns / this.reduction));
    const height = Math.ceil(rows / this.reduction);
    let before: Promise<void> = Promise.resolve();
    for (let row = 0; row < height; row += this.#bandRows) {
      before = before.then(() => this.#readBand(source, z, row));
      before.catch(() => (this.#failed = true));
      this.#bands.push(before);
    }
  }

  /** Whether it could not be read: it is to be begun again. */
  get failed(): boolean {
    return this.#failed;
  }

  /** Ends the reading. */
  stop(): void {
    this.#failed = true;
    this.#stopped.abort();
  }

  /**
   * A region of the section, averaged.
   *
   * @param region in pixels of the reduction, inside of it. @param reduction at least that of the overview, a power of two.
   */
  async read(region: Rectangle, reduction: number, signal: AbortSignal): Promise<GreyImage> {
    const by = reduction / this.reduction;
    const [top, left] = [region.y * by, region.x * by];
    const all = Math.min((region.y + region.height) * by, this.#bands.length * this.#bandRows);
    for (let band = Math.floor(top / this.#bandRows); band * this.#bandRows < all; band++) {
      await this.#bands[band];
      signal.throwIfAborted();
    }
    const data = this.#data as GreyData;
    const height = Math.min(region.height * by, data.length / this.#width - top);
    const width = Math.min(region.width * by, this.#width - left);
    const part = new (data.constructor as new (length: number) => GreyData)(width * height);
    for (let y = 0; y < height; y++) {
      const from = (top + y) * this.#width + left;
      part.set(data.subarray(from, from + width), y * width);
    }
    return reduced({ width, height, data: part }, by);
  }

  async #readBand(source: StackSource, z: number, row: number): Promise<void> {
    const [, rows, columns] = source.shape;
    const y = row * this.reduction;
    const height = Math.min(this.#bandRows * this.reduction, rows - y);
    const { signal } = this.#stopped;
    const band = reduced(await source.read(z, { x: 0, y, width: columns, height }, { signal }), this.reduction);
    const Kind = band.data.constructor as new (length: number) => GreyData;
    this.#data ??= new Kind(this.#width * Math.ceil(rows / this.reduction));
    this.#data.set(band.data, row * this.#width);
  }
}
