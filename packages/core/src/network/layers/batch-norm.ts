import { POINTWISE, type LayerRules } from './rules.ts';

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

export const batchNorm: LayerRules<BatchNormLayer> = {
  ...POINTWISE,
  parameters: (_layer, channels) => [
    { role: 'gamma', shape: [channels], trainable: true },
    { role: 'beta', shape: [channels], trainable: true },
    { role: 'moving_mean', shape: [channels], trainable: false },
    { role: 'moving_variance', shape: [channels], trainable: false },
  ],
};
