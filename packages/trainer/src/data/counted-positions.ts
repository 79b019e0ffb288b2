import { section, type GreyData, type GreyImage, type GreyStack, type Rectangle } from '@dilated-unet/core';
import { IGNORED } from '@dilated-unet/stacks';
import { CountedRows, type CountedTable } from './counted-rows.ts';

/** Where a window begins: section, first row and first column, from 0. */
export interface WindowPosition {
  readonly z: number;
  readonly y: number;
  readonly x: number;
}

/** The positions of windows in which a pixel counts. */
export interface CountedPositions extends Pick<CountedTable, 'count' | 'area'> {
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
  const table = countedTable(labels, window);
  return {
    count: table.count,
    area: table.area,
    at(k) {
      const { z, y, region, left } = rowAt(table, k);
      const rows = section(labels, z).data.subarray(y * labels.width, (y + window) * labels.width);
      const whole = { ...region, x: 0, width: labels.width };
      return { z, y, x: columnAt(table, { ...whole, data: rows }, whole, left) };
    },
  };
}

/** What says where the positions of `countedPositions` lie, without the labels. */
export function countedTable(labels: GreyStack<Uint8Array>, window: number): CountedTable {
  const rows = new CountedRows(labels, window);
  const places = Array.from({ length: labels.depth }, (_, z) => z);
  for (const z of places) rows.add(z, section(labels, z));
  return rows.table(places);
}

/** The row of a position, and what is needed to find its column. */
export interface PositionRow {
  readonly z: number;
  readonly y: number;
  /** Positions of the row before it. */
  readonly left: number;
  /** The pixels of the labels in which the column is seen. */
  readonly region: Rectangle;
}

/** @param k from 0 to `count` - 1. */
export function rowAt({ window, begins, firstRow, columns, upTo }: CountedTable, k: number): PositionRow {
  const row = firstAbove(upTo, k);
  const z = firstAbove(begins, row) - 1;
  const y = (firstRow[z] as number) + row - (begins[z] as number);
  const [x, end] = [columns[2 * z], columns[2 * z + 1]] as [number, number];
  const left = k - (row === 0 ? 0 : (upTo[row - 1] as number));
  return { z, y, left, region: { x, y, width: end - x, height: window } };
}

/** The column of the position that has `left` others of its row before it. @param labels the pixels of `region`, as `rowAt` says. */
export function columnAt(
  { window, width }: Pick<CountedTable, 'window' | 'width'>,
  labels: GreyImage<GreyData>,
  region: Rectangle,
  left: number,
): number {
  const isCounted = new Uint8Array(width);
  for (let y = 0; y < window; y++) {
    for (let x = 0; x < region.width; x++) {
      if (labels.data[y * labels.width + x] !== IGNORED) isCounted[region.x + x] = 1;
    }
  }
  let [inside, before] = [0, left];
  for (let x = 0; x < width; x++) {
    inside += isCounted[x] as number;
    if (x >= window) inside -= isCounted[x - window] as number;
    if (x >= window - 1 && inside > 0 && before-- === 0) return x - window + 1;
  }
  throw new RangeError(`The row has no ${left + 1} positions: the labels have changed since they were counted.`);
}

/** The first place at which `rising` is above `value`. */
function firstAbove(rising: ArrayLike<number>, value: number): number {
  let [low, high] = [0, rising.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rising[middle] as number) > value) high = middle;
    else low = middle + 1;
  }
  return low;
}
