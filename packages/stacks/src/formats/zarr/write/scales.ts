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
 * most frequent value, of equally frequent ones the least: a place that is always taken, such as the first, would displace them.
 */
export function halved({ width, height, data }: StoredImage, labels: boolean): StoredImage {
  const [rows, columns] = [Math.ceil(height / 2), Math.ceil(width / 2)];
  const out = zeros(dtypeOf(data), rows * columns);
  const isFloat = data instanceof Float32Array;
  for (let y = 0; y < rows; y++) {
    const upper = 2 * y * width;
    // A row or column that is not there counts as the one before it, which leaves mean and frequencies of those that are.
    const lower = 2 * y + 1 < height ? upper + width : upper;
    for (let x = 0; x < columns; x++) {
      const left = 2 * x;
      const right = left + 1 < width ? left + 1 : left;
      const a = data[upper + left] as number;
      const b = data[upper + right] as number;
      const c = data[lower + left] as number;
      const d = data[lower + right] as number;
      if (labels) out[y * columns + x] = mostFrequent(a, b, c, d);
      else out[y * columns + x] = isFloat ? (a + b + c + d) / 4 : Math.round((a + b + c + d) / 4);
    }
  }
  return { width: columns, height: rows, data: out };
}

/** The value that most of the four have; of equally frequent ones the least. */
function mostFrequent(a: number, b: number, c: number, d: number): number {
  if (a === b) return c === d && c < a ? c : a;
  if (c === d) return c;
  // Of two pairs that are left, each has one of a and b.
  const [isFirst, isSecond] = [a === c || a === d, b === c || b === d];
  if (isFirst !== isSecond) return isFirst ? a : b;
  return isFirst ? Math.min(a, b) : Math.min(a, b, c, d);
}
