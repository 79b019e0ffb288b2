import { InvalidModelError } from '../errors.ts';

/**
 * The layer kinds of which the networks are made. A layer is data: it names its inputs and carries what defines its
 * function; shapes, cost, receptive field, the TensorFlow graph and its gradients are functions of a list of these.
 *
 * All tensors have axes n, y, x, channel. Every kind keeps y and x but `max-pool` (halves) and `upsample` (doubles).
 */
export type Layer =
  | InputLayer
  | ConvLayer
  | ActivationLayer
  | BatchNormLayer
  | DropoutLayer
  | MaxPoolLayer
  | UpsampleLayer
  | ConcatLayer
  | AddLayer
  | ClassProbabilityLayer;

export type LayerKind = Layer['kind'];

/** The image: z-scores. */
export interface InputLayer {
  readonly kind: 'input';
  readonly name: string;
  readonly channels: number;
}

/** Square convolution with bias, stride 1, zero padding that keeps the size ('same'). */
export interface ConvLayer {
  readonly kind: 'conv';
  readonly name: string;
  readonly input: string;
  /** Output channels. */
  readonly filters: number;
  /** Side of the kernel, pixels; odd. */
  readonly kernel: number;
  /** Distance between neighbouring taps, pixels; 1 is an ordinary convolution. */
  readonly dilation: number;
  /** How the kernel is drawn: He et al. 2015 (truncated normal) before a ReLU, Glorot & Bengio 2010 (uniform) else. */
  readonly initializer: 'he-normal' | 'glorot-uniform';
}

export interface ActivationLayer {
  readonly kind: 'activation';
  readonly name: string;
  readonly input: string;
  readonly activation: 'relu' | 'sigmoid';
}

/** Batch normalisation over n, y, x (Ioffe & Szegedy 2015). */
export interface BatchNormLayer {
  readonly kind: 'batch-norm';
  readonly name: string;
  readonly input: string;
  /** Share of the old moving statistic that a step keeps. */
  readonly momentum: number;
  /** Added to the variance. */
  readonly epsilon: number;
}

/**
 * Inverted dropout (Srivastava et al. 2014): in training, values are zeroed with probability `rate`, else divided by
 * 1 - rate.
 */
export interface DropoutLayer {
  readonly kind: 'dropout';
  readonly name: string;
  readonly input: string;
  readonly rate: number;
}

/** Maximum over windows of 2 x 2, stride 2. */
export interface MaxPoolLayer {
  readonly kind: 'max-pool';
  readonly name: string;
  readonly input: string;
}

/** Each pixel becomes 2 x 2 equal ones (nearest neighbour). */
export interface UpsampleLayer {
  readonly kind: 'upsample';
  readonly name: string;
  readonly input: string;
}

/** Channels of the inputs one after another. */
export interface ConcatLayer {
  readonly kind: 'concat';
  readonly name: string;
  readonly inputs: readonly string[];
}

/** Sum of inputs of one shape. */
export interface AddLayer {
  readonly kind: 'add';
  readonly name: string;
  readonly inputs: readonly string[];
}

/** Softmax over the channels, of which channel `class` alone is kept: one channel, probabilities in 0 ... 1. */
export interface ClassProbabilityLayer {
  readonly kind: 'class-probability';
  readonly name: string;
  readonly input: string;
  readonly class: number;
}

/** A feed-forward network: layers in topological order, the first the input, the last the output. */
export interface Network {
  readonly name: string;
  readonly layers: readonly Layer[];
}

/** Names of the layers that `layer` reads, in order. */
export function layerInputs(layer: Layer): readonly string[] {
  if (layer.kind === 'input') return [];
  return 'inputs' in layer ? layer.inputs : [layer.input];
}

/** The last layer. @throws InvalidModelError when the network has none. */
export function outputLayer(network: Network): Layer {
  const last = network.layers.at(-1);
  if (last === undefined) {
    throw new InvalidModelError(`Network "${network.name}" has no layers. Begin with an input layer.`);
  }
  return last;
}
