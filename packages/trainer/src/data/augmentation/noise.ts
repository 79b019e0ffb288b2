import type { Random } from '../../random.ts';

/**
 * `image` with white Gaussian noise, whose standard deviation is uniform in 0 ... largest: other beam currents and dwell
 * times.
 *
 * @param image z-scores. @param largest z-scores. Default 0.15.
 */
export function noise(image: Float32Array, largest: number, random: Random): Float32Array {
  const sd = random.uniform(0, largest);
  return image.map((value) => value + sd * random.normal());
}
