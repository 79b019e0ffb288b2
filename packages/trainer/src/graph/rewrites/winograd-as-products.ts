import { matrixProducts, pad, reshape, sum } from '../arithmetic.ts';
import { FLOAT, INT32, type GraphBuilder, type NodeDef, type Output } from '../builder.ts';
import { kernelForInputGradient } from './input-gradient-as-convolution.ts';
import { grouped, type Rewrite } from './rewrite.ts';
import {
  LEAST_PIXELS,
  POINTS,
  readRows,
  rowsOf,
  stripsOf,
  TAPS,
  transformedKernel,
  transformedKernelGradient,
  winogradRewrite,
  writeStrips,
  type ConvolutionShape,
} from './winograd.ts';
import { transformedInput, transformedOutput, transformedOutputGradient } from './winograd-matrices.ts';

/** Values and rows of a strip at most: more do not stay in a cache, and make the transforms' matrices wide. */
const STRIP = { values: 2 ** 21, rows: 32 };

/** Channels times filters from which it is faster, for those that are not gradients by a kernel: 88 to 176. */
const LEAST_CHANNEL_PAIRS = 88 * 176;

/**
 * 3 x 3 convolutions and both of their gradients by Winograd's algorithm along y (see winograd.ts), with matrix products in the
 * place of the convolutions along x. For one strip of t tiles, each pixel of v beside its two neighbours along x, 3 c values,
 *
 *     (6, t x, 3 c) (6, 3 c, o)  is v_p * u_p      (6, 3 c, t x) (6, t x, o)  is its gradient by u_p
 *
 * as one product of six matrices. In the gradient by the kernel, of v and dy that is laid beside its neighbours which has fewer
 * channels. The gradient by the input is the convolution of dy with the flipped kernel (see input-gradient-as-convolution.ts).
 * One strip comes after another, so that its copies are in memory once.
 *
 * On processors without AVX-512, oneDNN's matrix products reach more of the arithmetic that there is than its kernels for
 * convolutions of one row, and much more than those for the gradient by the kernel.
 *
 * x: n, y, x, c; k: 3, 3, c, o; height a multiple of 4. In float32 the result is off by some 1e-6 of the largest value.
 */
export const winogradAsProducts: Rewrite = winogradRewrite(
  {
    name: 'winograd-as-products',
    does: `the same algorithm with matrix products in the place of its convolutions (gradients by the kernel, and others from 88 to 176 channels, from ${grouped(LEAST_PIXELS)} pixels of a batch)`,
    avx512: false,
  },
  { forward: writeForward, inputGradient: writeInputGradient, filterGradient: writeFilterGradient },
  ({ op }, { channels, filters }) => op === 'Conv2DBackpropFilter' || channels * filters >= LEAST_CHANNEL_PAIRS,
);

function writeForward(node: NodeDef, graph: GraphBuilder, shape: ConvolutionShape): void {
  const [x, kernel] = node.input as [Output, Output];
  writeConvolution(node, graph, x, kernel, shape);
}

function writeInputGradient(node: NodeDef, graph: GraphBuilder, shape: ConvolutionShape): void {
  const [, kernel, dy] = node.input as [Output, Output, Output];
  const { channels, filters } = shape;
  const swapped = kernelForInputGradient(graph, node.name, kernel);
  writeConvolution(node, graph, dy, swapped, { ...shape, channels: filters, filters: channels });
}

function writeConvolution(
  node: NodeDef,
  graph: GraphBuilder,
  x: Output,
  kernel: Output,
  shape: ConvolutionShape,
): void {
  const { height, width, channels, filters } = shape;
  const u = transformedKernel(graph, node.name, kernel, shape);
  const kernels = reshape(graph, `${node.name}/kernels`, u, [POINTS, TAPS * channels, filters]);
  const rows = rowsOf(graph, `${node.name}/rows`, x, shape, channels);
  const outputs: Output[] = [];
  stripsOf(shape, STRIP).forEach((strip, k) => {
    const named = (part: string): string => `${node.name}/strip${k + 1}/${part}`;
    const read = readRows(graph, named('x'), rows, strip.first, strip.last, width * channels, outputs.at(-1));
    const padded = paddedRows(graph, named('x'), read, channels);
    const v = transformedInput(graph, named('v'), padded, height, strip);
    const products = matrixProducts(
      graph,
      named('products'),
      besideNeighbours(graph, named('v'), v, strip.tiles, width, channels),
      kernels,
    );
    const wide = reshape(graph, named('product_rows'), products, [POINTS * strip.tiles, width * filters]);
    outputs.push(transformedOutput(graph, named('y'), wide, strip));
  });
  writeStrips(graph, node, outputs, shape, filters);
}

