import type { DropoutLayer } from '@dilated-unet/core';
import { add, multiply, unary } from '../arithmetic.ts';
import { attribute, FLOAT, INT32, output, type GraphBuilder, type Output } from '../builder.ts';
import { NO_PARAMETERS, only, type LayerRule, type TensorShape } from './rule.ts';

/** Values of the random byte that decides on one value; eight bytes are cut from a drawn 64-bit integer. */
const BYTE_VALUES = 2 ** 8;
const BYTES_PER_DRAW = 8;
/** The generator counts in blocks of two integers. */
const BYTES_PER_BLOCK = 2 * BYTES_PER_DRAW;
/** TensorFlow's number of that generator. */
const PHILOX = 1;
/** Added to a layer's key it gives one that no layer has: the sign bit. */
const OTHER_KEY = -(2 ** 31);

/**
 * Inverted dropout (Srivastava et al. 2014): y = x m / (1 - rate), where m is 0 with probability `rate`, else 1;
 * dx = dy m / (1 - rate). In a trained model y = x.
 *
 * The mask is drawn by a stateless generator (Philox, Salmon et al. 2011) from a key of seed, step and layer, so that a
 * resumed run draws the same. A value is dropped where its random byte is below a threshold, 256 rate, which is rounded at random in
 * each step, down or up with the chances that make it right in the mean: 0.3 is 77 in four steps of five, and 76 in one. So
 * each value is dropped with probability `rate`, not with the nearest that bytes have. Above 255/256 a rate counts as that.
 *
 * Windows that are a part of a batch get their part of the batch's bytes: the generator's counter begins further on.
 */
export const dropout: LayerRule<DropoutLayer> = {
  inference(_layer, inputs) {
    return only(inputs);
  },

  training(layer, inputs, { graph, inputShapes, randomKey, firstWindow, calibrationShare }) {
    if (calibrationShare !== undefined) {
      return { output: only(inputs), gradients: (dy) => ({ inputs: [dy], parameters: NO_PARAMETERS }) };
    }
    const rate = Math.min(layer.rate, (BYTE_VALUES - 1) / BYTE_VALUES);
    const [, height, width, channels] = only(inputShapes);
    const firstByte = firstWindow * height * width * channels;
    const keep = mask(graph, layer.name, only(inputShapes), rate, randomKey(), firstByte);
    const scale = graph.scalar(1 / (1 - rate));
    const scaled = graph.note(multiply(graph, `${layer.name}/mask`, keep, scale), only(inputShapes), {
      kind: 'scaled-dropout-mask',
      layer: layer.name,
    });
    return {
      output: multiply(graph, layer.name, only(inputs), scaled),
      gradients: (dy) => ({
        inputs: [multiply(graph, `${layer.name}/input_gradient`, dy, scaled)],
        parameters: NO_PARAMETERS,
      }),
    };
  },
};

/** float32 of `shape`: 0 with probability `rate`, else 1. */
function mask(
  graph: GraphBuilder,
  name: string,
  shape: TensorShape,
  rate: number,
  key: Output,
  firstByte: number,
): Output {
  const values = shape.reduce((product, side) => product * side, 1);
  const skipped = firstByte % BYTES_PER_BLOCK;
  const draws = Math.ceil((skipped + values) / BYTES_PER_DRAW);
  const uint64 = attribute.type('DT_UINT64');
  const uint8 = attribute.type('DT_UINT8');
  const bits = drawBits(graph, name, draws, key, (firstByte - skipped) / BYTES_PER_BLOCK);
  graph.note(bits, [draws], { kind: 'random-bits', layer: name });
  const bytes = graph.add('Bitcast', `${name}/bytes`, [bits], { T: uint64, type: uint8 });
  const flat = graph.add('Reshape', `${name}/flat`, [bytes, graph.ints([draws * BYTES_PER_DRAW])], {
    T: uint8,
    Tshape: INT32,
  });
  const used =
    draws * BYTES_PER_DRAW === values
      ? flat
      : graph.add('Slice', `${name}/used`, [flat, graph.ints([skipped]), graph.ints([values])], {
          T: uint8,
          Index: INT32,
        });
  const shaped = graph.add('Reshape', `${name}/shaped`, [used, graph.ints(shape)], { T: uint8, Tshape: INT32 });
  const threshold = graph.add('Cast', `${name}/threshold`, [roundedAtRandom(graph, name, rate * BYTE_VALUES, key)], {
    SrcT: FLOAT,
    DstT: uint8,
  });
  const kept = graph.add('GreaterEqual', `${name}/kept`, [shaped, threshold], { T: uint8 });
  graph.note(kept, shape, { kind: 'dropout-decision', layer: name });
  const keep = graph.add('Cast', `${name}/keep`, [kept], { SrcT: attribute.type('DT_BOOL'), DstT: FLOAT });
  return graph.note(keep, shape, { kind: 'dropout-mask', layer: name });
}

/** `count` integers that the generator draws from `firstBlock` on. */
function drawBits(graph: GraphBuilder, name: string, count: number, key: Output, firstBlock: number): Output {
  const dtype = attribute.type('DT_UINT64');
  if (firstBlock === 0) {
    return graph.add('StatelessRandomUniformFullInt', `${name}/bits`, [graph.ints([count]), key], {
      dtype,
      T: INT32,
      Tseed: INT32,
    });
  }
  const generator = graph.add('StatelessRandomGetKeyCounter', `${name}/generator`, [key], { Tseed: INT32 });
  const blocks = graph.constant(`${name}/first_block`, { shape: [2], data: BigUint64Array.of(BigInt(firstBlock), 0n) });
  const counter = graph.add('AddV2', `${name}/counter`, [output(generator, 1), blocks], { T: dtype });
  return graph.add(
    'StatelessRandomUniformFullIntV2',
    `${name}/bits`,
    [graph.ints([count]), generator, counter, graph.ints(PHILOX)],
    { dtype, Tshape: INT32 },
  );
}

/** float32 scalar: one of the two integers beside `value`, whose mean over steps is `value`. */
function roundedAtRandom(graph: GraphBuilder, name: string, value: number, key: Output): Output {
  const otherKey = graph.add('AddV2', `${name}/threshold_key`, [key, graph.ints([OTHER_KEY, 0])], { T: INT32 });
  const uniform = graph.add('StatelessRandomUniform', `${name}/threshold_uniform`, [graph.ints([]), otherKey], {
    dtype: FLOAT,
    T: INT32,
    Tseed: INT32,
  });
  return unary(
    graph,
    'Floor',
    `${name}/threshold_value`,
    add(graph, `${name}/threshold_sum`, uniform, graph.scalar(value)),
  );
}
