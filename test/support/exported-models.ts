import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { variant, VARIANT_NAMES, type Network, type ParameterValues, type VariantName } from '@dilated-unet/core';
import { convertToOnnx, toolsPython } from '@dilated-unet/tools';
import { exportModel, initialWeights, modelCard } from '@dilated-unet/trainer';
import type { TestProject } from 'vitest/node';

/** One exported and converted model. */
export interface ConvertedModel {
  /** `model.json` of the graph-model. */
  readonly graphModel: string;
  /** The ONNX file, with its card. */
  readonly onnx: string;
}

declare module 'vitest' {
  export interface ProvidedContext {
    models: Record<VariantName, ConvertedModel>;
  }
}

/** Statistics of ISBI-2012's training sections, roughly. */
const NORMALISATION = { mean: 126, std: 44 };

/** Exports the four variants with random weights and converts them, once for all test files. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'dilated-unet-models-'));
  const models: Partial<Record<VariantName, ConvertedModel>> = {};
  for (const name of VARIANT_NAMES) {
    const network = variant(name);
    const directory = join(folder, name);
    const { graphModel } = await exportModel({
      network,
      weights: livelyWeights(network),
      normalisation: NORMALISATION,
      directory,
    });
    const onnx = join(directory, 'model.onnx');
    const card = modelCard(network, { normalisation: NORMALISATION });
    await convertToOnnx({ graphModel, output: onnx, python: toolsPython(), card, env: process.env });
    models[name] = { graphModel, onnx };
  }
  project.provide('models', models as Record<VariantName, ConvertedModel>);
  return () => rm(folder, { recursive: true, force: true });
}

/** Weights as before training, but with statistics, scales and shifts that are not the neutral ones, so that all count. */
function livelyWeights(network: Network): ParameterValues {
  const spread: Record<string, readonly [number, number]> = {
    bias: [-0.05, 0.05],
    gamma: [0.8, 1.2],
    beta: [-0.1, 0.1],
    moving_mean: [0.2, 0.5],
    // About what the layers give: smaller, and 18 norms in a row blow the values up until float32's rounding shows.
    moving_variance: [0.7, 1.3],
  };
  let state = 1;
  // Park & Miller 1988; the weights need only be fixed and spread.
  const uniform = (): number => (state = (state * 48271) % 2147483647) / 2147483647;
  return new Map(
    [...initialWeights(network, 7)].map(([name, { shape, data }]) => {
      const range = spread[name.slice(name.lastIndexOf('/') + 1)];
      if (range === undefined) return [name, { shape, data }];
      const [low, high] = range;
      return [name, { shape, data: data.map(() => low + (high - low) * uniform()) }];
    }),
  );
}
