import { InvalidImageError, InvalidOptionError } from '../errors.ts';
import type { GreyImage } from '../image/image.ts';

/** Ids of the objects of one section; 0 is background. */
export interface IdImage {
  /** Columns (x), pixels. */
  readonly width: number;
  /** Rows (y), pixels. */
  readonly height: number;
  /** Axes y, x; row-major, `height * width` numbers that are only compared. */
  readonly data: ArrayLike<number>;
}

/** Widths of membrane that are drawn, pixels: narrower ones leave gaps between cells that touch. */
export const BOUNDARY_WIDTHS = { least: 2, most: 100 } as const;

/**
 * The membranes between the cells of one section. Membrane is
 *
 * - background (id 0), and
 * - each pixel less than half of `boundaryWidth` away from the line between two cells.
 *
 * The line runs between pixels of two ids and, where background parts them, through the middle of that: each background pixel
 * counts to the nearest cell, and is of the line itself where two are equally near. So the membrane between two cells is
 * `boundaryWidth` wide, or as wide as the background between them where that is more; rounded to a whole number of pixels that
 * is even where cells touch. Distances are Euclidean, in pixels, between the centres of pixels, to a line that runs between
 * pixels half a pixel less. Beyond the image nothing is known: its edge is no membrane, and neither is the edge of a
 * cell towards background of more than that width.
 *
 * Time grows with the number of pixels and the width, memory with the pixels: at most 40 bytes a pixel.
 *
 * @param ids equal where pixels are of one cell, whether they touch or not.
 * @param boundaryWidth pixels, 2 ... 100.
 * @returns 1 cell interior, 0 membrane; axes y, x.
 * @throws InvalidImageError when `ids` has not the pixels of its size, InvalidOptionError for another width.
 */
export function instanceMembranes(ids: IdImage, boundaryWidth: number): GreyImage<Uint8Array<ArrayBuffer>> {
  const { width, height, data } = ids;
  if (data.length !== width * height) {
    throw new InvalidImageError(
      `Ids of ${width} x ${height} pixels must be ${width * height}; received ${data.length}.`,
    );
  }
  checkBoundaryWidth(boundaryWidth);
  const half = boundaryWidth / 2;
  const reach = reachOf(boundaryWidth);
  const cells = nearestCells(ids, reach + 1);
  const near = columnNeighbours({ width, height, data: cells }, reach);
  const out = new Uint8Array(data.length);
  const [toOther, toLine] = [(half + 0.5) ** 2, half ** 2];
  for (let y = 0, p = 0; y < height; y++) {
    for (let x = 0; x < width; x++, p++) {
      const id = data[p] as number;
      if (id === 0) continue;
      let isInterior = 1;
      const last = Math.min(reach, width - 1 - x);
      for (let dx = -Math.min(reach, x); dx <= last && isInterior === 1; dx++) {
        const q = p + dx;
        const other = (near.first[q] === id ? near.toSecond[q] : near.toFirst[q]) as number;
        const line = near.toLine[q] as number;
        if (dx * dx + other * other < toOther || dx * dx + line * line < toLine) isInterior = 0;
      }
      out[p] = isInterior;
    }
  }
  return { width, height, data: out };
}

/** What is nearer than half a width and half a pixel lies in so many rows and columns. */
const reachOf = (boundaryWidth: number): number => Math.ceil(boundaryWidth / 2 + 0.5) - 1;

/**
 * How many rows and columns away from a pixel the ids lie that decide in `instanceMembranes` what it is: a part of a section that has
 * so many more on each side (but where the section ends) gives in its middle what the section gives there.
 */
export function membraneReach(boundaryWidth: number): number {
  // To the line, and from a pixel of the line to the cells on its sides.
  return 2 * reachOf(boundaryWidth) + 1;
}

/** @throws InvalidOptionError for a width of which no membrane is made. */
export function checkBoundaryWidth(boundaryWidth: number): void {
  const { least, most } = BOUNDARY_WIDTHS;
  if (boundaryWidth >= least && boundaryWidth <= most) return;
  throw new InvalidOptionError('boundaryWidth', `must be pixels, ${least} to ${most}`, boundaryWidth);
}

