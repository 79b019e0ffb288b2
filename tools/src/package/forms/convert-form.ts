import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeInferenceModel } from '@dilated-unet/trainer';
import { assertPortable, networkDilations } from '../../convert/checks.ts';
import { convertToOnnx } from '../../convert/convert.ts';
import { inspectOnnx } from '../../convert/inspect.ts';
import type { FormTask } from './form.ts';

/** How a graph is written for a form: what `writeInferenceModel` of the trainer takes. */
type Rewriting = NonNullable<Parameters<typeof writeInferenceModel>[2]>;

/** The run's network, written as `rewriting` says and converted. @returns an ONNX file with the run's card. */
export async function convertForm(task: FormTask, rewriting: Rewriting): Promise<Uint8Array> {
  const { facts, python, env, signal } = task;
  const { card, trained } = facts;
  const folder = await mkdtemp(join(tmpdir(), 'dilated-unet-form-'));
  try {
    const graphModel = await writeInferenceModel(join(folder, 'graph-model'), trained, rewriting);
    const output = join(folder, 'model.onnx');
    const model = await convertToOnnx({ graphModel, output, card, python, env, ...(signal && { signal }) });
    assertPortable(inspectOnnx(model), { ...card, dilations: networkDilations(trained.network) });
    return model;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
