import { InvalidImageError, InvalidOptionError } from '../errors.ts';
import type { GreyImage } from '../image/image.ts';
import { requireImage } from '../image/validate.ts';
import { ignoredPixels, type IgnoreOption } from '../image/ignore.ts';
import { MinHeap } from './min-heap.ts';

export interface WarpingOptions extends IgnoreOption {
  /** Pixels with a probability above this are predicted as interior; 0 ... 1. @default 0.5 (the reference's) */
  readonly threshold?: number;
}

/**
 * The warping error (Jain et al., CVPR 2010), as fiji/Trainable_Segmentation computes it: the share of pixels in which the
 * prediction still differs from the labels after the labels are warped towards it. Warping flips pixels that differ, as
 * long as no flip changes the topology of the labels: borders may move, but nothing merges, splits, appears or vanishes.
 * What remains are topological errors.
 *
 * Pixels of which the prediction is surest are flipped first: by |p - t|, largest first; equal ones column by column.
 * Rounds follow each other until one flips nothing. Interior is 4-connected, membrane 8-connected, and outside of the
 * image, where pixels are ignored too, is membrane.
 *
 * @param probability of cell interior, 0 ... 1; axes y, x.
 * @param label interior where above 0.5 (1 or 255), membrane elsewhere (0), neither where it is `ignore`; axes y, x.
 * @returns 0 ... 1, best at 0; 0 where no pixel counts.
 * @throws InvalidImageError when the two differ in size or are no images.
 * @throws InvalidOptionError when the threshold is outside of 0 ... 1.
 */
export function warpingError(
  probability: GreyImage,
  label: GreyImage,
  { threshold = 0.5, ignore }: WarpingOptions = {},
): number {
  if (!(threshold >= 0 && threshold <= 1)) throw new InvalidOptionError('threshold', 'must be in 0 ... 1', threshold);
  requireImage(probability, 'The prediction');
  requireImage(label, 'The label image');
  const { width, height } = label;
  if (probability.width !== width || probability.height !== height) {
    throw new InvalidImageError(
      `The label image must have the size of the prediction, ${probability.width} x ${probability.height} pixels; ` +
        `received ${width} x ${height}.`,
    );
  }
  const stride = width + 2;
  const warped = new Uint8Array(stride * (height + 2));
  let counted = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const value = label.data[y * width + x] as number;
      if (value === ignore) continue;
      counted++;
      warped[(y + 1) * stride + x + 1] = value > 0.5 ? 1 : 0;
    }
  }
  const candidates = mismatches(probability, warped, { threshold, ignored: ignoredPixels(label.data, ignore) });
  return warp(warped, stride, candidates) / Math.max(1, counted);
}

/** Positions in the framed labels that differ from the prediction, in the order in which they are tried. */
function mismatches(
  { width, height, data }: GreyImage,
  labels: Uint8Array,
  { threshold, ignored }: { readonly threshold: number; readonly ignored: Uint8Array | null },
): Int32Array {
  const stride = width + 2;
  const found = new Int32Array(data.length);
  // Single precision, as the reference compares them: values that differ beyond it count as equal.
  const certainty = new Float32Array(labels.length);
  let count = 0;
  for (let x = 0; x < width; x++) {
    for (let y = 0; y < height; y++) {
      if (ignored?.[y * width + x] === 1) continue;
      const p = data[y * width + x] as number;
      const at = (y + 1) * stride + x + 1;
      if ((labels[at] === 1) === p > threshold) continue;
      certainty[at] = Math.abs(p - threshold);
      found[count++] = at;
    }
  }
  return found.subarray(0, count).sort((a, b) => (certainty[b] as number) - (certainty[a] as number));
}

/**
 * Flips what can be flipped, round by round. A pixel that could not is tried again once one of its neighbours was flipped: in the
 * same round where it comes later, else in the next.
 *
 * @returns the number of pixels that could not.
 */
function warp(warped: Uint8Array, stride: number, candidates: Int32Array): number {
  // Place in `candidates`, from 1: 0 of pixels that are none, or no more.
  const places = new Int32Array(warped.length);
  candidates.forEach((p, k) => (places[p] = k + 1));
  const around = [-stride - 1, -stride, -stride + 1, -1, 1, stride - 1, stride, stride + 1];
  let left = candidates.length;
  let next: number[] = [];
  const waits = new Uint8Array(candidates.length);
  const round = new MinHeap();
  const tryAt = (k: number): void => {
    const p = candidates[k] as number;
    if (!isSimple(warped, stride, p)) return;
    warped[p] = 1 - (warped[p] as number);
    places[p] = 0;
    left--;
    for (const step of around) {
      const other = (places[p + step] as number) - 1;
      if (other < 0 || waits[other] === 1) continue;
      waits[other] = 1;
      if (other > k) round.push(other);
      else next.push(other);
    }
  };
  waits.fill(1);
  for (let k = 0; k < candidates.length; k++) {
    waits[k] = 0;
    tryAt(k);
  }
  while (next.length > 0) {
    for (const k of next) round.push(k);
    next = [];
    for (let k = round.pop(); k !== undefined; k = round.pop()) {
      waits[k] = 0;
      tryAt(k);
    }
  }
  return left;
}

/**
 * Whether flipping pixel `p` changes no topology: its number of 4-connectivity is 1 (Yokoi et al., Comput. Graph. Image
 * Process. 4:63, 1975), that is, one 4-connected part of interior and one 8-connected part of membrane touch it. In two
 * dimensions this is what the reference's test (Bertrand & Malandain, Pattern Recogn. Lett. 15:169, 1994) comes to.
 */
function isSimple(image: Uint8Array, stride: number, p: number): boolean {
  const right = image[p + 1] as number;
  const upper = image[p - stride] as number;
  const left = image[p - 1] as number;
  const lower = image[p + stride] as number;
  const parts =
    right * (1 - upper * (image[p + 1 - stride] as number)) +
    upper * (1 - left * (image[p - 1 - stride] as number)) +
    left * (1 - lower * (image[p - 1 + stride] as number)) +
    lower * (1 - right * (image[p + 1 + stride] as number));
  return parts === 1;
}
