import type { DropoutLayer } from '@dilated-unet/core';
import { multiply } from '../arithmetic.ts';
import { attribute, FLOAT, INT32, type GraphBuilder, type Output } from '../builder.ts';
import { NO_PARAMETERS, only, type LayerRule, type TensorShape } from './rule.ts';

/** Random bits that decide one value: finer than a byte, and four to a drawn 64-bit integer. */
const LOT_VALUES = 2 ** 16;
const LOTS_PER_DRAW = 4;

/**
 * Inverted dropout (Srivastava et al. 2014): y = x m / (1 - rate), where m is 0 with probability `rate`, else 1;
 * dx = dy m / (1 - rate). In a trained model y = x.
 *
 * The mask is drawn by a stateless generator (Philox, Salmon et al. 2011) from a key of seed, step and layer, so that a
 * resumed run draws the same. The rate is rounded to a multiple of 2^-16, and the scale is that of the rounded rate.
 */
export const dropout: LayerRule<DropoutLayer> = {
  inference(_layer, inputs) {
    return only(inputs);
  },

  training(layer, inputs, { graph, inputShapes, randomKey, calibrationShare }) {
    if (calibrationShare !== undefined) {
      return { output: only(inputs), gradients: (dy) => ({ inputs: [dy], parameters: NO_PARAMETERS }) };
    }
    const dropped = Math.round(layer.rate * LOT_VALUES);
    const keep = mask(graph, layer.name, only(inputShapes), dropped, randomKey());
    const scale = graph.scalar(LOT_VALUES / (LOT_VALUES - dropped));
    const scaled = multiply(graph, `${layer.name}/mask`, keep, scale);
    return {
      output: multiply(graph, layer.name, only(inputs), scaled),
      gradients: (dy) => ({
        inputs: [multiply(graph, `${layer.name}/input_gradient`, dy, scaled)],
        parameters: NO_PARAMETERS,
      }),
    };
  },
};

/** float32 of `shape`: 0 with probability dropped / 2^16, else 1. */
function mask(graph: GraphBuilder, name: string, shape: TensorShape, dropped: number, key: Output): Output {
  const values = shape.reduce((product, side) => product * side, 1);
  const draws = Math.ceil(values / LOTS_PER_DRAW);
  const uint64 = attribute.type('DT_UINT64');
  const uint16 = attribute.type('DT_UINT16');
  const bits = graph.add('StatelessRandomUniformFullInt', `${name}/bits`, [graph.ints([draws]), key], {
    dtype: uint64,
    T: INT32,
    Tseed: INT32,
  });
  const lots = graph.add('Bitcast', `${name}/lots`, [bits], { T: uint64, type: uint16 });
  const flat = graph.add('Reshape', `${name}/flat`, [lots, graph.ints([draws * LOTS_PER_DRAW])], {
    T: uint16,
    Tshape: INT32,
  });
  const used =
    draws * LOTS_PER_DRAW === values
      ? flat
      : graph.add('Slice', `${name}/used`, [flat, graph.ints([0]), graph.ints([values])], { T: uint16, Index: INT32 });
  const shaped = graph.add('Reshape', `${name}/shaped`, [used, graph.ints(shape)], { T: uint16, Tshape: INT32 });
  const threshold = graph.add('Cast', `${name}/threshold`, [graph.ints(dropped)], { SrcT: INT32, DstT: uint16 });
  const kept = graph.add('GreaterEqual', `${name}/kept`, [shaped, threshold], { T: uint16 });
  return graph.add('Cast', `${name}/keep`, [kept], { SrcT: attribute.type('DT_BOOL'), DstT: FLOAT });
}
