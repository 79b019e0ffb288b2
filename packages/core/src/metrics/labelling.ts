import type { GreyImage } from '../image/image.ts';
import { requireImage } from '../image/validate.ts';

/** An image cut into segments. */
export interface Segmentation {
  /** Columns (x), pixels. */
  readonly width: number;
  /** Rows (y), pixels. */
  readonly height: number;
  /** Number of segments. */
  readonly count: number;
  /** Segment of each pixel, 1 ... `count`; 0 where a pixel is in none. Axes y, x; row-major. */
  readonly labels: Int32Array;
}

/**
 * The 4-connected components of a mask: pixels belong together where a path of left, right, upper and lower neighbours
 * joins them. Components are numbered in the order in which rows, read from the top, meet them.
 *
 * One pass over the rows gives each pixel the number of its left or upper neighbour and notes which numbers meet; a
 * second pass replaces them (Rosenfeld & Pfaltz, J. ACM 13:471, 1966, with a union-find forest).
 *
 * @param mask inside where not 0; axes y, x.
 * @throws InvalidImageError when it is not an image.
 */
export function connectedComponents(mask: GreyImage): Segmentation {
  requireImage(mask, 'The mask');
  const { width, height, data } = mask;
  const labels = new Int32Array(data.length);
  // Two neighbours never open a number each, so at most every other pixel does.
  const parent = new Int32Array((data.length >> 1) + 2);
  let opened = 0;
  for (let y = 0, p = 0; y < height; y++) {
    for (let x = 0; x < width; x++, p++) {
      if (data[p] === 0) continue;
      const left = x > 0 ? (labels[p - 1] as number) : 0;
      const upper = y > 0 ? (labels[p - width] as number) : 0;
      if (left === 0 && upper === 0) {
        parent[++opened] = opened;
        labels[p] = opened;
      } else {
        labels[p] = left || upper;
        if (left !== 0 && upper !== 0 && left !== upper) join(parent, left, upper);
      }
    }
  }
  const count = renumber(parent, opened);
  for (let p = 0; p < labels.length; p++) labels[p] = parent[labels[p] as number] as number;
  return { width, height, count, labels };
}

/** The smallest number that `number` has met: the root of its tree, whose paths are halved on the way. */
function root(parent: Int32Array, number: number): number {
  let n = number;
  while (parent[n] !== n) {
    const up = parent[n] as number;
    parent[n] = parent[up] as number;
    n = up;
  }
  return n;
}

function join(parent: Int32Array, a: number, b: number): void {
  const rootA = root(parent, a);
  const rootB = root(parent, b);
  if (rootA < rootB) parent[rootB] = rootA;
  else parent[rootA] = rootB;
}

/** Replaces each entry of the forest by the final number of its tree, 1 ... the number of trees, which it returns. */
function renumber(parent: Int32Array, opened: number): number {
  let count = 0;
  // A root is smaller than all numbers below it, so that its own final number is there when theirs is looked up.
  for (let n = 1; n <= opened; n++) {
    const up = parent[n] as number;
    parent[n] = up === n ? ++count : (parent[up] as number);
  }
  return count;
}
