import { halfOnnx } from '@dilated-unet/onnx';
import type { Form } from './form.ts';

/**
 * Largest difference in a probability. On held-out sections of ISBI-2012 it was 0.0013, and 0.0016 % of the pixels changed class;
 * beyond eight times that a network has left the range of 16-bit floats.
 */
const BOUND = 0.01;

/** The fp32 form with weights and activations in 16-bit floats, for GPUs: half the file and half the memory. */
export const fp16: Form = {
  precision: 'fp16',
  engine: null,
  file: 'model-fp16.onnx',
  title: 'the same in 16-bit floats, for GPUs',
  write: ({ fp32 }) => Promise.resolve(fp32 && halfOnnx(fp32)),
  fault: ({ largestDifference }) =>
    largestDifference <= BOUND
      ? null
      : `it differs from TensorFlow by ${largestDifference} in a probability, and at most ${BOUND} is allowed`,
};
