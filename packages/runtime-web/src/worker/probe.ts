import { InvalidModelError, type ModelCard } from '@dilated-unet/core';
import { predictOn, type Backend } from './backend.ts';

/**
 * Largest difference between two devices' probabilities that counts as rounding: GPUs sum in another order, and float32
 * convolutions of up to 2,376 terms in 22 layers then differ by about 1e-4.
 */
export const PROBE_TOLERANCE = 1e-3;

interface Size {
  /** Pixels, multiples of the model's stride. */
  readonly width: number;
  readonly height: number;
}

/** A run of a fixed image, small enough to cost nothing. */
export interface Probe {
  readonly size: Size;
  /** What WASM makes of it; axes y, x. */
  readonly expected: Float32Array;
}

/**
 * Runs the model on a small image and keeps the result to compare others with. The image isn't square, so that a swap
 * of axes shows, and its sides are 4 and 5 strides, so that the deepest layers have even and odd ones.
 *
 * @throws InvalidModelError when the result isn't probabilities of the image's size.
 */
export async function takeProbe(backend: Backend, { stride, output }: ModelCard): Promise<Probe> {
  const size = { width: 5 * stride, height: 4 * stride };
  const expected = await predictOn(backend)(probeImage(size), size);
  const outside = expected.find((p) => !(p >= 0 && p <= 1));
  if (outside !== undefined) {
    throw new InvalidModelError(
      `The model's output "${output}" must be probabilities in 0 ... 1; a test image gave ${outside}. ` +
        'Export the model again.',
    );
  }
  return { size, expected };
}

/** Largest difference between what `backend` makes of the probe's image and what WASM made of it; NaN if one is. */
export async function probeDifference(backend: Backend, { size, expected }: Probe): Promise<number> {
  const received = await predictOn(backend)(probeImage(size), size);
  return expected.reduce((largest, value, i) => Math.max(largest, Math.abs(value - (received[i] as number))), 0);
}

/** z-scores without a period: a ramp and waves of two directions. */
function probeImage({ width, height }: Size): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: width * height }, (_, i) => {
    const x = i % width;
    const y = Math.floor(i / width);
    return x / width - 0.5 + Math.sin(0.7 * x + 0.3 * y) + Math.sin(0.2 * x - 1.1 * y);
  });
}
