import { setImmediate } from 'node:timers/promises';
import {
  addOverlap,
  networkStride,
  overlapCounts,
  OVERLAP_MEASURES,
  overlapScores,
  receptiveField,
  scoresBy,
  section,
  segmentImage,
  type GreyStack,
  type OverlapCounts,
  stackNormalisations,
  type Normalisation,
  type NormalisingModel,
} from '@dilated-unet/core';
import { IGNORED } from '@dilated-unet/stacks';
import type { Evaluation } from './events.ts';
import type { Predictor } from '../model/model.ts';

/** Largest side that is predicted in one piece; larger sections are cut, with the exact halo where it fits. */
const TILE = 2048;
/** Keras' clipping of probabilities in the binary cross-entropy. */
const EPSILON = 1e-7;

/**
 * TensorFlow's probabilities for the sections of `images`.
 *
 * @param images raw grey values. @param normalising what they are normalised by. @param onSection called with how many sections are predicted.
 * @returns float32, of the stack's size, 0 ... 1.
 */
export async function predictStack(
  model: Predictor,
  images: GreyStack,
  normalising: NormalisingModel,
  onSection?: (done: number) => void,
): Promise<GreyStack<Float32Array>> {
  const { width, height, depth } = images;
  const data = new Float32Array(width * height * depth);
  const { radius: receptiveFieldRadius } = receptiveField(model.network);
  const normalisations = stackNormalisations(images, normalising);
  for (let z = 0; z < depth; z++) {
    const probability = await segmentImage(section(images, z), {
      model: {
        stride: networkStride(model.network),
        receptiveFieldRadius,
        normalisation: normalisations[z] as Normalisation,
      },
      tile: TILE,
      depth: 1,
      predict: (tile, size) => Promise.resolve(model.predict(tile, size)),
    });
    data.set(probability.data, z * width * height);
    onSection?.(z + 1);
    // A prediction blocks the event loop; this lets the events out.
    await setImmediate();
  }
  return { width, height, depth, data };
}

/** What is counted of probabilities beside their labels, over all pixels that count, at threshold 0.5. */
export interface ComparisonSums {
  readonly overlap: OverlapCounts;
  /** Of the cross-entropies of the pixels, and how many these are. */
  readonly crossEntropy: number;
  readonly counted: number;
}

/** What a comparison with labels shows. */
export type Comparison = Pick<Evaluation, 'validation'> & { readonly scores: NonNullable<Evaluation['scores']> };

/**
 * Loss, soft Dice and overlap of a stack of probabilities with its labels, over all its pixels that count, at threshold 0.5.
 *
 * @param probabilities of interior, 0 ... 1. @param labels interior above 0, `IGNORED` of stacks where they do not count; of the same
 *   size.
 */
export function compareWithLabels(probabilities: GreyStack<Float32Array>, labels: GreyStack): Comparison {
  return comparison([sumsOf(probabilities, labels)]);
}

/** The sums of a stack, see `compareWithLabels`. */
export function sumsOf(probabilities: GreyStack<Float32Array>, labels: GreyStack): ComparisonSums {
  const overlap = Array.from({ length: labels.depth }, (_, z) =>
    overlapCounts(section(probabilities, z), section(labels, z), { ignore: IGNORED }),
  ).reduce(addOverlap);
  let [crossEntropy, counted] = [0, 0];
  probabilities.data.forEach((probability, i) => {
    if (labels.data[i] === IGNORED) return;
    counted++;
    const p = Math.min(1 - EPSILON, Math.max(EPSILON, probability));
    crossEntropy -= Math.log((labels.data[i] as number) > 0 ? p : 1 - p);
  });
  return { overlap, crossEntropy, counted };
}

/** As `compareWithLabels`, of the pixels of all stacks of which `sums` are, at least one. */
export function comparison(sums: readonly ComparisonSums[]): Comparison {
  const overlap = overlapScores(sums.map((one) => one.overlap).reduce(addOverlap));
  const { softDice } = overlap;
  const total = (of: (one: ComparisonSums) => number): number => sums.reduce((sum, one) => sum + of(one), 0);
  const crossEntropy = total((one) => one.crossEntropy) / total((one) => one.counted);
  return {
    validation: { loss: crossEntropy + 1 - softDice, softDice },
    scores: scoresBy(OVERLAP_MEASURES, ({ key }) => overlap[key]),
  };
}
