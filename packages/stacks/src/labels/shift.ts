import {
  countedValues,
  crop,
  isDilatedUnetError,
  labelOffset,
  section,
  type GreyStack,
  type LabelOffset,
  type Rectangle,
} from '@dilated-unet/core';
import { areEnough, comparedSections } from './correlation.ts';
import { IGNORED } from './ignored.ts';

/** Least side of sections that are compared, as they are reduced. */
const SMALLEST_SIDE = 64;
/** By how much sections are reduced, one after the other, until the labels lie within what is searched. */
const REDUCTIONS = [1, 2, 4] as const;

/** Where labels lie beside their images. */
export interface LabelShift extends LabelOffset {
  /** Whether `registerLabels` finds it, which looks no farther than four pixels. */
  readonly isInReach: boolean;
}

/**
 * Where labels lie beside the images, up to 16 pixels away: `labelOffset` of core on a few sections, reduced where the labels lie
 * too far for it. Sections of less than 64 pixels agree somewhere by chance, so that as far as 8 pixels is only looked in those
 * of 128, and as far as 16 in those of 256.
 *
 * @param labels interior 1, membrane 0, `IGNORED` where they do not count; of the size of `images`.
 * @returns pixels down and right; undefined where labels and images do not say, or too few pixels count.
 */
export function labelShift(images: GreyStack, labels: GreyStack): LabelShift | undefined {
  const places = comparedSections(labels);
  for (const factor of REDUCTIONS) {
    const grey = reduced(images, places, factor, (mean) => mean);
    const interior = reduced(labels, places, factor, (mean) => (mean >= 0.5 ? 1 : 0), IGNORED);
    if (Math.min(grey.width, grey.height) < SMALLEST_SIDE) return undefined;
    if (!areEnough(countedValues(interior.data, IGNORED), grey.width * grey.height)) return undefined;
    try {
      const found = labelOffset(grey, interior, { ignore: IGNORED });
      if (factor === 1) return { ...found, isInReach: true };
      const near = { y: found.y * factor, x: found.x * factor, correlation: found.correlation };
      return { ...refined(images, labels, { places, near }), isInReach: false };
    } catch (error) {
      if (!isDilatedUnetError(error)) throw error;
    }
  }
  return undefined;
}

/** Where labels lie that were seen `near` there in reduced sections: measured again in whole ones; `near` where these do not say. */
function refined(
  images: GreyStack,
  labels: GreyStack,
  { places, near }: { readonly places: readonly number[]; readonly near: LabelOffset },
): LabelOffset {
  const [y, x] = [Math.round(near.y), Math.round(near.x)];
  const from = (side: number): number => Math.max(0, side);
  const size = { width: images.width - Math.abs(x), height: images.height - Math.abs(y) };
  try {
    const found = labelOffset(
      takeParts(images, places, { ...size, y: from(-y), x: from(-x) }),
      takeParts(labels, places, { ...size, y: from(y), x: from(x) }),
      { ignore: IGNORED },
    );
    return { ...found, y: found.y + y, x: found.x + x };
  } catch (error) {
    if (!isDilatedUnetError(error)) throw error;
    return near;
  }
}

/** The same part of the sections at `places`. */
function takeParts(stack: GreyStack, places: readonly number[], part: Rectangle): GreyStack<Float32Array> {
  const { width, height } = part;
  const data = new Float32Array(places.length * width * height);
  places.forEach((z, k) => data.set(crop(section(stack, z), part).data, k * width * height));
  return { width, height, depth: places.length, data };
}

/**
 * The sections at `places`, of each `factor` x `factor` pixels the mean, or `ignore` where one of them is; what is left at the right
 * and below is left out.
 */
function reduced(
  stack: GreyStack,
  places: readonly number[],
  factor: number,
  value: (mean: number) => number,
  ignore?: number,
): GreyStack<Float32Array> {
  const [width, height] = [Math.floor(stack.width / factor), Math.floor(stack.height / factor)];
  const data = new Float32Array(places.length * width * height);
  let at = 0;
  for (const z of places) {
    const { data: values } = section(stack, z);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        let [sum, isCounted] = [0, true];
        for (let row = y * factor; row < (y + 1) * factor; row++) {
          const first = row * stack.width + x * factor;
          for (let p = first; p < first + factor; p++) {
            sum += values[p] as number;
            isCounted &&= values[p] !== ignore;
          }
        }
        data[at++] = isCounted ? value(sum / factor ** 2) : (ignore as number);
      }
    }
  }
  return { width, height, depth: places.length, data };
}
