import { halfOnnx, inspectOnnx } from '@dilated-unet/onnx';
import { tensorRanges } from './activations.ts';
import type { Form, FormTask } from './form.ts';

/**
 * Largest difference in a probability: eight times that of held-out sections of ISBI-2012, which was 0.0013 while 0.0016 % of the
 * pixels changed class.
 */
const BOUND = 0.01;
/** The largest 16-bit float. */
const LARGEST = 65_504;

/** The fp32 form with weights and activations in 16-bit floats, for GPUs: half the file and half the memory. */
export const fp16: Form = {
  precision: 'fp16',
  engine: null,
  file: 'model-fp16.onnx',
  title: 'the same in 16-bit floats, for GPUs',
  async write(task) {
    const { fp32, onNote } = task;
    if (fp32 === null) return null;
    // What overflows on a GPU does not on the CPU, where forms are measured: it computes them in float32.
    const largest = await largestActivation(fp32, task);
    if (largest <= LARGEST) return halfOnnx(fp32);
    onNote(
      `The form fp16 is not written: an activation reaches ${largest.toExponential(1)}, and 16-bit floats end at ` +
        `${LARGEST}. GPUs take fp32.`,
    );
    return null;
  },
  fault: ({ largestDifference }) =>
    largestDifference <= BOUND
      ? null
      : `it differs from TensorFlow by ${largestDifference} in a probability, and at most ${BOUND} is allowed`,
};

/** Of what ReLUs and batch norms give for the middle of the held-out sections, 512 x 512 pixels; rounded up by less than 1 %. */
async function largestActivation(model: Uint8Array, { facts: { card, images }, signal }: FormTask): Promise<number> {
  const tensors = inspectOnnx(model)
    .nodes.filter(({ op }) => op === 'Relu' || op === 'BatchNormalization')
    .flatMap(({ outputs }) => outputs);
  const ranges = await tensorRanges({ model, card, images, tensors, signal }, 0);
  return Math.max(...[...ranges.values()].flatMap(({ low, high }) => [-low, high]));
}
