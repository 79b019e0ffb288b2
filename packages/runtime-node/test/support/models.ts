import { readFileSync } from 'node:fs';
import {
  inferenceForm,
  type ModelCard,
  type ModelStage,
  networkStages,
  variant,
  withModelCard,
} from '@dilated-unet/core';

/** The graphs of fixtures/make_models.py, which prints these radii. */
const GRAPHS = {
  'tiny-unet': { receptiveFieldRadius: 90 },
  'tiny-dilated-unet': { receptiveFieldRadius: 553 },
} as const;

export type GraphName = keyof typeof GRAPHS;

/** The grey values of the tests' images: uniform in 0 ... 255. */
export const NORMALISATION = { mean: 127.5, std: 73.9 };

/** What a fixture's graph calls the maps between stages. */
const MAPS = new Map([
  ['encoder3/pool', 'e2.pool'],
  ['encoder3/conv2/relu', 'e2.c2.relu'],
  ['bottleneck/sum', 'b.sum'],
]);

/** The chains of stages of a fixture, which has the structure of a variant at a smaller width. */
export function stages(name: GraphName): ReturnType<typeof networkStages> {
  const named = <P extends { readonly name: string }>(ports: readonly P[]): readonly P[] =>
    ports.map((port) => ({ ...port, name: MAPS.get(port.name) ?? port.name }));
  const renamed = (chain: readonly ModelStage[]): readonly ModelStage[] =>
    chain.map((stage) => ({ ...stage, inputs: named(stage.inputs), outputs: named(stage.outputs) }));
  const { stages, stagesKeepingSkip } = networkStages(
    inferenceForm(variant(name === 'tiny-unet' ? 'unet' : 'dilated-unet')),
  );
  return { stages: renamed(stages), stagesKeepingSkip: renamed(stagesKeepingSkip) };
}

/** A fixture's graph, without a card. */
export function graph(name: GraphName = 'tiny-unet'): Uint8Array {
  return new Uint8Array(readFileSync(new URL(`../fixtures/${name}.onnx`, import.meta.url)));
}

/** A fixture as a whole model. `card` replaces fields of its card. */
export function model(name: GraphName = 'tiny-unet', card: Partial<ModelCard> = {}): Uint8Array {
  return withModelCard(graph(name), {
    format: 2,
    name,
    input: 'image',
    output: 'interior',
    stride: 8,
    ...GRAPHS[name],
    largestActivationBytes: 320,
    normalisation: NORMALISATION,
    ...card,
  });
}
