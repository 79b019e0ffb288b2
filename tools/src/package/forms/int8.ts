import { equaliseChannels } from '@dilated-unet/core';
import { calibratedTensors, quantiseOnnx } from '@dilated-unet/onnx';
import { channelMagnitudes, tensorRanges } from './activations.ts';
import { convertForm } from './convert-form.ts';
import type { Deviation } from './deviation.ts';
import type { Form } from './form.ts';
import { inBlocks } from './inference-forms.ts';

/** Shares of a section's values that are cut off: of a channel before channels are brought to one range, of a tensor after. */
const [CHANNEL_SHARE, TENSOR_SHARE] = [1e-4, 1e-5];
/** What may change (docs/packages.md). */
const BOUNDS = { classChanged: 0.006, vRand: 0.003, interiorDice: 0.001 } as const;

/** Activations and kernels in 8 bits, ranges from training sections: for processors with instructions for it. */
export const int8: Form = {
  precision: 'int8',
  engine: null,
  file: 'model-int8.onnx',
  title: 'integers of 8 bits, channels brought to one range',
  async write(task) {
    const { facts, onNote, signal } = task;
    const { calibration: images, card } = facts;
    if (images === null) {
      onNote(
        'The form int8 is not written: the run has no calibration/images.tif, training sections from which it takes its ' +
          'ranges. Runs of earlier versions have none; train again where you need the form.',
      );
      return null;
    }
    const { network, values } = inBlocks(facts.trained);
    const floats = await convertForm(task, { network, values });
    const tensors = calibratedTensors(floats);
    const measured = await channelMagnitudes({ model: floats, card, images, tensors, signal }, CHANNEL_SHARE);
    const layers = new Set(network.layers.map(({ name }) => name));
    const byLayer = [...measured].map(([tensor, found]) => [tensor.replace(/:0$/, ''), found] as const);
    const ranges = new Map(byLayer.filter(([name]) => layers.has(name)));
    const model = await convertForm(task, { network, values: equaliseChannels(network, values, ranges) });
    return quantiseOnnx(model, await tensorRanges({ model, card, images, tensors, signal }, TENSOR_SHARE));
  },
  fault: int8Fault,
};

/** Which bound of the form in integers is broken; null where none is. Without labels only the pixels tell. */
export function int8Fault(deviation: Deviation): string | null {
  const { largestDifference } = deviation;
  if (!Number.isFinite(largestDifference)) return `it differs from TensorFlow by ${largestDifference} in a probability`;
  const broken = (Object.keys(BOUNDS) as (keyof typeof BOUNDS)[]).filter(
    (measure) => !(Math.abs(deviation[measure] ?? 0) <= BOUNDS[measure]),
  );
  if (broken.length === 0) return null;
  return broken.map((measure) => `${measure} ${deviation[measure]} is beyond ${BOUNDS[measure]}`).join(', ');
}
