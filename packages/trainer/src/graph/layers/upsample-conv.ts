import { InvalidModelError, type UpsampleConvLayer } from '@dilated-unet/core';
import { attribute, FLOAT, INT32, NHWC } from '../builder.ts';
import { only, type LayerRule } from './rule.ts';

/**
 * Upsampling and 3 x 3 convolution as one 2 x 2 convolution of the small image (formula: core's layer of this name).
 *
 * One convolution with a border of zeros gives, at window (v, u), what the windows that begin at pixel (v - 1, u - 1) give for
 * all four pixels. Pixel (2v + a, 2u + b) wants window (v + a, u + b): interleaved with 1 before 0, each lies at its place
 * plus one row and one column, and the outermost are cut off.
 */
export const upsampleConv: LayerRule<UpsampleConvLayer> = {
  inference(layer, inputs, context) {
    const { graph } = context;
    const y = graph.add('Conv2D', `${layer.name}/conv`, [only(inputs), context.parameter('kernel')], {
      T: FLOAT,
      strides: attribute.ints([1, 1, 1, 1]),
      dilations: attribute.ints([1, 1, 1, 1]),
      data_format: NHWC,
      padding: attribute.string('EXPLICIT'),
      explicit_paddings: attribute.ints([0, 0, 1, 1, 1, 1, 0, 0]),
    });
    const biased = graph.add('BiasAdd', `${layer.name}/phases`, [y, context.parameter('bias')], {
      T: FLOAT,
      data_format: NHWC,
    });
    const interleaved = graph.add('DepthToSpace', `${layer.name}/interleaved`, [biased], {
      T: FLOAT,
      block_size: attribute.int(2),
      data_format: NHWC,
    });
    const ends = [graph.ints([0, 1, 1, 0]), graph.ints([0, -1, -1, 0]), graph.ints([1, 1, 1, 1])];
    return graph.add('StridedSlice', layer.name, [interleaved, ...ends], {
      T: FLOAT,
      Index: INT32,
      begin_mask: attribute.int(0b1001),
      end_mask: attribute.int(0b1001),
      ellipsis_mask: attribute.int(0),
      new_axis_mask: attribute.int(0),
      shrink_axis_mask: attribute.int(0),
    });
  },

  training(layer) {
    throw new InvalidModelError(
      `Layer "${layer.name}" is of an inference form, which cannot be trained. Train the network that it was made of.`,
    );
  },
};
