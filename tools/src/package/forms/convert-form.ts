import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspectOnnx, withConstantUpsampling } from '@dilated-unet/onnx';
import { writeInferenceModel } from '@dilated-unet/trainer';
import { assertPortable, networkDilations } from '../../convert/checks.ts';
import { convertToOnnx } from '../../convert/convert.ts';
import type { FormTask } from './form.ts';
import type { InferenceForm } from './inference-forms.ts';

/** @returns `form`, a rewriting of the run's network, as an ONNX file in float32 with the run's card. */
export async function convertForm(
  { facts, python, env, signal }: FormTask,
  { network, values }: InferenceForm,
): Promise<Uint8Array> {
  const { card } = facts;
  const folder = await mkdtemp(join(tmpdir(), 'dilated-unet-form-'));
  try {
    const graphModel = await writeInferenceModel(join(folder, 'graph-model'), { network, weights: values });
    const output = join(folder, 'model.onnx');
    const converted = await convertToOnnx({ graphModel, output, card, python, env, ...(signal && { signal }) });
    const model = withConstantUpsampling(converted);
    assertPortable(inspectOnnx(model), { ...card, dilations: networkDilations(network) });
    return model;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
