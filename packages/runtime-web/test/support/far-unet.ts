import { readFileSync } from 'node:fs';
import {
  inferenceForm,
  networkStages,
  variant,
  withModelCard,
  type ModelCard,
  type ModelStage,
} from '@dilated-unet/core';
import { smallUnetCard } from './small-unet.ts';

/** Written by runtime-node's make_models.py: `dilated-unet` at a small width. */
const GRAPH = new URL('../../../runtime-node/test/fixtures/tiny-dilated-unet.onnx', import.meta.url);
/** What its graph calls the maps between stages. */
const MAPS = new Map([
  ['encoder3/pool', 'e2.pool'],
  ['encoder3/conv2/relu', 'e2.c2.relu'],
  ['bottleneck/sum', 'b.sum'],
]);

const named = <P extends { readonly name: string }>(ports: readonly P[]): readonly P[] =>
  ports.map((port) => ({ ...port, name: MAPS.get(port.name) ?? port.name }));

const renamed = (chain: readonly ModelStage[]): readonly ModelStage[] =>
  chain.map((stage) => ({ ...stage, inputs: named(stage.inputs), outputs: named(stage.outputs) }));
const { stages, stagesKeepingSkip } = networkStages(inferenceForm(variant('dilated-unet')));

/** The stages of `farUnet` that keep no skip. */
export const farUnetStages = renamed(stages);

/** Card of a network that sees 553 pixels, for images like `testImage`'s. */
export const farUnetCard: ModelCard = {
  ...smallUnetCard,
  receptiveFieldRadius: 553,
  stages: farUnetStages,
  stagesKeepingSkip: renamed(stagesKeepingSkip),
};

/** A network that sees 553 pixels and runs stage by stage. */
export const farUnet = (): Uint8Array => withModelCard(new Uint8Array(readFileSync(GRAPH)), farUnetCard);
