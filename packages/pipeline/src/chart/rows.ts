/** A name that stands above a place on an axis. */
export interface Named {
  /** Pixel that it belongs to. */
  readonly at: number;
  /** Of its text, pixels. */
  readonly width: number;
}

const GAP = 10;

/**
 * Names centred above their places, moved inwards at the ends, in as few rows as keep them apart.
 *
 * @returns each with its row from 0 (the upper one) and the pixel where its text begins, in the order of `names`.
 */
export function spread<T extends Named>(
  names: readonly T[],
  left: number,
  right: number,
): (T & { readonly row: number; readonly from: number })[] {
  const ends: number[] = [];
  const placed = new Map<T, { row: number; from: number }>();
  for (const name of [...names].sort((a, b) => a.at - b.at)) {
    const from = Math.max(left, Math.min(name.at - name.width / 2, right - name.width));
    const free = ends.findIndex((end) => end + GAP <= from);
    const row = free < 0 ? ends.length : free;
    ends[row] = from + name.width;
    placed.set(name, { row, from });
  }
  return names.map((name) => ({ ...name, ...(placed.get(name) as { row: number; from: number }) }));
}
