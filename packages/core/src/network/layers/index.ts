import { activation, type ActivationLayer } from './activation.ts';
import { add, type AddLayer } from './add.ts';
import { batchNorm, type BatchNormLayer } from './batch-norm.ts';
import { classProbability, type ClassProbabilityLayer } from './class-probability.ts';
import { concat, type ConcatLayer } from './concat.ts';
import { conv, type ConvLayer } from './conv.ts';
import { dropout, type DropoutLayer } from './dropout.ts';
import { input, type InputLayer } from './input.ts';
import { maxPool, type MaxPoolLayer } from './max-pool.ts';
import type { LayerRules } from './rules.ts';
import { upsample, type UpsampleLayer } from './upsample.ts';
import { upsampleConv, type UpsampleConvLayer } from './upsample-conv.ts';

/**
 * The layer kinds of which the networks are made. A layer is data: it names its inputs and carries what defines its
 * function; shapes, cost, receptive field, the TensorFlow graph and its gradients are functions of a list of these.
 *
 * All tensors have axes n, y, x, channel.
 */
export type Layer =
  | InputLayer
  | ConvLayer
  | ActivationLayer
  | BatchNormLayer
  | DropoutLayer
  | MaxPoolLayer
  | UpsampleLayer
  | UpsampleConvLayer
  | ConcatLayer
  | AddLayer
  | ClassProbabilityLayer;

export type LayerKind = Layer['kind'];
export type LayerOf<K extends LayerKind> = Extract<Layer, { kind: K }>;

/** The rules of every kind: a table that lacks one does not compile. */
export type LayerRulesTable = { readonly [K in LayerKind]: LayerRules<LayerOf<K>> };

const RULES: LayerRulesTable = {
  input,
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

/** The rules of the kind that `layer` is of. */
export function rulesOf<L extends Layer>(layer: L): LayerRules<L> {
  return RULES[layer.kind] as LayerRules<Layer>;
}

/** Names of the layers that `layer` reads, in order. */
export function layerInputs(layer: Layer): readonly string[] {
  if (layer.kind === 'input') return [];
  return 'inputs' in layer ? layer.inputs : [layer.input];
}
