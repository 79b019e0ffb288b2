import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ModelCard } from '@dilated-unet/core';
import { writeInferenceModel, type TrainedNetwork } from '@dilated-unet/trainer';
import { assertPortable, networkDilations } from '../convert/checks.ts';
import { convertToOnnx } from '../convert/convert.ts';
import { inspectOnnx } from '../convert/inspect.ts';

export interface FormOptions {
  readonly card: ModelCard;
  /** Interpreter with tf2onnx. */
  readonly python: string;
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
}

/** Channels that ONNX Runtime computes at once on x86 with AVX-512; with AVX2 it is half of it. */
const BLOCK = 16;

/**
 * The float32 form: batch norms folded, channels in blocks of 16. The same function as the trained network, to the rounding
 * of float32.
 *
 * @returns an ONNX file with `card`; the same bytes for the same network and card.
 */
export async function fp32Form(trained: TrainedNetwork, options: FormOptions): Promise<Uint8Array> {
  const { card, python, env, signal } = options;
  const folder = await mkdtemp(join(tmpdir(), 'dilated-unet-form-'));
  try {
    const graphModel = await writeInferenceModel(join(folder, 'graph-model'), trained, { block: BLOCK });
    const output = join(folder, 'model.onnx');
    const model = await convertToOnnx({ graphModel, output, card, python, env, ...(signal && { signal }) });
    assertPortable(inspectOnnx(model), { ...card, dilations: networkDilations(trained.network) });
    return model;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
