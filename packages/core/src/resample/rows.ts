import type { Rectangle } from '../image/rectangle.ts';
import type { FinishedRows } from '../tiling/stitch.ts';
import { alongX, alongY, resampleAcross, resampleDown, store, type Rescaling } from './region.ts';
import { tapsOf, type Taps } from './axis.ts';

/** Pixels of rows that are given at once, where these are more than one. */
const BAND_PIXELS = 2 ** 20;

/** What of the sections of a rescaled stack is needed to make `region` of probabilities in the sections as they were. */
export function regionToSegment({ from, to }: Rescaling, region: Rectangle): Rectangle {
  const [across, down] = backTaps({ from, to }, region);
  return {
    x: across.begin,
    y: down.begin,
    width: across.end - across.begin,
    height: down.end - down.begin,
  };
}

/** From the sections that are segmented to those that were given: linear, so that probabilities stay such. */
function backTaps({ from, to }: Rescaling, region: Rectangle): [across: Taps, down: Taps] {
  const back = { from: to, to: from };
  return [
    tapsOf(alongX(back), 'linear', region.x, region.width),
    tapsOf(alongY(back), 'linear', region.y, region.height),
  ];
}

/**
 * Brings probabilities back to the pixels that were given, as they come: a few rows of them are held.
 *
 * @param rows from top to bottom, in pixels of `regionToSegment`, all of it.
 * @param region in pixels of the sections that were given.
 * @returns rows in pixels of `region`, from top to bottom.
 */
export async function* rowsBroughtBack(
  rows: AsyncIterable<FinishedRows>,
  rescaling: Rescaling,
  region: Rectangle,
): AsyncGenerator<FinishedRows, void, undefined> {
  const [across, down] = backTaps(rescaling, region);
  const { width, height } = region;
  const held = new Map<number, Float64Array>();
  const sums = new Float64Array(width);
  const lastOf = (i: number): number => (down.first[i] as number) + (down.count[i] as number) - 1;
  const most = Math.max(1, Math.floor(BAND_PIXELS / width));
  let next = 0;
  let ready = 0;
  for await (const part of rows) {
    for (let y = 0; y < part.height; y++) {
      const row = down.begin + part.y + y;
      const data = part.data.subarray(y * part.width, (y + 1) * part.width);
      held.set(row, resampleAcross({ width: part.width, height: 1, data }, across.begin, across));
      while (ready < height && lastOf(ready) <= row) ready++;
      while (ready - next >= most || (ready > next && y === part.height - 1)) {
        const count = Math.min(most, ready - next);
        const made = new Float32Array(count * width);
        for (let k = 0; k < count; k++) {
          resampleDown(down, next + k, (one) => held.get(one) as Float64Array, sums);
          store(sums, made, k * width);
        }
        yield { y: next, width, height: count, data: made };
        next += count;
        const first = next < height ? (down.first[next] as number) : Infinity;
        for (const one of held.keys()) if (one < first) held.delete(one);
      }
    }
  }
}
