import { POINTWISE, type LayerRules } from './rules.ts';

/** Maximum over windows of 2 x 2, stride 2. */
export interface MaxPoolLayer {
  readonly kind: 'max-pool';
  readonly name: string;
  readonly input: string;
}

export const maxPool: LayerRules<MaxPoolLayer> = {
  ...POINTWISE,
  scale: 2,
  needed: (_layer, [first, last]) => [first * 2, last * 2 + 1],
};
