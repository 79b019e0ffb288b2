import type { InvalidModelError } from '../../errors.ts';

export type ParameterRole = 'kernel' | 'bias' | 'gamma' | 'beta' | 'moving_mean' | 'moving_variance';

/** One tensor of weights of a layer. */
export interface LayerParameter {
  readonly role: ParameterRole;
  /** Kernels have axes y, x, input channel, output channel; all others have one axis, the channel. */
  readonly shape: readonly number[];
  /** Whether the optimizer changes it; the moving statistics of batch-norm are updated by the forward pass instead. */
  readonly trainable: boolean;
}

/** First and last position along one axis, both included. */
export type Interval = readonly [first: number, last: number];

/** The error that says why the layer is not well formed, and what to do. */
export type Malformed = (what: string, remedy: string) => InvalidModelError;

/**
 * What a layer kind means, apart from its arithmetic: one file per kind. Shapes, cost, parameters, receptive field and
 * inference form are folds over these; the arithmetic and its gradient are the trainer's rule of the same file name.
 */
export interface LayerRules<L> {
  /**
   * Output channels, given those of the inputs.
   *
   * @throws what `malformed` makes, when the layer cannot work on such inputs.
   */
  readonly channels: (layer: L, inputs: readonly number[], malformed: Malformed) => number;
  /** Input pixels per output pixel along either axis: 2 halves the image, 1/2 doubles it. */
  readonly scale: number;
  /** The positions that the layer reads of each of its inputs to give `wanted` of its output, along either axis. */
  readonly needed: (layer: L, wanted: Interval) => Interval;
  /** Its weights, in the order in which Keras lists them; `channels` are those of the first input. */
  readonly parameters: (layer: L, channels: number) => readonly LayerParameter[];
  /** Multiplications with addition per output pixel that count: those of convolutions. */
  readonly macs: (layer: L, channels: number) => number;
  /** Whether the layer does nothing outside of training, so that the inference form leaves it out. */
  readonly onlyInTraining: boolean;
}

/** The rules of a layer that keeps size and channels, reads one pixel to give one, and has no weights. */
export const POINTWISE: LayerRules<unknown> = {
  channels: (_layer, inputs) => inputs[0] ?? 0,
  scale: 1,
  needed: (_layer, wanted) => wanted,
  parameters: () => [],
  macs: () => 0,
  onlyInTraining: false,
};

/** `value`, where it is an integer of at least 1. */
export function count(property: string, value: number, malformed: Malformed): number {
  if (Number.isInteger(value) && value >= 1) return value;
  throw malformed(`has ${property} ${value}`, 'It must be an integer of at least 1');
}
