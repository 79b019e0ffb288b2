import type { Deviation } from './deviation.ts';

/** Largest difference from TensorFlow that a float32 form may have: rounding, in another order. */
const BOUND = 1e-4;

/** Why a form that computes in float32 is not the trained network; null where it is. */
export function float32Fault({ largestDifference }: Deviation): string | null {
  return largestDifference <= BOUND
    ? null
    : `it differs from TensorFlow by ${largestDifference} in a probability, and at most ${BOUND} is rounding`;
}
