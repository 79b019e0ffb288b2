import { CHALLENGE_THRESHOLDS } from './thresholds.ts';

/**
 * The pixel error of a section at each of `CHALLENGE_THRESHOLDS`: the share of pixels whose class is wrong, 0 ... 1, best
 * at 0.
 *
 * @param levels of the prediction, as `thresholdLevels` gives them; axes y, x.
 * @param interior 1 where the label is interior, 0 where it is membrane; axes y, x.
 * @param ignored 1 at pixels that do not count; null where all do.
 */
export function pixelErrors(
  levels: Uint8Array,
  interior: Uint8Array,
  ignored: Uint8Array | null = null,
): readonly number[] {
  const steps = CHALLENGE_THRESHOLDS.length + 1;
  /** Pixels by class and level: membrane first. */
  const counts = new Float64Array(2 * steps);
  let counted = 0;
  for (let i = 0; i < levels.length; i++) {
    if (ignored?.[i] === 1) continue;
    counted++;
    (counts[(interior[i] as number) * steps + (levels[i] as number)] as number)++;
  }
  // Below all thresholds every pixel would be interior; each threshold turns the pixels of one level to membrane.
  let wrong = counts.subarray(0, steps).reduce((sum, count) => sum + count, 0);
  return CHALLENGE_THRESHOLDS.map((_, k) => {
    wrong += (counts[steps + k] as number) - (counts[k] as number);
    return wrong / counted;
  });
}

/**
 * Place in `CHALLENGE_THRESHOLDS` of the least of `errors`, one per threshold. The ends are left out, as in the
 * challenge: at 0 and 1 thresholds separate nothing.
 */
export function leastPixelError(errors: readonly number[]): number {
  const inner = errors.slice(1, -1);
  return 1 + inner.indexOf(Math.min(...inner));
}
