import type { GreyImage } from '../image/image.ts';

/**
 * The squared Euclidean distance of each pixel of a mask to the nearest pixel outside of it, exact (Felzenszwalb & Huttenlocher,
 * Theory of Computing 8:415, 2012): along columns, then along rows by the lower envelope of parabolas. Beyond the image nothing
 * is outside: a cell that its edge cuts goes on there.
 *
 * @param mask inside where not 0; axes y, x.
 * @returns axes y, x; 0 outside of the mask, and infinite where nothing is outside.
 */
export function squaredDistances({ width, height, data }: GreyImage): Float64Array {
  const squares = new Float64Array(data.length);
  for (let x = 0; x < width; x++) {
    for (let y = 0, steps = Infinity; y < height; y++) {
      const p = y * width + x;
      steps = data[p] === 0 ? 0 : steps + 1;
      squares[p] = steps;
    }
    for (let y = height - 1, steps = Infinity; y >= 0; y--) {
      const p = y * width + x;
      steps = Math.min(steps + 1, squares[p] as number);
      squares[p] = steps * steps;
    }
  }
  const envelope = { rows: new Float64Array(width), apexes: new Int32Array(width), starts: new Float64Array(width) };
  for (let y = 0; y < height; y++) lowerEnvelope(squares.subarray(y * width, (y + 1) * width), envelope);
  return squares;
}

interface Envelope {
  readonly rows: Float64Array;
  /** Columns of the parabolas that are lowest somewhere, from the left. */
  readonly apexes: Int32Array;
  /** From which column on each of them is the lowest. */
  readonly starts: Float64Array;
}

/** Replaces each value of `row` by the least of all values there plus the square of the distance to them. */
function lowerEnvelope(row: Float64Array, { rows, apexes, starts }: Envelope): void {
  rows.set(row);
  let last = -1;
  for (let x = 0; x < row.length; x++) {
    const value = rows[x] as number;
    if (value === Infinity) continue;
    let start = -Infinity;
    for (; last >= 0; last--) {
      const apex = apexes[last] as number;
      start = (value + x * x - ((rows[apex] as number) + apex * apex)) / (2 * (x - apex));
      if (start > (starts[last] as number)) break;
      start = -Infinity;
    }
    last++;
    apexes[last] = x;
    starts[last] = start;
  }
  if (last < 0) return;
  for (let x = 0, k = 0; x < row.length; x++) {
    while (k < last && (starts[k + 1] as number) < x) k++;
    const apex = apexes[k] as number;
    row[x] = (x - apex) ** 2 + (rows[apex] as number);
  }
}
