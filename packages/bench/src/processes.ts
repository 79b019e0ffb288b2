import { fileURLToPath } from 'node:url';
import { EnvironmentError } from '@dilated-unet/core';
import { runProcess } from '@dilated-unet/host';
import { pythonScript } from '@dilated-unet/tools';
import { trainingEnvironment } from '@dilated-unet/trainer';

/** A program of the bench: it takes a task as JSON, its only argument, and prints its result as a line of JSON. */
export interface Program {
  /** How messages name it. */
  readonly name: string;
  readonly command: string;
  readonly file: string;
  /** @default that of training */
  readonly env?: NodeJS.ProcessEnv;
}

/** A program of the trainer's `bench` folder, by its name without extension. */
export function trainerProgram(program: string, name = program): Program {
  const file = fileURLToPath(import.meta.resolve(`@dilated-unet/trainer/bench/${program}.js`));
  return { name, command: process.execPath, file };
}

/** A script of `tools/python`. @param interpreter to run it. */
export function pythonProgram(name: string, interpreter: string, script: string, env?: NodeJS.ProcessEnv): Program {
  return { name, command: interpreter, file: pythonScript(script), ...(env && { env }) };
}

/**
 * Runs `task` in a fresh process.
 *
 * @returns the last line of JSON that it prints.
 * @throws EnvironmentError when it fails.
 */
export async function runProgram<Result>(
  { name, command, file, env = { ...process.env, ...trainingEnvironment() } }: Program,
  task: object,
  signal: AbortSignal,
): Promise<Result> {
  const result = await runProcess(command, [file, JSON.stringify(task)], { env, signal });
  const line = result.stdout.split('\n').findLast((text) => /^[{[]/.test(text));
  if (result.code !== 0 || line === undefined) {
    const how = result.signal === null ? `exit status ${result.code}` : `${result.signal}; most likely out of memory`;
    throw new EnvironmentError(`${name} did not finish (${how}):\n${result.output.slice(-2000)}`);
  }
  return JSON.parse(line) as Result;
}
