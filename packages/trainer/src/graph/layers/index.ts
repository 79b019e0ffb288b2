import type { Layer, LayerKind } from '@dilated-unet/core';
import type { Output } from '../builder.ts';
import { activation } from './activation.ts';
import { add } from './add.ts';
import { batchNorm } from './batch-norm.ts';
import { classProbability } from './class-probability.ts';
import { concat } from './concat.ts';
import { conv } from './conv.ts';
import { dropout } from './dropout.ts';
import { maxPool } from './max-pool.ts';
import { upsample } from './upsample.ts';
import { upsampleConv } from './upsample-conv.ts';
import type { LayerContext, LayerRule, TrainedLayer, TrainingContext } from './rule.ts';

type RuledKind = Exclude<LayerKind, 'input'>;
/** A table that lacks a kind does not compile. */
export type RuleTable = { readonly [K in RuledKind]: LayerRule<Extract<Layer, { kind: K }>> };

/** One rule per layer kind; the input layer is the placeholder that the caller brings. */
const RULES: RuleTable = {
  conv,
  activation,
  'batch-norm': batchNorm,
  dropout,
  'max-pool': maxPool,
  upsample,
  'upsample-conv': upsampleConv,
  concat,
  add,
  'class-probability': classProbability,
};

export type RuledLayer = Extract<Layer, { kind: RuledKind }>;

export function writeInferenceLayer(layer: RuledLayer, inputs: readonly Output[], context: LayerContext): Output {
  return rule(layer).inference(layer, inputs, context);
}

export function writeTrainingLayer(
  layer: RuledLayer,
  inputs: readonly Output[],
  context: TrainingContext,
): TrainedLayer {
  return rule(layer).training(layer, inputs, context);
}

function rule<L extends RuledLayer>(layer: L): LayerRule<L> {
  return RULES[layer.kind] as unknown as LayerRule<L>;
}
