import { fileURLToPath } from 'node:url';
import type { VariantName } from '@dilated-unet/core';
import { asItComes, type Pythons } from '../peers.ts';
import { pythonProgram, runProgram, type Program } from '../processes.ts';
import type { BenchEngine, Material } from './material.ts';
import type { InferenceTask, InferenceTimes } from './task.ts';

/** A program that predicts images with the same weights and tells how long it took. */
export interface InferenceContestant {
  /** `plain`, `keras`, `torch`, or the name of a form. */
  readonly name: string;
  readonly engine: BenchEngine;
  /** The contestant whose probabilities it must give, within rounding; null where it computes otherwise. */
  readonly mustEqual: string | null;
  /** Of the images it predicts the first ones, at most so many. @default all */
  readonly most?: number;
  /** Runs `task` in a fresh process. */
  run(task: Omit<InferenceTask, 'model'>, signal: AbortSignal): Promise<InferenceTimes>;
}

/** What Keras and PyTorch run under, and what they run. */
export type Peers = Pythons & TrainedWeights;

/** @param peers null: without Keras and PyTorch. */
export function inferenceContestants(
  { plain, forms }: Pick<Material, 'plain' | 'forms'>,
  peers: Peers | null,
): readonly InferenceContestant[] {
  const engines = [...new Set(forms.map(({ engine }) => engine))];
  return engines.flatMap((engine) => [
    onnxContestant('plain', engine, plain, { asItIs: true }),
    ...forms.filter((form) => form.engine === engine).map((form) => onnxContestant(form.name, engine, form.model)),
    ...(engine === 'cpu' && peers !== null
      ? [
          kerasContestant('keras', peers.keras, peers, 'plain'),
          torchContestant('torch', peers.torch, peers, { mustEqual: 'plain' }),
        ]
      : []),
  ]);
}

/** Nothing but `session.run` of ONNX Runtime. @param model ONNX file. @param asItIs whether its graph is not what our runtimes make of it. */
export function onnxContestant(
  name: string,
  engine: BenchEngine,
  model: string,
  { asItIs = false } = {},
): InferenceContestant {
  const file = fileURLToPath(new URL('./onnx-process.js', import.meta.url));
  const program = { name, command: process.execPath, file, env: process.env };
  return contestant(engine, program, null, { engine, model, asItIs });
}

/** What Keras and PyTorch need of a package: its network as it was trained. */
export interface TrainedWeights {
  readonly variant: VariantName;
  /** Float32, safetensors. */
  readonly weights: string;
}

/** Keras, as one `tf.function`. @param interpreter with TensorFlow and Keras. */
export function kerasContestant(
  name: string,
  interpreter: string,
  { variant, weights }: TrainedWeights,
  mustEqual: string,
): InferenceContestant {
  const program = pythonProgram(name, interpreter, 'bench_keras_predict.py', asItComes());
  return contestant('cpu', program, mustEqual, { model: weights, variant });
}

export interface TorchOptions {
  /** @default 'float32' */
  readonly dtype?: 'float32' | 'bfloat16';
  /** Side of the windows of MONAI's SlidingWindowInferer, pixels. @default null, a section in one piece */
  readonly window?: number | null;
  /** Share of a window that it has in common with the next. @default null, MONAI's default */
  readonly overlap?: number | null;
  /** @default null */
  readonly mustEqual?: string | null;
  /** Of the images, at most so many. @default all */
  readonly most?: number;
}

/** PyTorch in `channels_last` and inference mode. @param interpreter with PyTorch and MONAI. */
export function torchContestant(
  name: string,
  interpreter: string,
  { variant, weights }: TrainedWeights,
  { dtype = 'float32', window = null, overlap = null, mustEqual = null, ...most }: TorchOptions,
): InferenceContestant {
  const program = pythonProgram(name, interpreter, 'bench_torch_predict.py', asItComes());
  return { ...contestant('cpu', program, mustEqual, { model: weights, variant, dtype, window, overlap }), ...most };
}

function contestant(
  engine: BenchEngine,
  program: Program,
  mustEqual: string | null,
  more: object,
): InferenceContestant {
  return {
    name: program.name,
    engine,
    mustEqual,
    run: (task, signal) => runProgram(program, { ...task, ...more }, signal),
  };
}
