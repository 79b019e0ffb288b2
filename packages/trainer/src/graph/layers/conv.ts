import type { ConvLayer } from '@dilated-unet/core';
import { attribute, FLOAT, NHWC, type Attribute, type Output } from '../builder.ts';
import { only, type LayerContext, type LayerRule } from './rule.ts';

/**
 * Convolution with bias, stride 1, zero padding p = dilation (kernel - 1) / 2 on each side.
 *
 * Forward, with taps i, j in -p ... p in steps of the dilation (x outside the image is 0):
 *
 *     y[n, v, u, o] = b[o] + sum over i, j, c of  x[n, v + i, u + j, c] k[i, j, c, o]
 *
 * Gradients, given dy of y's shape:
 *
 *     db[o]          = sum over n, v, u of  dy[n, v, u, o]
 *     dk[i, j, c, o] = sum over n, v, u of  x[n, v + i, u + j, c] dy[n, v, u, o]
 *     dx[n, v, u, c] = sum over i, j, o of  dy[n, v - i, u - j, o] k[i, j, c, o]
 *
 * x: n, y, x, c; k: y, x, c, o; b: o. TensorFlow: Conv2D, BiasAdd, Conv2DBackpropInput, Conv2DBackpropFilter, BiasAddGrad.
 * Reference: Dumoulin & Visin 2016, "A guide to convolution arithmetic for deep learning".
 */
export const conv: LayerRule<ConvLayer> = {
  inference(layer, inputs, context) {
    return forward(layer, only(inputs), context.parameter('kernel'), context);
  },

  training(layer, inputs, context) {
    const { graph, inputShapes, needsInputGradient } = context;
    const x = only(inputs);
    const shape = only(inputShapes);
    const kernel = context.parameter('kernel');
    const attributes = gradientAttributes(layer);
    return {
      output: forward(layer, x, kernel, context),
      gradients(dy) {
        const kernelShape = [layer.kernel, layer.kernel, shape[3], layer.filters];
        const parameters = new Map([
          [
            'kernel' as const,
            graph.add(
              'Conv2DBackpropFilter',
              `${layer.name}/kernel_gradient`,
              [x, graph.ints(kernelShape), dy],
              attributes,
            ),
          ],
          [
            'bias' as const,
            graph.add('BiasAddGrad', `${layer.name}/bias_gradient`, [dy], { T: FLOAT, data_format: NHWC }),
          ],
        ]);
        const inputGradients = needsInputGradient
          ? [
              graph.add(
                'Conv2DBackpropInput',
                `${layer.name}/input_gradient`,
                [graph.ints(shape), kernel, dy],
                attributes,
              ),
            ]
          : [];
        return { inputs: inputGradients, parameters };
      },
    };
  },
};

function forward(layer: ConvLayer, x: Output, kernel: Output, context: LayerContext): Output {
  const { graph } = context;
  const y = graph.add('Conv2D', `${layer.name}/conv`, [x, kernel], convAttributes(layer));
  return graph.add('BiasAdd', layer.name, [y, context.parameter('bias')], { T: FLOAT, data_format: NHWC });
}

/** Under oneDNN only 'SAME' gradients take dilations; with stride 1 and an odd kernel it is the same padding. */
function gradientAttributes(layer: ConvLayer): Record<string, Attribute> {
  return { ...convAttributes(layer), padding: attribute.string('SAME'), explicit_paddings: attribute.ints([]) };
}

/** Padding is written out, so that no converter has to derive it (`auto_pad` has given wrong values on WebGPU). */
function convAttributes(layer: ConvLayer): Record<string, Attribute> {
  const pad = (layer.dilation * (layer.kernel - 1)) / 2;
  return {
    T: FLOAT,
    strides: attribute.ints([1, 1, 1, 1]),
    dilations: attribute.ints([1, layer.dilation, layer.dilation, 1]),
    data_format: NHWC,
    padding: attribute.string('EXPLICIT'),
    explicit_paddings: attribute.ints([0, 0, pad, pad, pad, pad, 0, 0]),
  };
}
