import {
  commonRange,
  ENOUGH_PIXELS,
  GreyTally,
  section,
  type GreyStack,
  type Normalisation,
  type Span,
  type TrainedGreyValues,
} from '@dilated-unet/core';
import type { Augmentation } from './augmentation/amplitudes.ts';

/**
 * The grey values that a model sees in training: those of the sections, as far as they differ from each other (those of which nearly
 * all is padding left out), and as far as `augmentation` changes exposure and contrast (stripes, noise and blur leave mean and
 * deviation about as they are).
 *
 * @param stacks training sections, raw grey values. @param normalisation of all of them together.
 */
export function trainedGreyValues(
  stacks: readonly GreyStack[],
  { mean, std }: Normalisation,
  { darkSection, intensity }: Augmentation,
): TrainedGreyValues {
  const all = new GreyTally();
  const sections = stacks.flatMap((stack) =>
    Array.from({ length: stack.depth }, (_, z) => {
      const image = section(stack, z);
      all.add(image);
      return { ...new GreyTally().add(image, { lines: false }).statistics, whole: image.data.length };
    }),
  );
  // A blank section has no contrast, and a sliver of tissue beside padding says nothing of sections.
  const seen = sections.filter(({ std: own, pixels, whole }) => own > 0 && pixels >= Math.min(ENOUGH_PIXELS, whole));
  const shifts = seen.map((one) => (one.mean - mean) / std);
  const contrasts = seen.map((one) => one.std / std);
  let shift: Span = [Math.min(0, ...shifts), Math.max(0, ...shifts)];
  let contrast: Span = [Math.min(1, ...contrasts), Math.max(1, ...contrasts)];
  if (darkSection !== undefined && darkSection.probability > 0) {
    shift = [shift[0] - darkSection.darkening, shift[1]];
    contrast = [contrast[0] * darkSection.contrast[0], contrast[1]];
  }
  if (intensity !== undefined) {
    const [least, most] = intensity.gain;
    shift = [shift[0] * most - intensity.offset, shift[1] * most + intensity.offset];
    contrast = [contrast[0] * least, contrast[1] * most];
  }
  const { lowest, highest, lineBalance } = all.statistics;
  return {
    range: rangeOf(stacks, lowest, highest),
    shift: [rounded(shift[0]), rounded(shift[1])],
    contrast: [Math.max(LEAST, rounded(contrast[0])), rounded(contrast[1])],
    lineBalance: lineBalance === null ? null : rounded(lineBalance),
  };
}

/** An augmentation may take all contrast away, and a card's must be above 0. */
const LEAST = 0.01;

/** To four digits behind the point: people read cards. */
function rounded(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}

/** Black and white: of 8 bits all that these hold, of others the narrowest common range that holds the stack. */
function rangeOf(stacks: readonly GreyStack[], lowest: number, highest: number): TrainedGreyValues['range'] {
  if (stacks.every(({ data }) => data instanceof Uint8Array)) return [0, 255];
  if (lowest === highest) return [lowest, lowest + 1];
  // Integers are no probabilities: those of an 8-bit detector at least.
  const areIntegers = stacks.every(({ data }) => !(data instanceof Float32Array));
  return areIntegers ? commonRange(0, Math.max(highest, 255)) : commonRange(lowest, highest);
}
