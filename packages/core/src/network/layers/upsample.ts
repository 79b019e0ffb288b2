import { POINTWISE, type LayerRules } from './rules.ts';

/** Each pixel becomes 2 x 2 equal ones (nearest neighbour). */
export interface UpsampleLayer {
  readonly kind: 'upsample';
  readonly name: string;
  readonly input: string;
}

export const upsample: LayerRules<UpsampleLayer> = {
  ...POINTWISE,
  scale: 1 / 2,
  needed: (_layer, [first, last]) => [Math.floor(first / 2), Math.floor(last / 2)],
};
