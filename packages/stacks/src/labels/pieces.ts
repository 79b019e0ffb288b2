import { section, type GreyStack } from '@dilated-unet/core';

/** Sections that are looked at, evenly spread over the stack. */
const MOST_SECTIONS = 8;

/** How the values of labels lie. */
export interface LabelPieces {
  /** Different values other than 0, in the sections that were looked at. */
  readonly ids: number;
  /** Median, over those values and sections, of the pieces that a value has in a section. */
  readonly pieces: number;
}

/**
 * In how many pieces the values of labels lie: 4-connected pixels of one value, 0 aside. The id of a cell has one in most
 * sections; a class of organelles, a grey value or the values along an edge that was blurred have many.
 */
export function labelPieces(labels: GreyStack): LabelPieces {
  const ids = new Set<number>();
  const counts: number[] = [];
  const looked = Math.min(MOST_SECTIONS, labels.depth);
  for (let k = 0; k < looked; k++) {
    const { width, data } = section(labels, Math.floor(((k + 0.5) * labels.depth) / looked));
    const pieces = piecesPerValue(data, width);
    for (const [id, count] of pieces) {
      ids.add(id);
      counts.push(count);
    }
  }
  counts.sort((a, b) => a - b);
  return { ids: ids.size, pieces: counts[counts.length >> 1] ?? 0 };
}

/** Pieces of each value other than 0: its pixels, less one for each two pieces that meet (a forest of sets, by rows). */
function piecesPerValue(data: ArrayLike<number>, width: number): ReadonlyMap<number, number> {
  const pieces = new Map<number, number>();
  const parent = new Int32Array(data.length);
  const root = (p: number): number => {
    let at = p;
    while (parent[at] !== at) {
      parent[at] = parent[parent[at] as number] as number;
      at = parent[at] as number;
    }
    return at;
  };
  for (let p = 0; p < data.length; p++) {
    const value = data[p] as number;
    if (value === 0) continue;
    parent[p] = p;
    let isNew = 1;
    if (p % width > 0 && data[p - 1] === value) {
      parent[p] = root(p - 1);
      isNew = 0;
    }
    if (p >= width && data[p - width] === value) {
      const [left, upper] = [root(p), root(p - width)];
      if (left !== upper) {
        parent[Math.max(left, upper)] = Math.min(left, upper);
        isNew--;
      }
    }
    if (isNew !== 0) pieces.set(value, (pieces.get(value) ?? 0) + isNew);
  }
  return pieces;
}
