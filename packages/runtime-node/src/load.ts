import { asTrained, EnvironmentError, InvalidPackageError, segmentImage } from '@dilated-unet/core';
import {
  describeTestResult,
  testResult,
  type Model,
  type ModelForm,
  type PrecisionOption,
  type TestResult,
} from '@dilated-unet/model-package';
import type { Device } from './devices/index.ts';
import type { NodeSegmenter } from './segmenter.ts';
import { segmentRun, WorkerSegmenter } from './worker-segmenter.ts';
import { ModelWorker } from './worker/model-worker.ts';

export interface LoadOptions {
  readonly precision: PrecisionOption;
  readonly threads: number;
}

/**
 * Loads `model` on the first of `devices` that takes it and gives its test, each with the form that is for it.
 *
 * @throws what the last device threw, and at once what is the fault of the model.
 */
export async function loadOnFirst(
  devices: readonly [Device, ...Device[]],
  model: Model,
  { precision, threads }: LoadOptions,
): Promise<NodeSegmenter> {
  const refusals: string[] = [];
  for (const [i, device] of devices.entries()) {
    const form = model.formFor({ engine: device, precision });
    try {
      const { worker, verified } = await loadVerified(device, model, form, threads);
      const fallbackReason = refusals.length === 0 ? null : refusals.join(' ');
      return new WorkerSegmenter(worker, {
        card: model.card,
        precision: form.precision,
        verified,
        fallbackReason,
        threads,
      });
    } catch (error) {
      if (!(error instanceof EnvironmentError) || i === devices.length - 1) throw error;
      refusals.push(error.message);
    }
  }
  throw new Error('there is no device');
}

async function loadVerified(
  device: Device,
  model: Model,
  form: ModelForm,
  threads: number,
): Promise<{ readonly worker: ModelWorker; readonly verified: TestResult | null }> {
  const { card, test } = model;
  const worker = await ModelWorker.start({ model: await form.read(), card, device, threads });
  try {
    if (test === null) return { worker, verified: null };
    const { input, output } = test;
    // In one piece, as it was computed.
    const options = { ...asTrained(card), tile: Math.max(input.width, input.height) };
    const verified = testResult(
      form,
      device,
      output,
      await segmentImage(input, segmentRun(worker, card, input, options)),
    );
    if (!verified.passes) throw failure(device, form, verified);
    return { worker, verified };
  } catch (error) {
    await worker.close(new EnvironmentError('The model was not loaded.'));
    throw error;
  }
}

function failure(device: Device, { precision, source }: ModelForm, verified: TestResult): Error {
  const what = describeTestResult(verified);
  // The CPU's kernels are those that the package was tested with.
  if (device === 'cpu') {
    const rule = `must give the test of its package; its result in ${precision} on the cpu ${what}`;
    return new InvalidPackageError(source ?? 'the ONNX file', rule);
  }
  return new EnvironmentError(
    `The device ${device} cannot be trusted with this model: its result in ${precision} on the test of the package ${what}. ` +
      'Choose the device cpu.',
  );
}
