import { InvalidModelError, section, type GreyStack, type Segmenter } from '@dilated-unet/core';

export interface VerifyOptions {
  /** The converted model, loaded by a runtime. */
  readonly segmenter: Pick<Segmenter, 'segmentWhole'>;
  /** Raw grey values; axes z, y, x. */
  readonly images: GreyStack;
  /** TensorFlow's own probabilities for them, 0 ... 1; the same axes. */
  readonly expected: GreyStack<Float32Array>;
  /**
   * Largest difference allowed at any pixel.
   * @default 1e-4: several times the rounding of float32 over the network's depth (4e-6 is usual)
   */
  readonly bound?: number;
  /** Called after each compared section. */
  readonly onSection?: (done: number, total: number) => void;
}

/**
 * Compares what a converted model gives in a runtime with what TensorFlow gives, pixel by pixel, on the first, the middle
 * and the last section.
 *
 * @returns the largest difference at any pixel.
 * @throws InvalidModelError when it is above `bound`, or not a number.
 */
export async function verifyModel(options: VerifyOptions): Promise<number> {
  const { segmenter, images, expected, bound = 1e-4, onSection } = options;
  const compared = [...new Set([0, images.depth >> 1, images.depth - 1])];
  let worst = 0;
  for (const [i, z] of compared.entries()) {
    const { data, width } = await segmenter.segmentWhole(section(images, z));
    const { difference, index } = largestDifference(data, section(expected, z).data);
    if (!(difference <= bound)) {
      const by = Number.isNaN(difference)
        ? 'is not a number'
        : `differs from TensorFlow by ${difference.toExponential(1)}`;
      const where = `section ${z + 1}, y ${Math.floor(index / width)}, x ${index % width}`;
      throw new InvalidModelError(
        `The ONNX model ${by} at ${where}; at most ${bound} is allowed. Do not use it: export and convert the model ` +
          'again, and report it if it stays.',
      );
    }
    worst = Math.max(worst, difference);
    onSection?.(i + 1, compared.length);
  }
  return worst;
}

/** The largest |a - b|, or the first NaN, and where it is. */
function largestDifference(a: Float32Array, b: Float32Array): { difference: number; index: number } {
  let worst = { difference: 0, index: 0 };
  for (let index = 0; index < Math.max(a.length, b.length); index++) {
    const difference = Math.abs((a[index] ?? NaN) - (b[index] ?? NaN));
    if (Number.isNaN(difference)) return { difference, index };
    if (difference > worst.difference) worst = { difference, index };
  }
  return worst;
}
