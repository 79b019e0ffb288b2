import { EnvironmentError, type Predict } from '@dilated-unet/core';
import { passTest, type Model, type ModelForm, type PrecisionOption } from '@dilated-unet/model-package';
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
      let worker: ModelWorker;
      try {
        worker = await ModelWorker.start({ model: await form.read(), card: model.card, device, threads });
      } catch (error) {
        refusals.push(asRefusal(error));
        // What keeps a device from one form keeps it from all.
        break;
      }
      try {
        const predict: Predict = (data, size) => worker.predict(data, size);
        const verified = await passTest(model, { form, engine: device, predict });
        return new WorkerSegmenter(worker, {
          card: model.card,
          precision: form.precision,
          verified,
          fallbackReason: refusals.length === 0 ? null : refusals.map(({ message }) => message).join(' '),
          threads,
          memory,
        });
      } catch (error) {
        await worker.close(new EnvironmentError('The model was not loaded.'));
        refusals.push(asRefusal(error));
      }
    }
  }
  throw refusals.at(-1) ?? new Error('there is no device');
}

/** @throws `error` when it is the fault of the model. */
function asRefusal(error: unknown): EnvironmentError {
  if (error instanceof EnvironmentError) return error;
  throw error;
}

/** The forms to try on `device`, in order: one that gives other numbers in 16-bit floats may give the same in 32. */
function formsFor(engine: Device, model: Model, precision: PrecisionOption): ReadonlySet<ModelForm> {
  return new Set([model.formFor({ engine, precision }), model.formFor({ engine, precision, hasHalfFloats: false })]);
}
