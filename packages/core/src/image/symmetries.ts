import { type GreyData, type GreyImage, emptyLike } from './image.ts';
import type { Rectangle } from './rectangle.ts';

/**
 * A symmetry of the square: mirrors at the vertical and the horizontal middle, then an exchange of the axes. Of a
 * rectangle it makes one whose sides are exchanged where the axes are.
 */
export interface Symmetry {
  /** The first column becomes the last. */
  readonly flipX: boolean;
  /** Then the first row becomes the last. */
  readonly flipY: boolean;
  /** Then rows become columns. */
  readonly transpose: boolean;
}

/**
 * The eight symmetries of the square. The bits of a place say which is there: 1 flips x, 2 flips y, 4 transposes. So
 * 0 changes nothing, 3 is the half turn, 6 the quarter turn clockwise and 5 the one counter-clockwise; 1, 2, 4 and 7
 * are mirrors.
 */
export const SYMMETRIES: readonly Symmetry[] = Array.from({ length: 8 }, (_, bits) => ({
  flipX: (bits & 1) !== 0,
  flipY: (bits & 2) !== 0,
  transpose: (bits & 4) !== 0,
}));

/** The symmetry that undoes `symmetry`. */
export function inverseSymmetry({ flipX, flipY, transpose }: Symmetry): Symmetry {
  return transpose ? { flipX: flipY, flipY: flipX, transpose } : { flipX, flipY, transpose };
}

/** `image` under `symmetry`: the same pixels at other places, of the same kind of data, as a new image. */
export function applySymmetry<T extends GreyData>(image: GreyImage<T>, symmetry: Symmetry): GreyImage<T> {
  const { width, height } = image;
  const data = readWindow(image, { x: 0, y: 0, width, height }, symmetry, emptyLike(image.data, width * height));
  return symmetry.transpose ? { width: height, height: width, data } : { width, height, data };
}

/**
 * Reads the pixels of `window`, which lies within `image`, under `symmetry`.
 *
 * @param out as many values as the window has pixels; axes y, x of the result, whose sides are those of the window,
 * exchanged where `symmetry` transposes.
 * @returns `out`
 */
export function readWindow<T extends GreyData>(
  image: GreyImage,
  { x, y, width, height }: Rectangle,
  { flipX, flipY, transpose }: Symmetry,
  out: T,
): T {
  const column = flipX ? -1 : 1;
  const row = flipY ? -image.width : image.width;
  const [stepX, stepY] = transpose ? [row, column] : [column, row];
  const [columns, rows] = transpose ? [height, width] : [width, height];
  const start = (y + (flipY ? height - 1 : 0)) * image.width + x + (flipX ? width - 1 : 0);
  const { data } = image;
  for (let v = 0, at = 0; v < rows; v++) {
    let from = start + v * stepY;
    for (let u = 0; u < columns; u++) {
      out[at++] = data[from] as number;
      from += stepX;
    }
  }
  return out;
}
