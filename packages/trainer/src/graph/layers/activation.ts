import type { ActivationLayer } from '@dilated-unet/core';
import { unary } from '../arithmetic.ts';
import { FLOAT } from '../builder.ts';
import { NO_PARAMETERS, only, type LayerRule } from './rule.ts';

const OPERATION = {
  relu: { forward: 'Relu', gradient: 'ReluGrad' },
  sigmoid: { forward: 'Sigmoid', gradient: 'SigmoidGrad' },
} as const;

/**
 * Elementwise activation; both gradients are functions of the output y, so that the input need not be kept.
 *
 *     relu:     y = max(x, 0)            dx = dy where y > 0, else 0
 *     sigmoid:  y = 1 / (1 + exp(-x))    dx = dy y (1 - y)
 */
export const activation: LayerRule<ActivationLayer> = {
  inference(layer, inputs, { graph }) {
    return unary(graph, OPERATION[layer.activation].forward, layer.name, only(inputs));
  },

  training(layer, inputs, { graph }) {
    const { forward, gradient } = OPERATION[layer.activation];
    const y = unary(graph, forward, layer.name, only(inputs));
    return {
      output: y,
      gradients(dy) {
        // ReluGrad takes (dy, y), SigmoidGrad (y, dy).
        const operands = layer.activation === 'relu' ? [dy, y] : [y, dy];
        return {
          inputs: [graph.add(gradient, `${layer.name}/input_gradient`, operands, { T: FLOAT })],
          parameters: NO_PARAMETERS,
        };
      },
    };
  },
};
