import type { UpsampleLayer } from '@dilated-unet/core';
import { multiply } from '../arithmetic.ts';
import { attribute, FLOAT, INT32, NHWC, type GraphBuilder, type Output } from '../builder.ts';
import { NO_PARAMETERS, only, type LayerRule } from './rule.ts';

/**
 * Nearest-neighbour upsampling by 2: y[v, u] = x[v / 2, u / 2] (rounded down); dx[v, u] is the sum of dy over the 2 x 2
 * pixels that came from it, written as four times their mean: exact in binary floating point, and, unlike
 * ResizeNearestNeighborGrad on CUDA, without atomic additions, so that runs repeat bit for bit.
 */
export const upsample: LayerRule<UpsampleLayer> = {
  inference(layer, inputs, { graph }) {
    const x = only(inputs);
    const shape = graph.add('Shape', `${layer.name}/shape`, [x], { T: FLOAT, out_type: INT32 });
    const size = graph.add(
      'StridedSlice',
      `${layer.name}/size`,
      [shape, graph.ints([1]), graph.ints([3]), graph.ints([1])],
      {
        T: INT32,
        Index: INT32,
        begin_mask: attribute.int(0),
        end_mask: attribute.int(0),
        ellipsis_mask: attribute.int(0),
        new_axis_mask: attribute.int(0),
        shrink_axis_mask: attribute.int(0),
      },
    );
    const doubled = graph.add('Mul', `${layer.name}/doubled`, [size, graph.ints([2, 2])], { T: INT32 });
    return resize(graph, layer.name, x, doubled);
  },

  training(layer, inputs, { graph, inputShapes, calibrationShare }) {
    const shape = only(inputShapes);
    const [n, height, width, channels] = shape;
    const y = resize(graph, layer.name, only(inputs), graph.ints([2 * height, 2 * width]));
    if (calibrationShare === undefined) {
      graph.note(y, [n, 2 * height, 2 * width, channels], { kind: 'upsampled', layer: layer.name });
    }
    return {
      output: y,
      gradients(dy) {
        const mean = graph.add('AvgPool', `${layer.name}/mean_gradient`, [dy], {
          T: FLOAT,
          ksize: attribute.ints([1, 2, 2, 1]),
          strides: attribute.ints([1, 2, 2, 1]),
          data_format: NHWC,
          padding: attribute.string('VALID'),
        });
        const dx = multiply(graph, `${layer.name}/input_gradient`, mean, graph.scalar(4));
        graph.note(dx, shape, { kind: 'upsample-gradient', layer: layer.name });
        return { inputs: [dx], parameters: NO_PARAMETERS };
      },
    };
  },
};

function resize(graph: GraphBuilder, name: string, x: Output, size: Output): Output {
  return graph.add('ResizeNearestNeighbor', name, [x, size], {
    T: FLOAT,
    align_corners: attribute.bool(false),
    half_pixel_centers: attribute.bool(false),
  });
}
