import { constantTensor } from '../constant-tensor.ts';
import { float32, type TensorProto } from '../schema.ts';
import type { Range } from './range.ts';

/** A value v is stored as round(v / scale) + zero. */
export interface Scale {
  readonly scale: number;
  readonly zero: number;
}

const LARGEST = { uint8: 255, int8: 127 } as const;
/** So far below the largest of 32 bits that a sum of products has room beside it. */
const LARGEST_BIAS = 2 ** 29;

/** The scale of a tensor of 8 bits without sign that holds all `ranges`. */
export function activationScale(ranges: readonly Range[]): Scale {
  const low = Math.min(0, ...ranges.map((range) => range.low));
  const high = Math.max(0, ...ranges.map((range) => range.high));
  const scale = (high - low || 1) / LARGEST.uint8;
  if (low < 0) return { scale: Math.fround(scale), zero: Math.round(-low / scale) };
  // 1 must be a whole number of steps: the channel that carries the norms' summands is 1 in every pixel.
  return { scale: Math.fround(scale < 1 ? 1 / Math.floor(1 / scale) : scale), zero: 0 };
}

/**
 * A kernel with axes output, input, y, x, with one scale an output channel: the largest weight becomes 127.
 *
 * @param bias float32; its integers must have room too.
 * @param input scale of what the convolution reads.
 */
export function quantisedKernel(
  kernel: TensorProto,
  bias: TensorProto,
  input: number,
): { readonly tensor: TensorProto; readonly scales: readonly number[] } {
  const [weights, biases] = [float32(kernel), float32(bias)];
  const size = weights.length / biases.length;
  const scales = Array.from(biases, (summand, o) => {
    const largest = weights.subarray(o * size, (o + 1) * size).reduce((most, w) => Math.max(most, Math.abs(w)), 0);
    return Math.fround(Math.max((largest || 1) / LARGEST.int8, Math.abs(summand) / input / LARGEST_BIAS));
  });
  const data = Array.from(weights, (w, i) => Math.round(w / (scales[Math.floor(i / size)] as number)));
  return { tensor: constantTensor.int8(kernel.dims, data), scales };
}

/** A bias as whole numbers of `scales`. */
export function biasTensor(bias: TensorProto, scales: readonly number[]): TensorProto {
  const values = Array.from(float32(bias), (summand, o) => Math.round(summand / (scales[o] as number)));
  return constantTensor.int32(bias.dims, values);
}
