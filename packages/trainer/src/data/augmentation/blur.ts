import type { Random } from '../../random.ts';
import { blurInPlace } from '../smooth-noise.ts';

export interface BlurAmplitude {
  /** Share of the windows that are blurred. */
  readonly probability: number;
  /** Largest sigma, pixels. */
  readonly sigma: number;
}

/**
 * `image` (axes y, x; `side` columns) out of focus: now and then blurred by a Gaussian whose sigma is uniform in
 * 0 ... the largest. Out-of-focus sections as augmentation: Lee et al., arXiv:1706.00120, 2017.
 *
 * @param amplitude default: 3 windows in 10, sigma up to 1 pixel.
 */
export function blur(image: Float32Array, side: number, amplitude: BlurAmplitude, random: Random): Float32Array {
  if (random.uniform() >= amplitude.probability) return image;
  const out = image.slice();
  blurInPlace(out, { width: side, height: side }, random.uniform(0, amplitude.sigma));
  return out;
}
