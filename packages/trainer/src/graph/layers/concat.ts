import type { ConcatLayer } from '@dilated-unet/core';
import { concatChannels, slice } from '../arithmetic.ts';
import { NO_PARAMETERS, type LayerRule } from './rule.ts';

/** Channels one behind another: y = [x1, x2, ...]; the gradient by x_k is the part of dy that x_k became. */
export const concat: LayerRule<ConcatLayer> = {
  inference(layer, inputs, { graph }) {
    return concatChannels(graph, layer.name, inputs);
  },

  training(layer, inputs, { graph, inputShapes }) {
    return {
      output: concatChannels(graph, layer.name, inputs),
      gradients(dy) {
        let channel = 0;
        const parts = inputShapes.map((shape, k) => {
          const part = graph.note(
            slice(graph, `${layer.name}/input_gradient${k + 1}`, dy, [0, 0, 0, channel], shape),
            shape,
          );
          channel += shape[3];
          return part;
        });
        return { inputs: parts, parameters: NO_PARAMETERS };
      },
    };
  },
};
