import { POINTWISE, type LayerRules } from './rules.ts';

/** Sum of inputs of one shape. */
export interface AddLayer {
  readonly kind: 'add';
  readonly name: string;
  readonly inputs: readonly string[];
}

export const add: LayerRules<AddLayer> = {
  ...POINTWISE,
  channels: (_layer, inputs, malformed) => {
    const channels = inputs[0] ?? 0;
    if (inputs.some((other) => other !== channels)) {
      throw malformed(`adds inputs of ${inputs.join(', ')} channels`, 'Give them equal channels');
    }
    return channels;
  },
};
