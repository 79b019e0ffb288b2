import type { Random } from '../../random.ts';

export interface IntensityAmplitude {
  /** Lowest and highest factor of the z-scores. */
  readonly gain: readonly [number, number];
  /** Largest shift either way, z-scores. */
  readonly offset: number;
  /** Lowest and highest exponent on the window's range of grey values. */
  readonly gamma: readonly [number, number];
}

/**
 * `image` as under another exposure and stain: gamma, then gain and offset, each uniform within its bounds. Gamma acts
 * on the window's range as 0 ... 1 and then gives mean and standard deviation back what they were, so that it changes
 * the shape of the grey values alone, and gain and offset the rest (nnU-Net's order and `retain_stats`: Isensee et al.,
 * Nature Methods 18:203, 2021, supplementary note 2).
 *
 * @param image z-scores. @param amplitude default: gain 0.8 ... 1.2, offset 0.3, gamma 0.8 ... 1.25. The sections of
 *   ISBI-2012 differ as much: their standard deviations are 0.78 ... 1.15 of the stack's, their means -0.61 ... 0.38.
 */
export function intensity(image: Float32Array, amplitude: IntensityAmplitude, random: Random): Float32Array {
  const gamma = random.uniform(...amplitude.gamma);
  const gain = random.uniform(...amplitude.gain);
  const offset = random.uniform(-amplitude.offset, amplitude.offset);
  const curved = gamma === 1 ? image : withGamma(image, gamma);
  return curved.map((value) => gain * value + offset);
}

function withGamma(image: Float32Array, gamma: number): Float32Array {
  let [lowest, highest] = [Infinity, -Infinity];
  for (let i = 0; i < image.length; i++) {
    const value = image[i] as number;
    if (value < lowest) lowest = value;
    if (value > highest) highest = value;
  }
  if (!(highest > lowest)) return image;
  const out = image.map((value) => ((value - lowest) / (highest - lowest)) ** gamma);
  const before = moments(image);
  const now = moments(out);
  const factor = before.deviation / now.deviation;
  return out.map((value) => before.mean + factor * (value - now.mean));
}

/** Mean and standard deviation. */
function moments(values: Float32Array): { mean: number; deviation: number } {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] as number;
  const mean = sum / values.length;
  let squares = 0;
  for (let i = 0; i < values.length; i++) squares += ((values[i] as number) - mean) ** 2;
  return { mean, deviation: Math.sqrt(squares / values.length) };
}
