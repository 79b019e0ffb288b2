import type { Layer, ParameterRole } from '@dilated-unet/core';
import type { GraphBuilder, Output } from '../builder.ts';

/** What a layer's rule may use of the graph that is being written. All tensors are float32 with axes n, y, x, channel. */
export interface LayerContext {
  readonly graph: GraphBuilder;
  /** Value of a parameter of the layer: a variable that was read, or a constant in an exported graph. */
  parameter(role: ParameterRole): Output;
  /** Channels of the layer's inputs, in order. */
  readonly inputChannels: readonly number[];
}

/** Shape of a tensor: n, y, x, channel. */
export type TensorShape = readonly [number, number, number, number];

export interface TrainingContext extends LayerContext {
  /** Shapes of the layer's inputs in this training step, in order. */
  readonly inputShapes: readonly TensorShape[];
  /** Whether the gradient of the loss by the layer's inputs is wanted (not for the image). */
  readonly needsInputGradient: boolean;
  /** int32 [2] that differs from layer to layer and from step to step: the key of the layer's random draws. */
  readonly randomKey: () => Output;
  /** Of the windows of the whole batch, how many come before those of the inputs: the draws are those of the batch in one piece. */
  readonly firstWindow: number;
  /**
   * In a calibration pass, the share (0 ... 1) of this batch in the moving statistics, where training takes 1 - momentum; and
   * nothing is dropped.
   */
  readonly calibrationShare?: Output | undefined;
}

/** Gradient of the loss by what a layer reads: the key of each entry is what it belongs to. */
export interface LayerGradients {
  /** By the inputs, in order; empty where `needsInputGradient` is false. */
  readonly inputs: readonly Output[];
  readonly parameters: ReadonlyMap<ParameterRole, Output>;
}

/** A layer written into a training graph. */
export interface TrainedLayer {
  readonly output: Output;
  /** New values of parameters that the forward pass itself determines (moving statistics). */
  readonly updates?: ReadonlyMap<ParameterRole, Output>;
  /** Writes the gradients, given `dy`, the gradient of the loss by the layer's output. */
  gradients(dy: Output): LayerGradients;
}

/** How a layer kind becomes TensorFlow operations: one file per kind, forward and gradient side by side. */
export interface LayerRule<L extends Layer> {
  /** The layer as a trained model applies it: deterministic, any n, y, x. */
  inference(layer: L, inputs: readonly Output[], context: LayerContext): Output;
  /** The layer in a training step, whose shapes are fixed. */
  training(layer: L, inputs: readonly Output[], context: TrainingContext): TrainedLayer;
}

export const NO_PARAMETERS: ReadonlyMap<ParameterRole, Output> = new Map();

/** The single input of a layer that has one. */
export function only<T>(inputs: readonly T[]): T {
  if (inputs.length !== 1) throw new RangeError(`A layer with one input was given ${inputs.length}.`);
  return inputs[0] as T;
}
