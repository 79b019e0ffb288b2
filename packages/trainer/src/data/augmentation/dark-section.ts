import type { Random } from '../../random.ts';

export interface DarkSectionAmplitude {
  /** Share of the windows that are darkened. */
  readonly probability: number;
  /** Lowest and highest factor by which contrast is multiplied. */
  readonly contrast: readonly [number, number];
  /** Largest loss of brightness, z-scores. */
  readonly darkening: number;
}

/**
 * `image` as in a badly stained or dirty section: now and then contrast shrinks about the window's mean, and the mean
 * sinks, both uniformly within their bounds. Low-contrast sections as augmentation: Funke et al., IEEE TPAMI 41:1669,
 * 2019, one section in twenty.
 *
 * @param image z-scores. @param amplitude default: 1 window in 20, contrast 0.3 ... 0.8, darkening up to 1.
 */
export function darkSection(image: Float32Array, amplitude: DarkSectionAmplitude, random: Random): Float32Array {
  if (random.uniform() >= amplitude.probability) return image;
  const contrast = random.uniform(...amplitude.contrast);
  const darkening = random.uniform(0, amplitude.darkening);
  let sum = 0;
  for (let i = 0; i < image.length; i++) sum += image[i] as number;
  const mean = sum / image.length;
  return image.map((value) => mean + contrast * (value - mean) - darkening);
}
