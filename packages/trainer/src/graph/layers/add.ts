import type { AddLayer } from '@dilated-unet/core';
import { sum } from '../arithmetic.ts';
import { NO_PARAMETERS, type LayerRule } from './rule.ts';

/** y = x1 + x2 + ...; the gradient by each is dy. */
export const add: LayerRule<AddLayer> = {
  inference(layer, inputs, { graph }) {
    return sum(graph, layer.name, inputs);
  },

  training(layer, inputs, { graph }) {
    return {
      output: sum(graph, layer.name, inputs),
      gradients: (dy) => ({ inputs: inputs.map(() => dy), parameters: NO_PARAMETERS }),
    };
  },
};
