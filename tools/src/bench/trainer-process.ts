import { fileURLToPath } from 'node:url';
import { EnvironmentError } from '@dilated-unet/core';
import { runProcess } from '@dilated-unet/host';
import { trainingEnvironment } from '@dilated-unet/trainer';

/**
 * Runs a program of the trainer's bench in a process of its own, under the settings of training.
 *
 * @param program file name in the trainer's `bench` folder, without extension. @returns the JSON of the last line it prints.
 * @throws EnvironmentError when it fails.
 */
export async function trainerProcess<Result>(
  program: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<Result> {
  const entry = fileURLToPath(import.meta.resolve(`@dilated-unet/trainer/bench/${program}.js`));
  const env = { ...process.env, ...trainingEnvironment() };
  const { code, stdout, output } = await runProcess(process.execPath, [entry, ...args], { env, signal });
  if (code !== 0) throw new EnvironmentError(`The bench's ${program} failed:\n${output.slice(-2000)}`);
  return JSON.parse(stdout.split('\n').at(-1) as string) as Result;
}
