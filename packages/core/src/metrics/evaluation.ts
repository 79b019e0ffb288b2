import { InvalidImageError } from '../errors.ts';
import { section, type GreyImage, type GreyStack } from '../image/image.ts';
import { contingency } from './contingency.ts';
import { countedSections, ignoredPixels, type IgnoreOption } from '../image/ignore.ts';
import { informationScore } from './information.ts';
import { connectedComponents } from './labelling.ts';
import { addOverlap, overlapCounts, overlapScores, type OverlapCounts, type OverlapScores } from './overlap.ts';
import { leastPixelError, pixelErrors } from './pixel-error.ts';
import { randScore, type PartitionScore } from './rand.ts';
import { CHALLENGE_THRESHOLDS, thresholdLevels } from './thresholds.ts';
import { warpingError } from './warping.ts';
import { watershed } from './watershed.ts';

/** The metrics of one section. Lists have one entry per threshold of `CHALLENGE_THRESHOLDS`. */
export interface SectionEvaluation {
  readonly rand: readonly PartitionScore[];
  readonly information: readonly PartitionScore[];
  /** Share of wrong pixels. */
  readonly pixelErrors: readonly number[];
  /** At threshold 0.5. */
  readonly warpingError: number;
  /** At threshold 0.5. */
  readonly overlap: OverlapCounts;
}

/** The metrics of a stack: means over its sections, then the best over the thresholds, one threshold for all sections. */
export interface StackEvaluation {
  /** V_Rand, 0 ... 1, best at 1. */
  readonly vRand: number;
  /** Place in `CHALLENGE_THRESHOLDS` of the threshold of `vRand`; the first, where several are best. */
  readonly vRandAt: number;
  /** V_Info, 0 ... 1, best at 1. */
  readonly vInfo: number;
  readonly vInfoAt: number;
  /** Share of wrong pixels, best at 0, over the thresholds 0.1 ... 0.9. */
  readonly pixelError: number;
  readonly pixelErrorAt: number;
  /** At threshold 0.5; best at 0. */
  readonly warpingError: number;
  /** Of all pixels of the stack that count, at threshold 0.5. */
  readonly overlap: OverlapScores;
  readonly sections: readonly SectionEvaluation[];
  /** Place of each of `sections` in the stack, from 0: sections in which no pixel counts are passed over. */
  readonly places: readonly number[];
}

/**
 * The metrics of the ISBI-2012 challenge for one section, at all its thresholds (Arganda-Carreras et al., Front.
 * Neuroanat. 9:142, 2015), equal to those of fiji/Trainable_Segmentation. Where pixels are ignored, both segmentations end
 * there as at the border of the section: who labelled a rectangle gets the metrics of that rectangle cut out.
 *
 * @param probability of cell interior, 0 ... 1; axes y, x.
 * @param label interior where above 0.5 (1 or 255), membrane elsewhere (0), neither where it is `ignore`; axes y, x.
 * @throws InvalidImageError when the two differ in size, a probability is outside of 0 ... 1, or no pixel of the labels is
 * interior.
 */
export function evaluateSection(
  probability: GreyImage,
  label: GreyImage,
  { ignore }: IgnoreOption = {},
): SectionEvaluation {
  const overlap = overlapCounts(probability, label, { ignore });
  const ignored = ignoredPixels(label.data, ignore);
  const { width, height } = label;
  const interior = new Uint8Array(label.data.length);
  for (let i = 0; i < interior.length; i++) {
    interior[i] = (label.data[i] as number) > 0.5 && ignored?.[i] !== 1 ? 1 : 0;
  }
  const truth = connectedComponents({ width, height, data: interior });
  const levels = thresholdLevels(probability);
  const used = new Set(levels);
  const rand: PartitionScore[] = [];
  const information: PartitionScore[] = [];
  const mask = new Uint8Array(levels.length);
  for (let k = 0; k < CHALLENGE_THRESHOLDS.length; k++) {
    const [lastRand, lastInformation] = [rand.at(-1), information.at(-1)];
    // No pixel lies between this threshold and the one before: the same mask has the same scores.
    if (lastRand !== undefined && lastInformation !== undefined && !used.has(k)) {
      rand.push(lastRand);
      information.push(lastInformation);
      continue;
    }
    for (let i = 0; i < mask.length; i++) mask[i] = (levels[i] as number) > k && ignored?.[i] !== 1 ? 1 : 0;
    const counts = contingency(truth, watershed({ width, height, data: mask }, ignored));
    rand.push(randScore(counts));
    information.push(informationScore(counts));
  }
  return {
    rand,
    information,
    pixelErrors: pixelErrors(levels, interior, ignored),
    warpingError: warpingError(probability, label, { ignore }),
    overlap,
  };
}

/**
 * The metrics of a stack from those of its sections, all of equal weight however many of their pixels count.
 *
 * @param places of the sections in the stack, from 0. @default 0, 1, 2 ...
 * @throws InvalidImageError when there are none.
 */
export function summariseSections(
  sections: readonly SectionEvaluation[],
  places: readonly number[] = [...sections.keys()],
): StackEvaluation {
  if (sections.length === 0) throw new InvalidImageError('There are no sections to score. Pass at least one.');
  const perThreshold = (of: (one: SectionEvaluation, k: number) => number): readonly number[] =>
    CHALLENGE_THRESHOLDS.map((_, k) => sections.reduce((sum, one) => sum + of(one, k), 0) / sections.length);
  const rand = perThreshold((one, k) => (one.rand[k] as PartitionScore).score);
  const information = perThreshold((one, k) => (one.information[k] as PartitionScore).score);
  const errors = perThreshold((one, k) => one.pixelErrors[k] as number);
  const [vRand, vInfo] = [Math.max(...rand), Math.max(...information)];
  const pixelErrorAt = leastPixelError(errors);
  return {
    vRand,
    vRandAt: rand.indexOf(vRand),
    vInfo,
    vInfoAt: information.indexOf(vInfo),
    pixelError: errors[pixelErrorAt] as number,
    pixelErrorAt,
    warpingError: sections.reduce((sum, one) => sum + one.warpingError, 0) / sections.length,
    overlap: overlapScores(sections.map(({ overlap }) => overlap).reduce(addOverlap)),
    sections,
    places,
  };
}

/**
 * The metrics of the ISBI-2012 challenge for a stack, section by section on the calling thread; `evaluateSection` and
 * `summariseSections` are its two halves, for callers with several threads.
 *
 * @param probabilities of cell interior, 0 ... 1; axes z, y, x.
 * @param labels interior where above 0.5 (1 or 255), membrane elsewhere (0), neither where it is `ignore`; axes z, y, x. Sections
 *   of nothing but `ignore` are passed over.
 * @throws InvalidImageError when the two differ in size or number of sections, and as `evaluateSection` does.
 */
export function evaluateStack(
  probabilities: GreyStack,
  labels: GreyStack,
  { ignore }: IgnoreOption = {},
): StackEvaluation {
  if (probabilities.depth !== labels.depth) {
    throw new InvalidImageError(
      `There must be labels for each of the ${probabilities.depth} sections of the prediction; received ${labels.depth}.`,
    );
  }
  const places = countedSections(labels, { ignore });
  return summariseSections(
    places.map((z) => evaluateSection(section(probabilities, z), section(labels, z), { ignore })),
    places,
  );
}
