import { readFile } from 'node:fs/promises';
import { EnvironmentError, parseModelCard, type Network, type Segmenter } from '@dilated-unet/core';
import type { Lock, OnProgress } from '@dilated-unet/host';
import { inspectOnnx } from '@dilated-unet/onnx';
import { createSegmenter } from '@dilated-unet/runtime-node';
import { assertPortable, convertToOnnx, networkDilations, readEnvironment, setUpPaths } from '@dilated-unet/tools';
import { runTraining } from '@dilated-unet/trainer';

/** How a run is watched and stopped. */
export interface Reporter {
  /** What is going on now. */
  readonly onProgress: OnProgress;
  /** What is to stay on the screen: the device, each evaluation. */
  readonly onNote: (note: string) => void;
  readonly signal?: AbortSignal;
}

/** `watch`, stopped also where `lock` is lost. */
export function watchUnder(lock: Lock, watch: Reporter): Reporter {
  return { ...watch, signal: AbortSignal.any([lock.signal, ...(watch.signal ? [watch.signal] : [])]) };
}

/** What a run drives: TensorFlow, Python and ONNX Runtime. */
export interface Services {
  /** See `runTraining` of the trainer. */
  readonly train: typeof runTraining;
  /** Converts the graph-model to portable ONNX with tf2onnx; `output` appears whole or not at all. */
  readonly convert: (request: ConversionRequest) => Promise<ConversionReport>;
  /** Loads an ONNX model; see `createSegmenter` of runtime-node. */
  readonly loadSegmenter: (model: string) => Promise<Segmenter>;
}

/** `services` with a training that whoever takes `lock` over, after this process was killed, ends first. */
export function servicesUnder(lock: Lock, services: Services): Services {
  return {
    ...services,
    train: (config, options) => services.train(config, { ...options, onSpawn: (pid) => lock.noteChild(pid) }),
  };
}

export interface ConversionRequest {
  /** `model.json` of the graph-model. */
  readonly graphModel: string;
  /** Model card, JSON. */
  readonly card: string;
  /** The network that was trained. */
  readonly network: Network;
  /** The ONNX file to write. */
  readonly output: string;
  readonly signal?: AbortSignal;
}

export interface ConversionReport {
  /** Version of tf2onnx. */
  readonly tf2onnx: string;
}

/**
 * Training in a child process, tf2onnx of the project's Python environment, ONNX Runtime of this package.
 *
 * @param env variables of the processes that are started.
 */
export function realServices(env: NodeJS.ProcessEnv): Services {
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
