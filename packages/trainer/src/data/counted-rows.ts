import type { GreyImage } from '@dilated-unet/core';
import { IGNORED } from '@dilated-unet/stacks';

/** Where windows begin in which a pixel counts, of chosen sections: what a thread needs to find one in labels that it reads itself. */
export interface CountedTable {
  /** Side of a window, and columns of a section, pixels. */
  readonly window: number;
  readonly width: number;
  /** Positions in all. */
  readonly count: number;
  /** Pixels that count in all. */
  readonly area: number;
  /** Rows of `upTo` that belong to the sections before each, and to all. */
  readonly begins: Int32Array;
  /** Of each section: the first row at which a window begins. */
  readonly firstRow: Int32Array;
  /** Of each section: the first column that has a pixel that counts, and the one after the last. */
  readonly columns: Int32Array;
  /** Positions up to each row, those of it included; rows in which there may be one, section behind section. */
  readonly upTo: Float64Array;
}

/** What was counted of a section. */
interface CountedSection {
  /** Pixels that count, of those that were added. */
  counted: number;
  /** Rows that were added. */
  rows: number;
  readonly columns: [first: number, end: number];
  /** The first row at which a window begins that has a pixel that counts, and the positions of it and of those that follow. */
  firstRow: number;
  positions: Uint32Array;
  /** Of each column: the last row in which its pixel counts; empty when all rows are there. */
  last: Int32Array;
}

/**
 * Counts the positions of windows in labels that are read part by part: rows of a section from top to bottom, sections in any order
 * and several at a time. It holds a number for each row between the first and the last label of a section.
 */
export class CountedRows {
  readonly #width: number;
  readonly #height: number;
  readonly #window: number;
  readonly #sections = new Map<number, CountedSection>();

  /** @param size of a section. @param window side of a window, pixels. */
  constructor({ width, height }: { readonly width: number; readonly height: number }, window: number) {
    this.#width = width;
    this.#height = height;
    this.#window = window;
  }

  /** Adds the next rows of section `z`. @param labels whole rows, `IGNORED` where they do not count. */
  add(z: number, { height, data }: Pick<GreyImage, 'height' | 'data'>): void {
    const [width, window] = [this.#width, this.#window];
    const own = this.#sectionAt(z);
    const { last, columns } = own;
    for (let row = 0; row < height; row++) {
      const y = own.rows++;
      for (let x = 0, p = row * width; x < width; x++, p++) {
        if (data[p] === IGNORED) continue;
        own.counted++;
        last[x] = y;
        if (x < columns[0]) columns[0] = x;
        if (x >= columns[1]) columns[1] = x + 1;
      }
      const begin = y - window + 1;
      if (begin < 0 || own.counted === 0) continue;
      if (own.firstRow < 0) own.firstRow = begin;
      own.positions[begin - own.firstRow] = this.#positions(own, begin);
    }
    if (own.rows < this.#height) return;
    own.last = new Int32Array(0);
    let used = own.positions.length;
    while (used > 0 && own.positions[used - 1] === 0) used--;
    own.positions = own.positions.slice(0, used);
  }

  /** Pixels of section `z` that count. */
  countedOf(z: number): number {
    return this.#sections.get(z)?.counted ?? 0;
  }

  /** Where the positions lie in the sections `places`, which are numbered from 0 on in this order. */
  table(places: readonly number[]): CountedTable {
    const sections = places.map((z) => this.#sections.get(z) ?? null);
    const begins = new Int32Array(places.length + 1);
    sections.forEach((own, k) => void (begins[k + 1] = (begins[k] as number) + (own?.positions.length ?? 0)));
    const upTo = new Float64Array(begins.at(-1) as number);
    let [count, row] = [0, 0];
    for (const own of sections) for (const positions of own?.positions ?? []) upTo[row++] = count += positions;
    return {
      window: this.#window,
      width: this.#width,
      count,
      area: places.reduce((sum, z) => sum + this.countedOf(z), 0),
      begins,
      firstRow: Int32Array.from(sections.map((own) => own?.firstRow ?? 0)),
      columns: Int32Array.from(sections.flatMap((own) => own?.columns ?? [0, 0])),
      upTo,
    };
  }

  #sectionAt(z: number): CountedSection {
    const known = this.#sections.get(z);
    if (known !== undefined) return known;
    const own: CountedSection = {
      counted: 0,
      rows: 0,
      columns: [this.#width, 0],
      firstRow: -1,
      positions: new Uint32Array(this.#height - this.#window + 1),
      last: new Int32Array(this.#width).fill(-1),
    };
    this.#sections.set(z, own);
    return own;
  }

  /** Columns at which a window that begins in row `y` has a pixel that counts. */
  #positions({ last, columns: [first, end] }: CountedSection, y: number): number {
    const window = this.#window;
    const to = Math.min(this.#width, end + window - 1);
    let [inside, positions] = [0, 0];
    for (let x = first; x < to; x++) {
      if ((last[x] as number) >= y) inside++;
      if (x - window >= first && (last[x - window] as number) >= y) inside--;
      if (x >= window - 1 && inside > 0) positions++;
    }
    return positions;
  }
}
