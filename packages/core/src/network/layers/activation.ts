import { POINTWISE, type LayerRules } from './rules.ts';

/** Elementwise function. */
export interface ActivationLayer {
  readonly kind: 'activation';
  readonly name: string;
  readonly input: string;
  readonly activation: 'relu' | 'sigmoid';
}

export const activation: LayerRules<ActivationLayer> = POINTWISE;
