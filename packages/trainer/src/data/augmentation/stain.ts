import type { Random } from '../../random.ts';

export interface StainAmplitude {
  /** Share of the windows that are crossed by a stripe. */
  readonly probability: number;
  /** Lowest and highest standard deviation of the stripe's profile, pixels. */
  readonly width: readonly [number, number];
  /** Lowest and highest loss of brightness in its middle, z-scores. */
  readonly darkening: readonly [number, number];
}

/** Wavelength of the stripe's bends: lowest and highest, pixels. */
const WAVELENGTH = [80, 400] as const;

/**
 * `image` (axes y, x; `side` columns) with a dark stripe across it, as a fold of the section or a crack filled with stain
 * leaves: now and then, through any point at any angle, gently bent, its profile a Gaussian. Labels stay: an annotator
 * goes on through it. A simple model of what serial sections have; it follows no paper.
 *
 * @param image z-scores. @param amplitude default: 1 window in 20, profile 2 ... 8 pixels, darkening 0.5 ... 2.
 */
export function stain(image: Float32Array, side: number, amplitude: StainAmplitude, random: Random): Float32Array {
  if (random.uniform() >= amplitude.probability) return image;
  const width = random.uniform(...amplitude.width);
  const darkening = random.uniform(...amplitude.darkening);
  const angle = random.uniform(0, Math.PI);
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const [x0, y0] = [random.uniform(0, side), random.uniform(0, side)];
  const frequency = (2 * Math.PI) / random.uniform(...WAVELENGTH);
  const phase = random.uniform(0, 2 * Math.PI);
  const bend = random.uniform(0, 2 * width);
  return image.map((value, i) => {
    const x = (i % side) - x0;
    const y = Math.floor(i / side) - y0;
    const distance = sin * x - cos * y + bend * Math.sin(frequency * (cos * x + sin * y) + phase);
    return value - darkening * Math.exp(-0.5 * (distance / width) ** 2);
  });
}
