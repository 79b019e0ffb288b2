import {
  closeOnnx,
  DATA_TYPE,
  GRAPH,
  openOnnx,
  operatorSets,
  readOperation,
  readWeight,
  writeOperation,
  writeWeight,
  type NewOperation,
  type OnnxOperation,
  type WeightFacts,
} from './onnx-message.ts';
import { F43 } from './minimal-filtering.ts';

/**
 * The fewest channels with which it pays: the harmonic mean of those that a convolution reads and gives, with which the arithmetic
 * that it saves grows over that of its transformations. Maps of full size, which have fewer, would gain too, and take half as much
 * memory again (docs/packages.md).
 */
const LEAST_CHANNELS = 56;
/** The first operator set in which Pad and Slice read what they do from tensors. */
const LEAST_OPERATOR_SET = 11;

const {
  outputs: OUTPUTS,
  products: PRODUCTS,
  taps: TAPS,
  ofInput: OF_INPUT,
  ofKernel: OF_KERNEL,
  ofOutput: OF_OUTPUT,
} = F43;
/** The product that each output takes once: what is added to it, as a bias, is added to each. */
const PLAIN_PRODUCT = 1;

/**
 * An ONNX file whose large 3 x 3 convolutions are written as Winograd's algorithm, F(4 x 4, 3 x 3): 36 products of matrices over tiles of 4 x 4
 * pixels, at a quarter of the multiplications. The same function, but for rounding. It is for ONNX Runtime's WebAssembly, which does
 * not do so by itself (docs/packages.md has the times).
 *
 * The weights stay as they are: the file says how theirs are computed from them, which ONNX Runtime does when it loads it.
 *
 * @param model bytes of an ONNX file. Convolutions in other than 32-bit floats, and smaller or dilated ones, stay.
 * @returns `model` itself where no convolution is large enough, or its operator set is older than 11.
 * @throws InvalidModelError when it is no ONNX file.
 */
export function withWinograd(model: Uint8Array): Uint8Array {
  const { graph, around } = openOnnx(model);
  if (operatorSets({ around }).some((version) => version < LEAST_OPERATOR_SET)) return model;
  const weights = new Map(
    graph
      .filter(({ number }) => number === GRAPH.initializer)
      .map(({ bytes }) => readWeight(bytes))
      .map((weight) => [weight.name, weight]),
  );
  let isChanged = false;
  const fields = graph.flatMap((field) => {
    if (field.number !== GRAPH.node) return [field.whole];
    const conv = largeConvolution(readOperation(field), weights);
    if (conv === null) return [field.whole];
    isChanged = true;
    return inWinograd(conv);
  });
  return isChanged ? closeOnnx(around, [...fields, ...sharedWeights()]) : model;
}

/** A convolution of 3 x 3 pixels whose output has the size of its input. */
interface Convolution {
  readonly input: string;
  readonly kernel: string;
  readonly bias: string;
  readonly output: string;
  readonly channels: { readonly read: number; readonly given: number };
}

/** `node` where it is a convolution that Winograd's algorithm is for, else null. */
function largeConvolution(
  { operation, isStandard, inputs, outputs, integers }: OnnxOperation,
  weights: ReadonlyMap<string, WeightFacts>,
): Convolution | null {
  const [input, kernel, bias] = inputs;
  const [output] = outputs;
  // An input that is left out may have an empty name.
  if (operation !== 'Conv' || !isStandard || !input || !kernel || !bias || !output) return null;
  const { dataType, dims = [] } = weights.get(kernel) ?? {};
  const [given = 0, read = 0, ...sides] = dims;
  if (dataType !== DATA_TYPE.float32 || sides.length !== 2 || sides.some((side) => side !== TAPS)) return null;
  const all = (attribute: string, value: number): boolean =>
    (integers.get(attribute) ?? [value]).every((one) => one === value);
  const isPadded = integers.has('pads') && all('pads', 1);
  if (!isPadded || !all('dilations', 1) || !all('strides', 1) || !all('group', 1)) return null;
  if ((2 * read * given) / (read + given) < LEAST_CHANNELS) return null;
  return { input, kernel, bias, output, channels: { read, given } };
}

/** Names of the constants that all have in common. */
const shared = (name: string): string => `winograd/${name}`;

