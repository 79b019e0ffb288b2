import { dtypeOf, zeros, type StoredImage } from '../../../dtype.ts';

/** The smallest scale has at most so many rows and columns: a screenful. */
const SMALLEST = 1024;

/** Rows and columns of each scale, the full one first: halved, rounded upwards, until both fit a screen. */
export function scaleSizes(height: number, width: number): readonly (readonly [height: number, width: number])[] {
  const sizes: [number, number][] = [[height, width]];
  while (Math.max(height, width) > SMALLEST) {
    [height, width] = [Math.ceil(height / 2), Math.ceil(width / 2)];
    sizes.push([height, width]);
  }
  return sizes;
}

/**
 * `image` at half of its size: of each two by two pixels, fewer at an odd end, the mean (of integers rounded), or of labels the
 * first.
 */
export function halved({ width, height, data }: StoredImage, labels: boolean): StoredImage {
  const [rows, columns] = [Math.ceil(height / 2), Math.ceil(width / 2)];
  const out = zeros(dtypeOf(data), rows * columns);
  const isFloat = data instanceof Float32Array;
  for (let y = 0; y < rows; y++) {
    const upper = 2 * y * width;
    // A row or column that is not there counts as the one before it, which leaves the mean of those that are.
    const lower = 2 * y + 1 < height ? upper + width : upper;
    for (let x = 0; x < columns; x++) {
      const left = 2 * x;
      const right = left + 1 < width ? left + 1 : left;
      if (labels) {
        out[y * columns + x] = data[upper + left] as number;
        continue;
      }
      const sum =
        (data[upper + left] as number) +
        (data[upper + right] as number) +
        (data[lower + left] as number) +
        (data[lower + right] as number);
      out[y * columns + x] = isFloat ? sum / 4 : Math.round(sum / 4);
    }
  }
  return { width: columns, height: rows, data: out };
}
