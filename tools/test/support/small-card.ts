import type { ModelCard } from '@dilated-unet/core';

/** The card of `smallUnet` of onnx's tests. */
export const SMALL_CARD: ModelCard = {
  format: 2,
  name: 'small',
  input: 'image',
  output: 'interior',
  stride: 2,
  receptiveFieldRadius: 6,
  largestActivationBytes: 16,
  normalisation: { mean: 120, std: 30 },
};
