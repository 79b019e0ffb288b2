import type { MaxPoolLayer } from '@dilated-unet/core';
import { attribute, FLOAT, NHWC, type Attribute } from '../builder.ts';
import { NO_PARAMETERS, only, type LayerRule } from './rule.ts';

/**
 * y[v, u] = max of x[2v ... 2v + 1, 2u ... 2u + 1], per image and channel; dx is dy at the place of the (first) maximum
 * and 0 elsewhere. x: n, y, x, c. TensorFlow: MaxPool, MaxPoolGrad.
 */
export const maxPool: LayerRule<MaxPoolLayer> = {
  inference(layer, inputs, { graph }) {
    return graph.add('MaxPool', layer.name, [only(inputs)], attributes());
  },

  training(layer, inputs, { graph }) {
    const x = only(inputs);
    const y = graph.add('MaxPool', layer.name, [x], attributes());
    return {
      output: y,
      gradients: (dy) => ({
        inputs: [graph.add('MaxPoolGrad', `${layer.name}/input_gradient`, [x, y, dy], attributes())],
        parameters: NO_PARAMETERS,
      }),
    };
  },
};

function attributes(): Record<string, Attribute> {
  return {
    T: FLOAT,
    ksize: attribute.ints([1, 2, 2, 1]),
    strides: attribute.ints([1, 2, 2, 1]),
    data_format: NHWC,
    padding: attribute.string('VALID'),
  };
}
