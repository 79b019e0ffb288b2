import type { GreyStack } from '@dilated-unet/core';

/** Pixels to each side over which a value is averaged, twice: borders about as soft as those of a network. */
const RADIUS = 2;
/** Of the noise before it is averaged, in probabilities: some membranes open, and some cells get a false one. */
const AMPLITUDE = 1.5;

/**
 * A prediction to measure metrics with: the labels with seeded noise, blurred.
 *
 * @param labels interior above 0; axes z, y, x.
 * @returns probabilities of interior, 0 ... 1, of the same size, in shared memory.
 */
export function noisyPrediction(labels: GreyStack, seed: number): GreyStack<Float32Array<SharedArrayBuffer>> {
  const { width, height, depth } = labels;
  const data = new Float32Array(new SharedArrayBuffer(4 * labels.data.length));
  const draw = generator(seed);
  for (let i = 0; i < data.length; i++)
    data[i] = ((labels.data[i] as number) > 0 ? 1 : 0) + AMPLITUDE * (2 * draw() - 1);
  const line = new Float64Array(Math.max(width, height));
  for (let z = 0; z < depth; z++) {
    const section = data.subarray(z * width * height, (z + 1) * width * height);
    for (let pass = 0; pass < 2; pass++) {
      for (let y = 0; y < height; y++) average(section, y * width, 1, line.subarray(0, width));
      for (let x = 0; x < width; x++) average(section, x, width, line.subarray(0, height));
    }
  }
  for (let i = 0; i < data.length; i++) data[i] = Math.min(1, Math.max(0, data[i] as number));
  return { width, height, depth, data };
}

/** Replaces the values at `start`, `start + step` ... by their running means; beyond its ends the line goes on evenly. */
function average(values: Float32Array, start: number, step: number, line: Float64Array): void {
  for (let i = 0; i < line.length; i++) line[i] = values[start + i * step] as number;
  const at = (i: number): number => line[Math.min(line.length - 1, Math.max(0, i))] as number;
  let sum = 0;
  for (let i = -RADIUS; i <= RADIUS; i++) sum += at(i);
  for (let i = 0; i < line.length; i++) {
    values[start + i * step] = sum / (2 * RADIUS + 1);
    sum += at(i + RADIUS + 1) - at(i - RADIUS);
  }
}

/** Uniform numbers in 0 ... 1: mulberry32. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
