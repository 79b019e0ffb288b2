import type { Contingency } from './contingency.ts';
import type { PartitionScore } from './rand.ts';

/**
 * V_Info of the ISBI-2012 challenge: the foreground-restricted information-theoretic F-score after thinning
 * (Arganda-Carreras et al., Front. Neuroanat. 9:142, 2015), as fiji/Trainable_Segmentation computes it: the mutual
 * information of the two segmentations over the entropy of the truth (`precision`), of the prediction (`recall`), over
 * the mean of both (`score`).
 *
 * A segmentation of one segment has no entropy to share: what is asked of it counts as given, as for V_Rand. Two of them
 * agree (1), where the reference says 0; one beside another of several scores 0 in both.
 */
export function informationScore({ pixels, truth, prediction, overlaps }: Contingency): PartitionScore {
  const ofTruth = entropy(truth, pixels);
  const ofPrediction = entropy(prediction, pixels);
  // Rounding must not carry it out of the range that it has.
  const most = Math.min(ofTruth, ofPrediction);
  const mutual = Math.min(most, Math.max(0, ofTruth + ofPrediction - entropy(overlaps, pixels)));
  return {
    score: ofTruth + ofPrediction === 0 ? 1 : (2 * mutual) / (ofTruth + ofPrediction),
    precision: ofTruth === 0 ? 1 : mutual / ofTruth,
    recall: ofPrediction === 0 ? 1 : mutual / ofPrediction,
  };
}

/**
 * Entropy, nats, of a partition of `pixels` into parts of `counts`; pixels beyond their sum are parts of their own, which
 * add nothing: 1 ln 1 = 0.
 */
function entropy(counts: readonly number[], pixels: number): number {
  if (counts[0] === pixels) return 0;
  let sum = 0;
  for (const count of counts) sum += count * Math.log(count);
  return Math.log(pixels) - sum / pixels;
}
