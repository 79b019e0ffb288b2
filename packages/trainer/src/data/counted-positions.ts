import { section, type GreyStack } from '@dilated-unet/core';
import { IGNORED } from '@dilated-unet/stacks';

/** Where a window begins: section, first row and first column, from 0. */
export interface WindowPosition {
  readonly z: number;
  readonly y: number;
  readonly x: number;
}

/** The positions of windows in which a pixel counts. */
export interface CountedPositions {
  readonly count: number;
  /** @param k from 0 to `count` - 1: sections one after another, in each rows, in each columns. */
  at(k: number): WindowPosition;
}

/**
 * Finds all positions at which a window has a pixel that counts.
 *
 * @param labels `IGNORED` where they do not count; axes z, y, x. @param window its side, pixels, at most a section's.
 * @returns in memory of a number for each row of each section.
 */
export function countedPositions(labels: GreyStack<Uint8Array>, window: number): CountedPositions {
  const { width, height, depth } = labels;
  const rows = height - window + 1;
  /** Positions up to each row, those of it included; rows of all sections, one behind another. */
  const upTo = new Float64Array(depth * rows);
  let count = 0;
  for (let z = 0, row = 0; z < depth; z++) {
    const { data } = section(labels, z);
    const columns = new Int32Array(width);
    for (let y = 0; y < window - 1; y++) addRow(columns, data, y, 1);
    for (let y = 0; y < rows; y++, row++) {
      addRow(columns, data, y + window - 1, 1);
      eachPosition(columns, window, () => void count++);
      upTo[row] = count;
      addRow(columns, data, y, -1);
    }
  }
  return {
    count,
    at(k) {
      const row = firstAbove(upTo, k);
      const [z, y] = [Math.floor(row / rows), row % rows];
      const { data } = section(labels, z);
      const columns = new Int32Array(width);
      for (let v = y; v < y + window; v++) addRow(columns, data, v, 1);
      let left = k - (row === 0 ? 0 : (upTo[row - 1] as number));
      let found = 0;
      eachPosition(columns, window, (x) => {
        if (left-- === 0) found = x;
      });
      return { z, y, x: found };
    },
  };
}

/** Adds the pixels that count in row `y` to those of each column, or takes them away (`sign` -1). */
function addRow(columns: Int32Array, labels: Uint8Array, y: number, sign: 1 | -1): void {
  const from = y * columns.length;
  for (let x = 0; x < columns.length; x++) {
    if (labels[from + x] !== IGNORED) columns[x] = (columns[x] as number) + sign;
  }
}

/** Calls `visit` with each column at which a window of `columns` begins that has a pixel that counts. */
function eachPosition(columns: Int32Array, window: number, visit: (x: number) => void): void {
  let inside = 0;
  for (let x = 0; x < columns.length; x++) {
    inside += columns[x] as number;
    if (x >= window) inside -= columns[x - window] as number;
    if (x >= window - 1 && inside > 0) visit(x - window + 1);
  }
}

/** The first place at which `rising` is above `value`. */
function firstAbove(rising: Float64Array, value: number): number {
  let [low, high] = [0, rising.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rising[middle] as number) > value) high = middle;
    else low = middle + 1;
  }
  return low;
}
