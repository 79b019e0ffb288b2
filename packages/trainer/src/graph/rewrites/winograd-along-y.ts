import { reshape, sum } from '../arithmetic.ts';
import {
  attribute,
  FLOAT,
  INT32,
  output,
  type Attribute,
  type GraphBuilder,
  type NodeDef,
  type Output,
} from '../builder.ts';
import { grouped, type Rewrite } from './rewrite.ts';
import {
  concatRows,
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
import { transformedInput, transformedOutput, transformedOutputGradient } from './winograd-compiled.ts';

/** Values of a strip at most, 6 MB of them: more do not stay in a cache, less make the products small. */
const STRIP = { values: 3 * 2 ** 19 };

/** Channels times filters from which halving the arithmetic outweighs the transforms: 88 to 88. */
const LEAST_CHANNEL_PAIRS = 88 * 88;

/**
 * 3 x 3 convolutions and both of their gradients by Winograd's algorithm along y (see winograd.ts), with convolutions of 1 x 3 as
 * products. With the kernel's rows in reverse order it is the gradient by the input, read from dy.
 *
 * x: n, y, x, c; k: 3, 3, c, o; height a multiple of 4. In float32 the result is off by some 1e-6 of the largest value.
 */
export const winogradAlongY: Rewrite = winogradRewrite(
  {
    name: 'winograd-along-y',
    does: `3 x 3 convolutions and their gradients by the algorithm of Winograd along y: half of the arithmetic (from 88 to 88 channels and ${grouped(LEAST_PIXELS)} pixels of a batch)`,
    avx512: true,
  },
  { forward: writeForward, inputGradient: writeInputGradient, filterGradient: writeFilterGradient },
  (_node, { channels, filters }) => channels * filters >= LEAST_CHANNEL_PAIRS,
);

function writeForward(node: NodeDef, graph: GraphBuilder, shape: ConvolutionShape): void {
  const [x, kernel] = node.input as [Output, Output];
  const { channels, filters } = shape;
  const kernels = kernelsOf(graph, node.name, transformedKernel(graph, node.name, kernel, shape), shape);
  writeProducts(node, graph, x, channels, filters, shape, (name, rows, p) =>
    graph.add('Conv2D', name, [rows, kernels[p] as Output], alongX(node.attr)),
  );
}

function writeInputGradient(node: NodeDef, graph: GraphBuilder, shape: ConvolutionShape): void {
  const [, kernel, dy] = node.input as [Output, Output, Output];
  const { width, channels, filters } = shape;
  const kernels = kernelsOf(graph, node.name, transformedKernel(graph, node.name, kernel, shape, true), shape);
  writeProducts(node, graph, dy, filters, channels, shape, (name, rows, p, count) =>
    graph.add(
      'Conv2DBackpropInput',
      name,
      [graph.ints([1, count, width, channels]), kernels[p] as Output, rows],
      alongX(node.attr),
    ),
  );
}

function writeFilterGradient(node: NodeDef, graph: GraphBuilder, shape: ConvolutionShape): void {
  const [x, , dy] = node.input as [Output, Output, Output];
  const { width, channels, filters } = shape;
  const sizes = graph.ints([1, TAPS, channels, filters]);
  const terms: Output[][] = Array.from({ length: POINTS }, () => []);
  const xRows = rowsOf(graph, `${node.name}/x_rows`, x, shape, channels);
  const dyRows = rowsOf(graph, `${node.name}/dy_rows`, dy, shape, filters);
  stripsOf(shape, STRIP).forEach((strip, k) => {
    const named = (part: string): string => `${node.name}/strip${k + 1}/${part}`;
    // x is there since the forward pass; its transform is not wanted before the backward pass.
    const read = readRows(graph, named('x'), xRows, strip.first, strip.last, width * channels, dy);
    const given = readRows(graph, named('dy'), dyRows, strip.begin, strip.end, width * filters);
    const v = transformedInput(graph, named('v'), read, strip, width * channels);
    const dv = transformedOutputGradient(graph, named('dv'), given, strip, width * filters);
    const xPoints = pointsOf(graph, named('v'), v, [1, strip.tiles, width, channels]);
    const dyPoints = pointsOf(graph, named('dv'), dv, [1, strip.tiles, width, filters]);
    const gradients = xPoints.map((rows, p) =>
      graph.add('Conv2DBackpropFilter', named(`du${p + 1}`), [rows, sizes, dyPoints[p] as Output], alongX(node.attr)),
    );
    gradients.forEach((gradient, p) => terms[p]?.push(gradient));
  });
  const sums = terms.map((strips, p) => sum(graph, `${node.name}/du${p + 1}`, strips));
  const stacked = concatRows(graph, `${node.name}/du`, sums);
  const taps = transformedKernelGradient(graph, node.name, stacked, shape);
  graph.replace(node, 'Reshape', [taps, graph.ints([TAPS, TAPS, channels, filters])], { T: FLOAT, Tshape: INT32 });
}

/** A 1 x 3 convolution of one point's rows (1, tiles, x, c), or the gradient of one. */
type Product = (name: string, rows: Output, point: number, tiles: number) => Output;

/** `tensor` with `read` channels, transformed, multiplied and transformed back to `written` channels. */
function writeProducts(
  node: NodeDef,
  graph: GraphBuilder,
  tensor: Output,
  read: number,
  written: number,
  shape: ConvolutionShape,
  product: Product,
): void {
  const { width } = shape;
  const rows = rowsOf(graph, `${node.name}/rows`, tensor, shape, read);
  const outputs = stripsOf(shape, STRIP).map((strip, k) => {
    const named = (part: string): string => `${node.name}/strip${k + 1}/${part}`;
    const { tiles } = strip;
    const given = readRows(graph, named('x'), rows, strip.first, strip.last, width * read);
    const v = transformedInput(graph, named('v'), given, strip, width * read);
    const products = pointsOf(graph, named('v'), v, [1, tiles, width, read]).map((point, p) =>
      product(named(`product${p + 1}`), point, p, tiles),
    );
    return transformedOutput(graph, named('y'), products, strip, width * written);
  });
  writeStrips(graph, node, outputs, shape, written);
}

/** The transformed kernel cut into its six, each of one row. */
function kernelsOf(
  graph: GraphBuilder,
  name: string,
  u: Output,
  { channels, filters }: ConvolutionShape,
): readonly Output[] {
  return pointsOf(graph, `${name}/u`, u, [1, TAPS, channels, filters]);
}

/** What is transformed cut into its six points, each of `shape`. */
function pointsOf(graph: GraphBuilder, name: string, all: Output, shape: readonly number[]): readonly Output[] {
  const parts = graph.add('Split', `${name}_points`, [graph.ints(0), all], {
    T: FLOAT,
    num_split: attribute.int(POINTS),
  });
  return Array.from({ length: POINTS }, (_, p) => reshape(graph, `${name}${p + 1}`, output(parts, p), shape));
}

/** The attributes of a convolution that only has taps along x. */
function alongX(attr: Readonly<Record<string, Attribute>>): Record<string, Attribute> {
  return { ...attr, padding: attribute.string('SAME'), explicit_paddings: attribute.ints([]) };
}