function writeFilterGradient(node: NodeDef, graph: GraphBuilder, shape: ConvolutionShape): void {
  const [x, , dy] = node.input as [Output, Output, Output];
  const { height, width, channels, filters } = shape;
  const isXBeside = channels <= filters;
  const xRows = rowsOf(graph, `${node.name}/x_rows`, x, shape, channels);
  const dyRows = rowsOf(graph, `${node.name}/dy_rows`, dy, shape, filters);
  const terms: Output[] = [];
  stripsOf(shape, STRIP).forEach((strip, k) => {
    const named = (part: string): string => `${node.name}/strip${k + 1}/${part}`;
    // x is there since the forward pass; its copies are not wanted before the backward pass.
    const last = terms.at(-1) ?? dy;
    const read = readRows(graph, named('x'), xRows, strip.first, strip.last, width * channels, last);
    const given = readRows(graph, named('dy'), dyRows, strip.begin, strip.end, width * filters, last);
    const xOrPadded = isXBeside ? paddedRows(graph, named('x'), read, channels) : read;
    const dyOrPadded = isXBeside ? given : paddedRows(graph, named('dy'), given, filters);
    const v = transformedInput(graph, named('v'), xOrPadded, height, strip);
    const dv = transformedOutputGradient(graph, named('dv'), dyOrPadded, strip);
    const pixels = [POINTS, strip.tiles * width];
    // By taps, channels and filters, or by channels, taps and filters.
    const product = isXBeside
      ? matrixProducts(
          graph,
          named('du'),
          besideNeighbours(graph, named('v'), v, strip.tiles, width, channels),
          reshape(graph, named('dv_pixels'), dv, [...pixels, filters]),
          true,
        )
      : matrixProducts(
          graph,
          named('du'),
          reshape(graph, named('v_pixels'), v, [...pixels, channels]),
          besideNeighbours(graph, named('dv'), dv, strip.tiles, width, filters, true),
          true,
        );
    terms.push(product);
  });
  const all = sum(graph, `${node.name}/du`, terms);
  const taps = transformedKernelGradient(graph, node.name, all, shape);
  if (isXBeside) {
    graph.replace(node, 'Reshape', [taps, graph.ints([TAPS, TAPS, channels, filters])], { T: FLOAT, Tshape: INT32 });
    return;
  }
  const byChannel = reshape(graph, `${node.name}/by_channel`, taps, [TAPS, channels, TAPS, filters]);
  graph.replace(node, 'Transpose', [byChannel, graph.ints([0, 2, 1, 3])], { T: FLOAT, Tperm: INT32 });
}

/** Rows (rows, x c) with a pixel of zeros before and behind: (rows, (x + 2) c). */
function paddedRows(graph: GraphBuilder, name: string, rows: Output, channels: number): Output {
  return pad(graph, `${name}_padded`, rows, [
    [0, 0],
    [channels, channels],
  ]);
}

/**
 * Of padded rows (6 tiles, (x + 2) c), each pixel beside its neighbours along x: (6, tiles x, 3 c), those before it first.
 *
 * @param isReversed those behind it first.
 */
function besideNeighbours(
  graph: GraphBuilder,
  name: string,
  rows: Output,
  tiles: number,
  width: number,
  channels: number,
  isReversed = false,
): Output {
  const rowCount = POINTS * tiles;
  const neighbours = graph.shared(`winograd/${isReversed ? 'reversed_' : ''}neighbours_${rowCount}_${width}`, () => ({
    shape: [rowCount * width, TAPS],
    data: Int32Array.from({ length: rowCount * width * TAPS }, (_, i) => {
      const pixel = Math.floor(i / TAPS);
      const inPaddedRows = pixel + 2 * Math.floor(pixel / width);
      return inPaddedRows + (isReversed ? TAPS - 1 - (i % TAPS) : i % TAPS);
    }),
  }));
  const gathered = graph.add(
    'GatherV2',
    `${name}_neighbours`,
    [reshape(graph, `${name}_padded_pixels`, rows, [-1, channels]), neighbours, graph.ints(0)],
    { Tparams: FLOAT, Tindices: INT32, Taxis: INT32 },
  );
  return reshape(graph, `${name}_beside_neighbours`, gathered, [POINTS, tiles * width, TAPS * channels]);
}
