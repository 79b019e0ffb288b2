import { EnvironmentError, type Predict } from '@dilated-unet/core';
import {
  passTest,
  type Model,
  type ModelForm,
  type PrecisionOption,
  type TestResult,
} from '@dilated-unet/model-package';
import type { Device } from './devices/index.ts';
import type { NodeSegmenter } from './segmenter.ts';
import { WorkerSegmenter } from './worker-segmenter.ts';
import { ModelWorker } from './worker/model-worker.ts';

export interface LoadOptions {
  readonly precision: PrecisionOption;
  readonly threads: number;
  readonly memory: number | undefined;
}

/**
 * Loads `model` on the first of `devices` that takes it and gives its test, each with the form that is for it.
 *
 * @throws what the last device threw, and at once what is the fault of the model.
 */
export async function loadOnFirst(
  devices: readonly [Device, ...Device[]],
  model: Model,
  { precision, threads, memory }: LoadOptions,
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
        memory,
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
  const worker = await ModelWorker.start({ model: await form.read(), card: model.card, device, threads });
  try {
    const predict: Predict = (data, size) => worker.predict(data, size);
    return { worker, verified: await passTest(model, { form, engine: device, predict }) };
  } catch (error) {
    await worker.close(new EnvironmentError('The model was not loaded.'));
    throw error;
  }
}