/** Stands for a pixel to which two cells are equally near. No id is so. */
const LINE = -1;
/** Farther than any distance that counts. */
const FAR = 255;

/**
 * The ids, with background that is at most `reach` pixels from a cell as the id of the nearest, or as `LINE`.
 *
 * @returns axes y, x; 0 farther away.
 */
function nearestCells({ width, height, data }: IdImage, reach: number): ArrayLike<number> {
  let hasBackground = false;
  for (let p = 0; p < data.length && !hasBackground; p++) hasBackground = data[p] === 0;
  if (!hasBackground) return data;
  const near = columnNeighbours({ width, height, data }, reach);
  const out = Float64Array.from(data);
  for (let y = 0, p = 0; y < height; y++) {
    for (let x = 0; x < width; x++, p++) {
      if (data[p] !== 0) continue;
      let [nearest, square, isTie] = [0, (reach + 1) ** 2, false];
      const last = Math.min(reach, width - 1 - x);
      for (let dx = -Math.min(reach, x); dx <= last; dx++) {
        const q = p + dx;
        const toFirst = near.toFirst[q] as number;
        const own = dx * dx + toFirst * toFirst;
        if (own < square) [nearest, square, isTie] = [near.first[q] as number, own, near.toSecond[q] === toFirst];
        else if (own === square && nearest !== 0) isTie ||= near.first[q] !== nearest || near.toSecond[q] === toFirst;
      }
      out[p] = isTie ? LINE : nearest;
    }
  }
  return out;
}

/** Of each pixel what is nearest to it in its column, within `reach`. Axes y, x. */
interface ColumnNeighbours {
  /** The nearest id, and rows to it; its own where it has one. */
  readonly first: Float64Array;
  readonly toFirst: Uint8Array;
  /** Rows to the nearest pixel of another id than that. */
  readonly toSecond: Uint8Array;
  /** Rows to the nearest pixel of the line. */
  readonly toLine: Uint8Array;
}

function columnNeighbours({ width, height, data }: IdImage, reach: number): ColumnNeighbours {
  const near: ColumnNeighbours = {
    first: new Float64Array(data.length),
    toFirst: new Uint8Array(data.length).fill(FAR),
    toSecond: new Uint8Array(data.length).fill(FAR),
    toLine: new Uint8Array(data.length).fill(FAR),
  };
  sweep(near, { width, height, data }, reach, 1);
  sweep(near, { width, height, data }, reach, -1);
  return near;
}

/** Notes what each pixel has behind it, going down (1) or up (-1). */
function sweep(near: ColumnNeighbours, { width, height, data }: IdImage, reach: number, step: 1 | -1): void {
  const { first, toFirst, toSecond, toLine } = near;
  // Of each column: the last id and the row that it was last seen in, the last other id, and the last row of the line.
  const id = new Float64Array(width);
  const other = new Float64Array(width);
  const [idRow, otherRow, lineRow] = [0, 0, 0].map(() => new Float64Array(width).fill(Infinity)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  for (let k = 0; k < height; k++) {
    const from = (step === 1 ? k : height - 1 - k) * width;
    for (let x = 0, p = from; x < width; x++, p++) {
      const own = data[p] as number;
      if (own === LINE) lineRow[x] = k;
      else if (own !== 0) {
        if (own !== id[x]) {
          other[x] = id[x] as number;
          otherRow[x] = idRow[x] as number;
          id[x] = own;
        }
        idRow[x] = k;
      }
      const toLast = k - (lineRow[x] as number);
      if (toLast >= 0 && toLast <= reach && toLast < (toLine[p] as number)) toLine[p] = toLast;
      note(p, id[x] as number, k - (idRow[x] as number));
      note(p, other[x] as number, k - (otherRow[x] as number));
    }
  }

  function note(p: number, seen: number, rows: number): void {
    // What was not seen is minus infinitely many rows away.
    if (rows < 0 || rows > reach) return;
    if (rows < (toFirst[p] as number)) {
      if (seen !== first[p]) toSecond[p] = toFirst[p] as number;
      first[p] = seen;
      toFirst[p] = rows;
    } else if (seen !== first[p] && rows < (toSecond[p] as number)) toSecond[p] = rows;
  }
}
