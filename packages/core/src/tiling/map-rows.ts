import type { Rectangle } from '../image/rectangle.ts';

/** Values of several channels: `data` has axes channel, y, x. */
export interface Planes {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly data: Float32Array;
}

/** A map that is written and read part by part, and of which only the rows in use are in memory. */
export class MapRows {
  readonly #width: number;
  /** By y; each row has axes channel, x. */
  readonly #rows = new Map<number, Float32Array>();
  #channels = 0;

  /** @param width of the map, its own pixels. */
  constructor(width: number) {
    this.#width = width;
  }

  /** Rows in memory. */
  get held(): number {
    return this.#rows.size;
  }

  /** Writes what `planes`, which lie at `from`, have of `region`. */
  write(region: Rectangle, planes: Planes, from: Pick<Rectangle, 'x' | 'y'>): void {
    const { channels, width, height, data } = planes;
    this.#channels = channels;
    for (let y = region.y; y < region.y + region.height; y++) {
      let row = this.#rows.get(y);
      if (row === undefined) this.#rows.set(y, (row = new Float32Array(channels * this.#width)));
      for (let c = 0; c < channels; c++) {
        const at = (c * height + y - from.y) * width + region.x - from.x;
        row.set(data.subarray(at, at + region.width), c * this.#width + region.x);
      }
    }
  }

  /** The values of `region`, all of which have been written and not forgotten. */
  read({ x, y, width, height }: Rectangle): Planes {
    const channels = this.#channels;
    const data = new Float32Array(channels * height * width);
    for (let j = 0; j < height; j++) {
      const row = this.#rows.get(y + j) as Float32Array;
      for (let c = 0; c < channels; c++) {
        const from = c * this.#width + x;
        data.set(row.subarray(from, from + width), (c * height + j) * width);
      }
    }
    return { channels, height, width, data };
  }

  /** Frees the rows above `y`. */
  forgetAbove(y: number): void {
    for (const row of this.#rows.keys()) if (row < y) this.#rows.delete(row);
  }
}