/** `conv` as operations, and the constants of its own, as fields of a graph. */
function inWinograd({ input, kernel, bias, output, channels: { read, given } }: Convolution): Uint8Array[] {
  const fields: Uint8Array[] = [];
  const name = (step: string): string => `${output}/winograd/${step}`;
  const shape = (step: string, dims: readonly number[]): string => {
    fields.push(writeWeight(name(step), [dims.length], dims.map(BigInt)));
    return name(step);
  };
  const add = (
    operation: string,
    inputs: readonly string[],
    step: string,
    integers?: NewOperation['integers'],
  ): string => {
    fields.push(writeOperation({ operation, inputs, output: name(step), ...(integers && { integers }) }));
    return name(step);
  };
  const side = { kernel_shape: [PRODUCTS, PRODUCTS], strides: [OUTPUTS, OUTPUTS] };
  const count = PRODUCTS ** 2;

  // Of weights alone: computed once, when the file is loaded.
  const byTap = add('Transpose', [kernel], 'by-tap', { perm: [2, 3, 0, 1] });
  const taps = add('Reshape', [byTap, shared('taps')], 'taps');
  const products = add('MatMul', [shared('of-kernel'), taps], 'products');
  const kernels = add('Reshape', [products, shape('kernels-shape', [count * given, read, 1, 1])], 'kernels');
  const placed = add('Mul', [shared('of-bias'), bias], 'placed');
  const biases = add('Reshape', [placed, shared('flat')], 'biases');

  // Each channel gets the zeros above and below of a convolution, and to a multiple of 4 rows.
  const size = add('Shape', [input], 'shape');
  const height = add('Slice', [size, shared('2'), shared('3')], 'height');
  const missing = add('Mod', [add('Sub', [shared('2'), height], 'less'), shared('4')], 'missing');
  const below = add('Add', [missing, shared('1')], 'below');
  const pads = add('Concat', [shared('pads'), below, shared('0')], 'pads', { axis: 0 });
  const padded = add('Pad', [input, pads], 'padded');

  // One above the other they are one image of one channel, whose tiles so come out by product, channel, y, x.
  const column = add('Reshape', [padded, shared('column')], 'column');
  const seen = add('Conv', [column, shared('of-input')], 'seen', {
    ...side,
    pads: [0, 1, PRODUCTS - OUTPUTS, OUTPUTS],
  });
  const byProduct = add('Reshape', [seen, shape('read-shape', [0, count * read, -1, 0])], 'by-product');
  const summed = add('Conv', [byProduct, kernels, biases], 'summed', { kernel_shape: [1, 1], group: count });
  const stacked = add('Reshape', [summed, shared('stacked')], 'stacked');
  const tiles = add('ConvTranspose', [stacked, shared('of-output')], 'tiles', {
    kernel_shape: [OUTPUTS, OUTPUTS],
    strides: [OUTPUTS, OUTPUTS],
  });
  const maps = add('Reshape', [tiles, shape('given-shape', [0, given, -1, 0])], 'maps');
  const sides = add('Slice', [size, shared('2'), shared('4')], 'sides');
  fields.push(writeOperation({ operation: 'Slice', inputs: [maps, shared('origin'), sides, shared('axes')], output }));
  return fields;
}

function sharedWeights(): Uint8Array[] {
  const count = PRODUCTS ** 2;
  const integers = (name: string, values: readonly number[]): Uint8Array =>
    writeWeight(shared(name), [values.length], values.map(BigInt));
  const ofBias = Array.from({ length: count }, (_, i) => Number(i === PLAIN_PRODUCT * (PRODUCTS + 1)));
  return [
    writeWeight(shared('of-kernel'), [count, TAPS ** 2], bothWays(OF_KERNEL, OF_KERNEL)),
    writeWeight(shared('of-bias'), [count, 1], ofBias),
    writeWeight(shared('of-input'), [count, 1, PRODUCTS, PRODUCTS], bothWays(OF_INPUT, OF_INPUT)),
    writeWeight(
      shared('of-output'),
      [count, 1, OUTPUTS, OUTPUTS],
      bothWays(transposed(OF_OUTPUT), transposed(OF_OUTPUT)),
    ),
    ...['0', '1', '2', '3', '4'].map((number) => integers(number, [Number(number)])),
    integers('taps', [TAPS ** 2, -1]),
    integers('flat', [-1]),
    integers('pads', [0, 0, 1, 0, 0, 0]),
    integers('column', [0, 1, -1, 0]),
    integers('stacked', [0, count, -1, 0]),
    integers('origin', [0, 0]),
    integers('axes', [2, 3]),
  ];
}

const transposed = (matrix: readonly (readonly number[])[]): number[][] =>
  (matrix[0] as readonly number[]).map((_, x) => matrix.map((row) => row[x] as number));

/** Kronecker's product: the matrix that does along y what `vertical` does, and along x what `horizontal` does; row by row. */
function bothWays(vertical: readonly (readonly number[])[], horizontal: readonly (readonly number[])[]): number[] {
  return vertical.flatMap((v) => horizontal.flatMap((h) => v.flatMap((a) => h.map((b) => a * b))));
}
