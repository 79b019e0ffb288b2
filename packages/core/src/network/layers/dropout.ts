import { POINTWISE, type LayerRules } from './rules.ts';

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

export const dropout: LayerRules<DropoutLayer> = { ...POINTWISE, onlyInTraining: true };
