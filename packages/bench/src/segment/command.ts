import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { EnvironmentError, type PixelSides, type Precision } from '@dilated-unet/core';
import { runProcess } from '@dilated-unet/host';
import { readStack } from '@dilated-unet/stacks/node';
import { REPOSITORY } from '@dilated-unet/tools';
import type { InferenceContestant } from '../inference/contestants.ts';

const CLI = join(REPOSITORY, 'packages', 'runtime-node', 'dist', 'cli.js');

export interface CommandOptions {
  readonly name: string;
  /** Package or ONNX file. */
  readonly model: string;
  readonly precision: Precision;
  /** The stack as a file. */
  readonly input: string;
  /** Of the model, where its card knows it: the stack is taken to have it, whatever it states, as for all others. */
  readonly pixelSize: PixelSides | undefined;
  /** Where its results go, which the bench removes. */
  readonly folder: string;
  readonly mustEqual: string | null;
}

/**
 * All that `dilated-unet-segment` does once the model is loaded: reading, tiles, parts and the output, a mask. The first
 * run comes after one that writes the probabilities, and does not count.
 */
export function commandContestant({
  name,
  model,
  precision,
  input,
  pixelSize,
  folder,
  mustEqual,
}: CommandOptions): InferenceContestant {
  const { version } = createRequire(import.meta.url)('onnxruntime-node/package.json') as { readonly version: string };
  const asIs = pixelSize && { 'pixel-size': `${pixelSize.y},${pixelSize.x}` };
  let runs = 0;
  return {
    name,
    engine: 'cpu',
    mustEqual,
    async run({ output: probabilities, threads }, signal) {
      const segment = (output: string, result: string): Promise<number> =>
        timeCommand(
          flagsOf({ model, precision, input, output, result, threads, device: 'cpu', normalise: 'section', ...asIs }),
          signal,
        );
      if (!existsSync(probabilities)) {
        const file = join(folder, `${name}-probabilities.tif`);
        await segment(file, 'probabilities');
        const { data } = await readStack(file);
        await writeFile(probabilities, new Uint8Array(Float32Array.from(data).buffer));
      }
      const ms = await segment(join(folder, `${name}-${runs++}.tif`), 'mask');
      return { ms: [ms], version: `onnxruntime-node ${version}` };
    },
  };
}

const flagsOf = (flags: Readonly<Record<string, string | number>>): readonly string[] =>
  Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, String(value)]);

/** Milliseconds from the line that names the loaded model to the one that the output is written. */
async function timeCommand(words: readonly string[], signal: AbortSignal): Promise<number> {
  let [begin, end] = [NaN, NaN];
  const { code, output } = await runProcess(process.execPath, [CLI, ...words], {
    env: process.env,
    signal,
    onLine(line) {
      if (line.startsWith('model ')) begin = performance.now();
      if (line.startsWith('wrote ')) end = performance.now();
    },
  });
  if (code === 0 && end > begin) return end - begin;
  throw new EnvironmentError(`dilated-unet-segment did not finish (exit status ${code}):\n${output.slice(-2000)}`);
}
