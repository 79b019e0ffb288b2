import { readFile } from 'node:fs/promises';
import { EnvironmentError, parseModelCard } from '@dilated-unet/core';
import { createSegmenter } from '@dilated-unet/runtime-node';
import { runTraining } from '@dilated-unet/trainer';
import {
  assertPortable,
  convertToOnnx,
  inspectOnnx,
  networkDilations,
  readEnvironment,
  setUpPaths,
} from '@dilated-unet/tools';
import type { Machinery } from './machinery.ts';

/**
 * Training in a child process, tf2onnx of the project's Python environment, ONNX Runtime of this package.
 *
 * @param env variables of the processes that are started.
 */
export function realMachinery(env: NodeJS.ProcessEnv): Machinery {
  return {
    train: runTraining,
    loadSegmenter: (model) => createSegmenter({ model }),

    convert: async ({ graphModel, card: cardPath, network, output, signal }) => {
      const paths = setUpPaths();
      const environment = readEnvironment(paths);
      if (environment === undefined) {
        throw new EnvironmentError(
          `The Python environment ${paths.environment} is missing or unfinished. Run "npx nx run tools:setup" first.`,
        );
      }
      const card = parseModelCard(JSON.parse(await readFile(cardPath, 'utf8')));
      const { python } = paths;
      const model = await convertToOnnx({ graphModel, output, card, python, env, ...(signal && { signal }) });
      assertPortable(inspectOnnx(model), { ...card, dilations: networkDilations(network) });
      return { tf2onnx: environment.versions['tf2onnx'] ?? 'unknown' };
    },
  };
}
