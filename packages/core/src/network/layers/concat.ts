import { POINTWISE, type LayerRules } from './rules.ts';

/** Channels of the inputs one after another. */
export interface ConcatLayer {
  readonly kind: 'concat';
  readonly name: string;
  readonly inputs: readonly string[];
}

export const concat: LayerRules<ConcatLayer> = {
  ...POINTWISE,
  channels: (_layer, inputs) => inputs.reduce((sum, channels) => sum + channels, 0),
};
