import { InvalidImageError, InvalidOptionError } from '../errors.ts';
import type { GreyImage } from '../image/image.ts';
import { requireImage } from '../image/validate.ts';
import type { IgnoreOption } from '../image/ignore.ts';

/**
 * What the overlap scores are computed from: pixels by predicted and true class, and the sums of soft Dice. Counts of
 * sections are added up (`addOverlap`) before they are scored, so that a stack is scored over all its pixels.
 */
export interface OverlapCounts {
  /** Interior pixels predicted as interior. */
  readonly truePositive: number;
  /** Membrane pixels predicted as interior. */
  readonly falsePositive: number;
  /** Interior pixels predicted as membrane. */
  readonly falseNegative: number;
  /** Membrane pixels predicted as membrane. */
  readonly trueNegative: number;
  /** Sum of the probabilities. */
  readonly probability: number;
  /** Sum of the probabilities at interior pixels. */
  readonly probabilityInside: number;
}

/** All in 0 ... 1; all but `pixelError` are best at 1. */
export interface OverlapScores {
  /** 2 |A and B| / (|A| + |B|) of the interior class (Dice 1945); 1 when it is neither labelled nor predicted. */
  readonly interiorDice: number;
  /** The same of the membrane class. */
  readonly membraneDice: number;
  /** |A and B| / |A or B| of the interior class (Jaccard); 1 when it is neither labelled nor predicted. */
  readonly interiorIou: number;
  /** The same of the membrane class. */
  readonly membraneIou: number;
  /** Share of pixels whose predicted class is wrong; best at 0. */
  readonly pixelError: number;
  /** Share of the pixels predicted as interior that are. Where none is: 1 if there was none to find, else 0. */
  readonly precision: number;
  /** Share of the interior pixels that are predicted as such. Where there is none: 1 if none is predicted, else 0. */
  readonly recall: number;
  /** Dice of the interior class on probabilities, (2 sum(p t) + 1) / (sum(p) + sum(t) + 1): the one in the loss. */
  readonly softDice: number;
}

export interface OverlapOptions extends IgnoreOption {
  /** Pixels with a probability above this are predicted as interior; 0 ... 1. @default 0.5 (the likelier class) */
  readonly threshold?: number;
}

const SMOOTH = 1;

/**
 * Compares the predicted probabilities of cell interior of one section with its labels.
 *
 * @param probability 0 ... 1, axes y, x.
 * @param label interior where above 0.5 (1 or 255), membrane elsewhere (0), neither where it is `ignore`; axes y, x.
 * @throws InvalidImageError when the two differ in size, or a probability is outside of 0 ... 1.
 * @throws InvalidOptionError when the threshold is outside of 0 ... 1.
 */
export function overlapCounts(
  probability: GreyImage,
  label: GreyImage,
  { threshold = 0.5, ignore }: OverlapOptions = {},
): OverlapCounts {
  if (!(threshold >= 0 && threshold <= 1)) throw new InvalidOptionError('threshold', 'must be in 0 ... 1', threshold);
  requireImage(probability, 'The prediction');
  requireImage(label, 'The label image');
  if (probability.width !== label.width || probability.height !== label.height) {
    throw new InvalidImageError(
      `The label image must have the size of the prediction, ${probability.width} x ${probability.height} pixels; ` +
        `received ${label.width} x ${label.height}.`,
    );
  }
  const counts = { truePositive: 0, falsePositive: 0, falseNegative: 0, trueNegative: 0 };
  let sum = 0;
  let inside = 0;
  probability.data.forEach((p, i) => {
    if (!(p >= 0 && p <= 1)) {
      throw new InvalidImageError(`Probabilities must be in 0 ... 1; received ${p}. Divide 8-bit results by 255.`);
    }
    if (label.data[i] === ignore) return;
    const interior = (label.data[i] as number) > 0.5;
    sum += p;
    if (interior) inside += p;
    if (p > threshold) counts[interior ? 'truePositive' : 'falsePositive']++;
    else counts[interior ? 'falseNegative' : 'trueNegative']++;
  });
  return { ...counts, probability: sum, probabilityInside: inside };
}

/** The counts of two sets of pixels together. */
export function addOverlap(a: OverlapCounts, b: OverlapCounts): OverlapCounts {
  return {
    truePositive: a.truePositive + b.truePositive,
    falsePositive: a.falsePositive + b.falsePositive,
    falseNegative: a.falseNegative + b.falseNegative,
    trueNegative: a.trueNegative + b.trueNegative,
    probability: a.probability + b.probability,
    probabilityInside: a.probabilityInside + b.probabilityInside,
  };
}

/** The scores of all pixels in `counts`. @throws InvalidImageError when there are none. */
export function overlapScores(counts: OverlapCounts): OverlapScores {
  const { truePositive: tp, falsePositive: fp, falseNegative: fn, trueNegative: tn } = counts;
  const wrong = fp + fn;
  const pixels = tp + tn + wrong;
  if (!(pixels > 0)) {
    throw new InvalidImageError('There are no pixels to score. Pass the counts of at least one section.');
  }
  return {
    interiorDice: share(2 * tp, 2 * tp + wrong, 1),
    membraneDice: share(2 * tn, 2 * tn + wrong, 1),
    interiorIou: share(tp, tp + wrong, 1),
    membraneIou: share(tn, tn + wrong, 1),
    pixelError: wrong / pixels,
    precision: share(tp, tp + fp, fn === 0 ? 1 : 0),
    recall: share(tp, tp + fn, fp === 0 ? 1 : 0),
    softDice: (2 * counts.probabilityInside + SMOOTH) / (counts.probability + tp + fn + SMOOTH),
  };
}

function share(part: number, whole: number, ofNothing: number): number {
  return whole === 0 ? ofNothing : part / whole;
}
