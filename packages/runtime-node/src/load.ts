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
 * Loads `model` on the first of `devices` that takes it and gives its test, each with the forms that are for it.
 *
 * @throws what the last device threw, and at once what is the fault of the model.
 */
export async function loadOnFirst(
  devices: readonly [Device, ...Device[]],
  model: Model,
  { precision, threads, memory }: LoadOptions,
): Promise<NodeSegmenter> {
  const refusals: EnvironmentError[] = [];
  for (const device of devices) {
    for (const form of formsFor(device, model, precision)) {
      try {
        const { worker, verified } = await loadVerified(device, model, form, threads);
        const reasons = new Set(refusals.map(({ message }) => message));
        return new WorkerSegmenter(worker, {
          card: model.card,
          precision: form.precision,
          verified,
          fallbackReason: reasons.size === 0 ? null : [...reasons].join(' '),
          threads,
          memory,
        });
      } catch (error) {
        if (!(error instanceof EnvironmentError)) throw error;
        refusals.push(error);
      }
    }
  }
  throw refusals.at(-1) ?? new Error('there is no device');
}

/** The forms to try on `device`, in order: one that gives other numbers in 16-bit floats may give the same in 32. */
function formsFor(engine: Device, model: Model, precision: PrecisionOption): ReadonlySet<ModelForm> {
  return new Set([model.formFor({ engine, precision }), model.formFor({ engine, precision, hasHalfFloats: false })]);
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
