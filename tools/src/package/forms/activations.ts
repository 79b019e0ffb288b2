import { normalise, section, stackNormalisations, type GreyStack, type ModelCard } from '@dilated-unet/core';
import { rangeOf, withOutputs, type Range } from '@dilated-unet/onnx';
import { InferenceSession, Tensor } from 'onnxruntime-node';

export interface ActivationsTask {
  /** An ONNX file in float32. */
  readonly model: Uint8Array;
  readonly card: ModelCard;
  /** Raw grey values of training sections; axes z, y, x. */
  readonly images: GreyStack;
  /** Names of tensors in it. */
  readonly tensors: readonly string[];
  readonly signal?: AbortSignal | undefined;
}

/** Largest side of what is run, pixels: all activations are in memory at once, 400 MB. */
const LARGEST_SIDE = 512;

/** Largest magnitude of each channel but for a share of a section's pixels; by tensor. */
export async function channelMagnitudes(task: ActivationsTask, share: number): Promise<Map<string, number[]>> {
  const found = new Map<string, number[]>();
  await run(task, (name, values, channels) => {
    const known = found.get(name) ?? Array.from({ length: channels }, () => 0);
    const size = values.length / channels;
    const magnitudes = known.map((most, c) => {
      const { low, high } = rangeOf(values.subarray(c * size, (c + 1) * size), share);
      return Math.max(most, -low, high);
    });
    found.set(name, magnitudes);
  });
  return found;
}

/** Smallest and largest value but for a share of a section's at either end; by tensor. */
export async function tensorRanges(task: ActivationsTask, share: number): Promise<Map<string, Range>> {
  const found = new Map<string, Range>();
  await run(task, (name, values) => {
    const [known, own] = [found.get(name) ?? { low: 0, high: 0 }, rangeOf(values, share)];
    found.set(name, { low: Math.min(known.low, own.low), high: Math.max(known.high, own.high) });
  });
  return found;
}

/** Gives each tensor of the middle of each section: axes channel, y, x. */
async function run(
  { model, card, images, tensors, signal }: ActivationsTask,
  onTensor: (name: string, values: Float32Array, channels: number) => void,
): Promise<void> {
  const session = await InferenceSession.create(withOutputs(model, tensors), { logSeverityLevel: 3 });
  try {
    const normalisations = stackNormalisations(images, card);
    for (const [z, normalisation] of normalisations.entries()) {
      signal?.throwIfAborted();
      const { data, width, height } = middle(section(images, z), card.stride);
      const given = new Tensor('float32', normalise(data, normalisation), [1, height, width, 1]);
      const results = await session.run({ [card.input]: given }, [...tensors]);
      for (const name of tensors) {
        const tensor = results[name] as Tensor;
        onTensor(name, tensor.data as Float32Array, tensor.dims[1] as number);
        tensor.dispose();
      }
    }
  } finally {
    await session.release();
  }
}

function middle(image: { width: number; height: number; data: ArrayLike<number> }, stride: number) {
  const side = (length: number): number => Math.floor(Math.min(length, LARGEST_SIDE) / stride) * stride;
  const [width, height] = [side(image.width), side(image.height)];
  const [left, top] = [(image.width - width) >> 1, (image.height - height) >> 1];
  const data = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) data[y * width + x] = image.data[(top + y) * image.width + left + x] as number;
  }
  return { width, height, data };
}
