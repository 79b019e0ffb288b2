import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { EnvironmentError, InvalidModelError, withModelCard, type ModelCard } from '@dilated-unet/core';
import { runProcess, unfinishedName, writeFileAtomically, type RunResult } from '@dilated-unet/host';
import { canonicalOnnx } from '@dilated-unet/onnx';
import { OPSET } from './checks.ts';

export interface ConvertOptions {
  /** `model.json` of a TensorFlow.js graph-model, its weight files beside it. */
  readonly graphModel: string;
  /** Where the ONNX file goes; an existing one is replaced when the conversion is done. */
  readonly output: string;
  /** Interpreter of an environment with tf2onnx and TensorFlow (see `toolsPython`). */
  readonly python: string;
  /** Written into the file; its `input` and `output` become the names of the model's ends. */
  readonly card: ModelCard;
  /** Variables of the converter's process. */
  readonly env: NodeJS.ProcessEnv;
  /** Stops the conversion; nothing is written. */
  readonly signal?: AbortSignal;
}

/**
 * Converts a graph-model to one ONNX file with tf2onnx's command line, operator set 17, and adds the model card. Axes
 * stay n, y, x, channel. The same graph-model and card give the same bytes.
 *
 * @returns the file's bytes.
 * @throws InvalidModelError when `graphModel` is no graph-model with one input and one output, or tf2onnx cannot
 * convert it (with what tf2onnx says); EnvironmentError when there is no room for the file.
 */
export async function convertToOnnx(options: ConvertOptions): Promise<Uint8Array> {
  const { graphModel, output, card } = options;
  const ends = graphEnds(graphModel);
  await mkdir(dirname(output), { recursive: true });
  // Named as a file that is not whole, so that a resumed run removes what a killed one left.
  const raw = unfinishedName(output);
  try {
    await tf2onnx(raw, ends, options);
    const model = withModelCard(canonicalOnnx(await readFile(raw)), card);
    await writeFileAtomically(output, model);
    return model;
  } finally {
    await rm(raw, { force: true });
  }
}

async function tf2onnx(target: string, ends: GraphEnds, options: ConvertOptions): Promise<void> {
  const { graphModel, python, card, signal } = options;
  const tensors = ['--inputs', ends.input, '--outputs', ends.output];
  const names = ['--rename-inputs', card.input, '--rename-outputs', card.output];
  const args = ['-I', '-m', 'tf2onnx.convert', '--tfjs', graphModel, '--output', target, '--opset', String(OPSET)];
  // Nothing is computed that a GPU would speed up, and starting one takes seconds and its memory.
  const env = { ...options.env, CUDA_VISIBLE_DEVICES: '-1', TF_CPP_MIN_LOG_LEVEL: '2' };
  const result = await runProcess(python, [...args, ...tensors, ...names], { env, signal });
  if (result.code === 0 && existsSync(target)) return;
  if (result.output.includes('No space left on device')) {
    throw new EnvironmentError(`No space left for ${options.output}. Free some disk space, then convert again.`);
  }
  throw failure(graphModel, result);
}

interface GraphEnds {
  /** Tensor names, for example `image:0`. */
  readonly input: string;
  readonly output: string;
}

/** The one input and the one output that the graph-model's signature names. */
function graphEnds(graphModel: string): GraphEnds {
  const bad = (why: string, cause?: unknown) =>
    new InvalidModelError(
      `${graphModel} is not a graph-model that can be converted: ${why}. Pass the model.json of an exported model.`,
      { cause },
    );
  let model: {
    signature?: Partial<Record<'inputs' | 'outputs', Record<string, { name?: string }>>>;
    modelTopology?: unknown;
  };
  try {
    model = JSON.parse(readFileSync(graphModel, 'utf8')) as typeof model;
  } catch (cause) {
    throw bad(cause instanceof SyntaxError ? 'it is not JSON' : 'it cannot be read', cause);
  }
  if (typeof model?.modelTopology !== 'object') throw bad('it has no modelTopology');
  const only = (side: 'inputs' | 'outputs'): string => {
    const tensors = Object.values(model.signature?.[side] ?? {});
    const name = tensors[0]?.name;
    if (tensors.length !== 1 || name === undefined)
      throw bad(`its signature names ${tensors.length} ${side} instead of one`);
    return name.includes(':') ? name : `${name}:0`;
  };
  return { input: only('inputs'), output: only('outputs') };
}

function failure(graphModel: string, result: RunResult): InvalidModelError {
  const ending = result.signal === null ? `exit status ${result.code}` : `signal ${result.signal}`;
  const lines = result.output.split('\n').slice(-30).join('\n');
  return new InvalidModelError(`tf2onnx could not convert ${graphModel} (${ending}). It says:\n${lines}`);
}
