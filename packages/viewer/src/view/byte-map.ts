import type { Rectangle } from '@dilated-unet/core';

/** Side of the squares into which a map is cut for the graphics card, pixels. */
export const SQUARE = 512;

/** A byte for each pixel of a section, of which parts change; 0 where nothing is known. */
export class ByteMap {
  readonly width: number;
  readonly height: number;
  readonly #squares = new Map<string, Uint8Array<ArrayBuffer>>();
  /** Counts the changes of each square. */
  readonly #versions = new Map<string, number>();

  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
  }

  /** Sets a part. @param data axes y, x. */
  set({ x, y, width, height }: Rectangle, data: Uint8Array): void {
    for (let row = Math.floor(y / SQUARE); row * SQUARE < y + height; row++) {
      for (let column = Math.floor(x / SQUARE); column * SQUARE < x + width; column++) {
        const square = this.#open(column, row);
        const sides = this.#sides(column, row);
        const [left, top] = [Math.max(x, column * SQUARE), Math.max(y, row * SQUARE)];
        const right = Math.min(x + width, column * SQUARE + sides.width);
        const bottom = Math.min(y + height, row * SQUARE + sides.height);
        for (let line = top; line < bottom; line++) {
          const from = (line - y) * width + left - x;
          square.set(
            data.subarray(from, from + right - left),
            (line - row * SQUARE) * sides.width + left - column * SQUARE,
          );
        }
        const key = `${column},${row}`;
        this.#versions.set(key, (this.#versions.get(key) ?? 0) + 1);
      }
    }
  }

  /** A square with its version; undefined where nothing is known in it. Axes y, x. */
  square(
    column: number,
    row: number,
  ): (Rectangle & { readonly data: Uint8Array<ArrayBuffer>; readonly version: number }) | undefined {
    const key = `${column},${row}`;
    const data = this.#squares.get(key);
    if (data === undefined) return undefined;
    const version = this.#versions.get(key) ?? 0;
    return { x: column * SQUARE, y: row * SQUARE, ...this.#sides(column, row), data, version };
  }

  #open(column: number, row: number): Uint8Array<ArrayBuffer> {
    const key = `${column},${row}`;
    const { width, height } = this.#sides(column, row);
    const square = this.#squares.get(key) ?? new Uint8Array(width * height);
    this.#squares.set(key, square);
    return square;
  }

  #sides(column: number, row: number): { readonly width: number; readonly height: number } {
    return {
      width: Math.min(SQUARE, this.width - column * SQUARE),
      height: Math.min(SQUARE, this.height - row * SQUARE),
    };
  }
}
