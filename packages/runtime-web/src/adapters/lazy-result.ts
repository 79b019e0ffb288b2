import {
  nearestFirst,
  readableStack,
  type GreyImage,
  type Rectangle,
  type Segmentable,
  type SegmentedTile,
  type Segmenter,
  type SegmentOptions,
} from '@dilated-unet/core';

/** Which section of the source behind an adapter is segmented, and how it is read and cut; see core's `SegmentOptions`. */
export type LazyOptions = Omit<SegmentOptions, 'region' | 'order' | 'signal'>;

interface Wanted {
  readonly region: Rectangle;
  readonly resolve: (result: GreyImage<Float32Array>) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * The result for a section of which only the tiles that are asked for are computed: those nearest to what was asked for last come
 * first, so that the part that a user looks at overtakes the rest.
 */
export class LazyResult {
  readonly width: number;
  readonly height: number;
  readonly #start: () => AsyncIterator<SegmentedTile>;
  #tiles: AsyncIterator<SegmentedTile> | undefined;
  #parts: readonly SegmentedTile[] = [];
  /** What was asked for last stands last. */
  #wanted: readonly Wanted[] = [];
  #isRunning = false;

  /** @throws InvalidImageError when the source is none. */
  constructor(segmenter: Pick<Segmenter, 'segment'>, source: Segmentable, options: LazyOptions = {}) {
    const [, height, width] = readableStack(source).shape;
    this.width = width;
    this.height = height;
    const order = nearestFirst(() => middleOf(this.#wanted.at(-1)?.region ?? { x: 0, y: 0, width, height }));
    this.#start = () => segmenter.segment(source, { ...options, order })[Symbol.asyncIterator]();
  }

  /**
   * Probabilities of interior in `region`, pixels of the section; axes y, x.
   *
   * @throws what `segment` of the segmenter throws, and the signal's reason when it is aborted, after which its part is not waited
   *   for.
   */
  async read(region: Rectangle, signal?: AbortSignal): Promise<GreyImage<Float32Array>> {
    signal?.throwIfAborted();
    return this.#has(region) ? this.#copy(region) : this.#wait(region, signal);
  }

  #wait(region: Rectangle, signal: AbortSignal | undefined): Promise<GreyImage<Float32Array>> {
    return new Promise((resolve, reject) => {
      const wanted: Wanted = { region, resolve, reject };
      this.#wanted = [...this.#wanted, wanted];
      signal?.addEventListener('abort', () => {
        this.#wanted = this.#wanted.filter((one) => one !== wanted);
        reject(signal.reason as Error);
      });
      if (!this.#isRunning) void this.#run();
    });
  }

  /** Computes tiles until nobody waits. */
  async #run(): Promise<void> {
    this.#isRunning = true;
    try {
      while (this.#wanted.length > 0) {
        this.#tiles ??= this.#start();
        const next = await this.#tiles.next();
        if (next.done === true) break;
        this.#parts = [...this.#parts, next.value];
        for (const one of this.#wanted) if (this.#has(one.region)) one.resolve(this.#copy(one.region));
        this.#wanted = this.#wanted.filter((one) => !this.#has(one.region));
      }
    } catch (error) {
      // The next who asks begins again, perhaps with tiles of another size.
      this.#tiles = undefined;
      this.#parts = [];
      for (const { reject } of this.#wanted) reject(error);
      this.#wanted = [];
    }
    this.#isRunning = false;
  }

  #has(region: Rectangle): boolean {
    const there = this.#parts.reduce((sum, part) => {
      const { width, height } = overlapOf(part, region);
      return sum + width * height;
    }, 0);
    return there >= region.width * region.height;
  }

  #copy(region: Rectangle): GreyImage<Float32Array> {
    const data = new Float32Array(region.width * region.height);
    for (const part of this.#parts) {
      const { x, y, width, height } = overlapOf(part, region);
      for (let row = y; row < y + height; row++) {
        const from = (row - part.y) * part.width + x - part.x;
        data.set(part.data.subarray(from, from + width), (row - region.y) * region.width + x - region.x);
      }
    }
    return { width: region.width, height: region.height, data };
  }
}

const middleOf = ({ x, y, width, height }: Rectangle) => ({ x: x + width / 2, y: y + height / 2 });

/** Of no width or height where they do not meet. */
function overlapOf(a: Rectangle, b: Rectangle): Rectangle {
  const [x, y] = [Math.max(a.x, b.x), Math.max(a.y, b.y)];
  const width = Math.max(0, Math.min(a.x + a.width, b.x + b.width) - x);
  const height = Math.max(0, Math.min(a.y + a.height, b.y + b.height) - y);
  return { x, y, width: height === 0 ? 0 : width, height: width === 0 ? 0 : height };
}
