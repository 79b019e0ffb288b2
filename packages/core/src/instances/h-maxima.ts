import type { Relief } from '../metrics/immersion.ts';
import type { Segmentation } from '../metrics/labelling.ts';

/** Below what any peak can be cut to. */
const OUTSIDE = -(2 ** 30);
const NO_MAXIMUM = -1;

/**
 * The extended maxima of a relief: the regional maxima that are left when its peaks are cut by `height` (the h-maxima
 * transform; Soille, Morphological Image Analysis, 2nd ed., 6.3.4), 4-connected. A peak has one where it rises above each way
 * to a higher peak by more than `height`; the highest of each component of the mask has one in any case.
 *
 * @param height steps of the relief, 0 or more.
 * @returns the maxima, numbered in the order in which rows, read from the top, meet them; 0 elsewhere. None touches another.
 */
export function extendedMaxima(relief: Relief, height: number): Segmentation {
  const positions = new Int32Array(relief.heights.length);
  return regionalMaxima(withoutPeaks(relief, height, positions), relief.stride, positions);
}

/**
 * The relief less `height`, reconstructed by dilation under the relief: two scans, then a queue for what they leave (Vincent,
 * IEEE Trans. Image Process. 2:176, 1993).
 */
function withoutPeaks({ stride, heights }: Relief, height: number, queue: Int32Array): Int32Array {
  const cut = new Int32Array(heights.length).fill(OUTSIDE);
  for (let p = stride; p < cut.length - stride; p++) {
    const top = heights[p] as number;
    if (top === 0) continue;
    const highest = Math.max(top - height, cut[p - 1] as number, cut[p - stride] as number);
    cut[p] = Math.min(top, highest);
  }
  const isQueued = new Uint8Array(cut.length);
  let [head, waiting] = [0, 0];
  const enqueue = (p: number): void => {
    if (isQueued[p] === 1) return;
    isQueued[p] = 1;
    const end = head + waiting++;
    queue[end < queue.length ? end : end - queue.length] = p;
  };
  const rises = (q: number, level: number): boolean =>
    (cut[q] as number) < level && (cut[q] as number) < (heights[q] as number) && heights[q] !== 0;
  for (let p = cut.length - stride - 1; p >= stride; p--) {
    const top = heights[p] as number;
    if (top === 0) continue;
    const level = Math.min(top, Math.max(cut[p] as number, cut[p + 1] as number, cut[p + stride] as number));
    cut[p] = level;
    if (rises(p + 1, level) || rises(p + stride, level)) enqueue(p);
  }
  while (waiting > 0) {
    const p = queue[head] as number;
    if (++head === queue.length) head = 0;
    waiting--;
    isQueued[p] = 0;
    const level = cut[p] as number;
    for (let side = 0; side < 4; side++) {
      const q = p + (side === 0 ? -1 : side === 1 ? 1 : side === 2 ? -stride : stride);
      if (!rises(q, level)) continue;
      cut[q] = Math.min(level, heights[q] as number);
      enqueue(q);
    }
  }
  return cut;
}

/** The plateaus of `levels` that no neighbour rises above. @param positions room for all of a plateau. */
function regionalMaxima(levels: Int32Array, stride: number, positions: Int32Array): Segmentation {
  const width = stride - 2;
  const height = levels.length / stride - 2;
  const marks = new Int32Array(levels.length);
  const labels = new Int32Array(width * height);
  let count = 0;
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0, first = (y + 1) * stride + 1; x < width; x++, first++, i++) {
      if (marks[first] === 0 && levels[first] !== OUTSIDE) {
        const size = plateau(levels, stride, marks, first, positions);
        const mark = size > 0 ? ++count : NO_MAXIMUM;
        for (let k = 0; k < Math.abs(size); k++) marks[positions[k] as number] = mark;
      }
      labels[i] = Math.max(0, marks[first] as number);
    }
  }
  return { width, height, count, labels };
}

/** Puts the positions of the plateau of `first` into `positions`. @returns how many; less than 0 where a neighbour is higher. */
function plateau(levels: Int32Array, stride: number, marks: Int32Array, first: number, positions: Int32Array): number {
  const level = levels[first] as number;
  let isMaximum = true;
  let size = 1;
  positions[0] = first;
  marks[first] = NO_MAXIMUM;
  for (let k = 0; k < size; k++) {
    const p = positions[k] as number;
    for (let side = 0; side < 4; side++) {
      const q = p + (side === 0 ? -1 : side === 1 ? 1 : side === 2 ? -stride : stride);
      const other = levels[q] as number;
      if (other > level) isMaximum = false;
      else if (other === level && marks[q] === 0) {
        marks[q] = NO_MAXIMUM;
        positions[size++] = q;
      }
    }
  }
  return isMaximum ? size : -size;
}
