import { fileURLToPath } from 'node:url';
import { asItComes, type Pythons } from '../contestants.ts';
import { pythonProgram, runProgram, type Program } from '../processes.ts';
import type { BenchEngine, Material } from './material.ts';
import type { InferenceTask, InferenceTimes } from './task.ts';

/** A program that predicts an image with the same weights and tells how long it took. */
export interface InferenceContestant {
  /** `plain`, `keras`, `torch`, or the name of a form. */
  readonly name: string;
  readonly engine: BenchEngine;
  /** Runs `task` in a fresh process. */
  run(task: Omit<InferenceTask, 'model'>, signal: AbortSignal): Promise<InferenceTimes>;
}

/** @param pythons null: without Keras and PyTorch. */
export function inferenceContestants(material: Material, pythons: Pythons | null): readonly InferenceContestant[] {
  const { variant, plain, weights, forms } = material;
  const engines = [...new Set(forms.map(({ engine }) => engine))];
  const peer = (name: string, interpreter: string): InferenceContestant =>
    contestant('cpu', pythonProgram(name, interpreter, `bench_${name}_predict.py`, asItComes()), {
      model: weights,
      variant,
    });
  return engines.flatMap((engine) => [
    onnx('plain', engine, plain),
    ...forms.filter((form) => form.engine === engine).map((form) => onnx(form.name, engine, form.model)),
    ...(engine === 'cpu' && pythons !== null ? [peer('keras', pythons.keras), peer('torch', pythons.torch)] : []),
  ]);
}

function onnx(name: string, engine: BenchEngine, model: string): InferenceContestant {
  const file = fileURLToPath(new URL('./onnx-process.js', import.meta.url));
  return contestant(engine, { name, command: process.execPath, file, env: process.env }, { engine, model });
}

function contestant(engine: BenchEngine, program: Program, more: object): InferenceContestant {
  return { name: program.name, engine, run: (task, signal) => runProgram(program, { ...task, ...more }, signal) };
}
