import type { Contingency } from './contingency.ts';

/** How well two segmentations of an image agree. All in 0 ... 1, best at 1. */
export interface PartitionScore {
  /** Harmonic mean of `precision` and `recall`. */
  readonly score: number;
  /** Low where true segments are merged. */
  readonly precision: number;
  /** Low where true segments are split. */
  readonly recall: number;
}

/**
 * V_Rand of the ISBI-2012 challenge: the foreground-restricted Rand F-score after thinning (Arganda-Carreras et al.,
 * Front. Neuroanat. 9:142, 2015), as fiji/Trainable_Segmentation computes it. Of two pixels drawn at random, `precision`
 * is the probability that the truth has them in one segment if the prediction has, `recall` the reverse.
 *
 * With n_ij the pixels in true segment i and predicted segment j, and n_0 those in none, each a segment of its own:
 * (sum n_ij^2 + n_0) over sum_j n_j^2 + n_0 (precision), over sum_i n_i^2 (recall).
 */
export function randScore({ truth, prediction, overlaps, unassigned }: Contingency): PartitionScore {
  const together = squares(overlaps) + unassigned;
  const inTruth = squares(truth);
  const inPrediction = squares(prediction) + unassigned;
  return {
    score: together / (0.5 * inTruth + 0.5 * inPrediction),
    precision: together / inPrediction,
    recall: together / inTruth,
  };
}

/** Exact for sections of up to 9e7 pixels: whole numbers below 2^53. */
function squares(counts: readonly number[]): number {
  let sum = 0;
  for (const count of counts) sum += count * count;
  return sum;
}
