import { matrixProduct, reshape } from '../arithmetic.ts';
import { after, attribute, FLOAT, INT32, type GraphBuilder, type NodeDef, type Output } from '../builder.ts';
import { dilationOf } from './filter-gradient-as-product.ts';
import { givenSides, integersOf, strideOf, type RewriteContext } from './rewrite.ts';

/**
 * Winograd's minimal filtering along y, F(4, 3), for 3 x 3 convolutions and their gradients (Winograd 1980; Lavin & Gray 2016,
 * "Fast Algorithms for Convolutional Neural Networks"): four rows of the output from six products of rows instead of twelve,
 * half of the arithmetic. Along x the convolution stays as it is. With x_r the six rows that a tile reads and k_i the kernel's
 * three,
 *
 *     v_p = sum over r of B'[p, r] x_r      u_p = sum over i of G[p, i] k_i      y_q = sum over p of A'[q, p] (v_p * u_p)
 *
 * where * is a 1 x 3 convolution along x, p = 1 ... 6. Transposed, that is the gradient by the kernel:
 *
 *     dk_i = sum over p of G[p, i] (gradient of v_p * u_p by u_p, given sum over q of A'[q, p] dy_q)
 *
 * The transforms are matrix products with whole rows of pixels. Images are handled in strips of rows, of which TensorFlow gives
 * views; the products for one p lie side by side: (6 rows / 4, rows + 2) (rows + 2, W c). Rows outside an image are left out,
 * which is zero padding. This file has what is common to the rewrites that compute v_p * u_p each in its own way.
 */

/** Rows of a tile's output, products of rows for it, and taps: F(4, 3). */
const TILE = 4;
export const POINTS = 6;
export const TAPS = 3;

/** B', G and A' of F(4, 3) with the points 0, 1, -1, 2, -2 and infinity (Lavin & Gray 2016, section 4.2). */
const INPUT = [
  [4, 0, -5, 0, 1, 0],
  [0, -4, -4, 1, 1, 0],
  [0, 4, -4, -1, 1, 0],
  [0, -2, -1, 2, 1, 0],
  [0, 2, -1, -2, 1, 0],
  [0, 4, 0, -5, 0, 1],
] as const;
const KERNEL = [
  [1 / 4, 0, 0],
  [-1 / 6, -1 / 6, -1 / 6],
  [-1 / 6, 1 / 6, -1 / 6],
  [1 / 24, 1 / 12, 1 / 6],
  [1 / 24, -1 / 12, 1 / 6],
  [0, 0, 1],
] as const;
const OUTPUT = [
  [1, 1, 1, 1, 1, 0],
  [0, 1, -1, 2, -2, 0],
  [0, 1, 1, 4, 4, 0],
  [0, 1, -1, 8, -8, 1],
] as const;

/** Images, height, width, channels read and channels written by the forward convolution. */
export interface ConvolutionSides {
  readonly images: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly filters: number;
}

/** Sides of a convolution, or of one of its gradients, where the algorithm can take it: 3 x 3, height a multiple of 4. */
export function convolutionSides(node: NodeDef, context: RewriteContext): ConvolutionSides | undefined {
  if (!node.op.startsWith('Conv2D') || strideOf(node) !== 1 || dilationOf(node) !== 1) return undefined;
  const [first, second, third] = node.input as [Output, Output, Output];
  // Both x and dy have the convolution's height and width.
  const wide = context.shape(node.op === 'Conv2DBackpropInput' ? third : first);
  const kernel = node.op === 'Conv2DBackpropFilter' ? integersOf(context, second) : givenSides(second, context);
  if (wide === undefined || kernel?.[0] !== TAPS) return undefined;
  const [images, height, width] = wide as [number, number, number, number];
  const [, , channels, filters] = kernel as [number, number, number, number];
  return height % TILE === 0 ? { images, height, width, channels, filters } : undefined;
}

/** Rows begin ... end - 1 of all images' rows are written, first ... last - 1 read: one more on each side within an image. */
export interface Strip {
  readonly begin: number;
  readonly end: number;
  readonly first: number;
  readonly last: number;
  /** Tiles one above another. */
  readonly tiles: number;
}

/** @param most pixels and rows of a strip at most. */
export function stripsOf(
  { images, height, width }: ConvolutionSides,
  most: { readonly pixels: number; readonly rows: number },
): readonly Strip[] {
  const all = images * height;
  const rows = Math.min(most.rows, Math.max(TILE, Math.floor(most.pixels / width / TILE) * TILE));
  return Array.from({ length: Math.ceil(all / rows) }, (_, k) => {
    const begin = k * rows;
    const end = Math.min(all, begin + rows);
    const first = begin % height === 0 ? begin : begin - 1;
    const last = end % height === 0 ? end : end + 1;
    return { begin, end, first, last, tiles: (end - begin) / TILE };
  });
}

/** v of a strip, from its rows (rows read, values): (6 tiles, values), by point, then tile. */
export function transformedInput(graph: GraphBuilder, name: string, rows: Output, height: number, strip: Strip): Output {
  return matrixProduct(graph, name, inputTransform(graph, height, strip), rows);
}

/** y of a strip, from the products (6 tiles, values): (4 tiles, values). */
export function transformedOutput(graph: GraphBuilder, name: string, products: Output, { tiles }: Strip): Output {
  return matrixProduct(graph, name, outputTransform(graph, tiles), products);
}

/** The gradient by the products, from dy of a strip (4 tiles, values): (6 tiles, values). */
export function transformedOutputGradient(graph: GraphBuilder, name: string, dy: Output, { tiles }: Strip): Output {
  return matrixProduct(graph, name, outputTransform(graph, tiles), dy, true);
}

/** u, from a kernel (3, 3, c, o): (6, 3 c o). `isReversed`: from its rows in reverse order. */
export function transformedKernel(
  graph: GraphBuilder,
  name: string,
  kernel: Output,
  { channels, filters }: ConvolutionSides,
  isReversed = false,
): Output {
  const rows = reshape(graph, `${name}/kernel_rows`, kernel, [TAPS, TAPS * channels * filters]);
  return matrixProduct(graph, `${name}/u`, kernelTransform(graph, isReversed), rows);
}

/** dk, from the gradient by u (6, values): (3, values). */
export function transformedKernelGradient(graph: GraphBuilder, name: string, gradient: Output): Output {
  return matrixProduct(graph, name, kernelTransform(graph, false), gradient, true);
}

/** All images' rows (n y, x c). */
export function rowsOf(
  graph: GraphBuilder,
  name: string,
  tensor: Output,
  { images, height, width }: ConvolutionSides,
  channels: number,
): Output {
  return reshape(graph, name, tensor, [images * height, width * channels]);
}

/**
 * Rows `first` ... `last` - 1 of `length` values, of which TensorFlow gives a view.
 *
 * @param awaited what must have been computed before. @default nothing
 */
export function readRows(
  graph: GraphBuilder,
  name: string,
  rows: Output,
  first: number,
  last: number,
  length: number,
  awaited?: Output,
): Output {
  const inputs = [rows, graph.ints([first, 0]), graph.ints([last - first, length])];
  return graph.add('Slice', name, awaited === undefined ? inputs : [...inputs, after(awaited)], { T: FLOAT, Index: INT32 });
}

/** Tensors one below another along their first axis. */
export function concatRows(graph: GraphBuilder, name: string, parts: readonly Output[]): Output {
  if (parts.length === 1) return parts[0] as Output;
  return graph.add('ConcatV2', name, [...parts, graph.ints(0)], { T: FLOAT, Tidx: INT32, N: attribute.int(parts.length) });
}

/** B' for all tiles of a strip: (6 tiles, rows read), ordered by point, then tile. */
function inputTransform(graph: GraphBuilder, height: number, { begin, first, last, tiles }: Strip): Output {
  const imageOf = (row: number): number => Math.floor(row / height);
  // Where borders are depends on the strip's place in its image, the image's height and the rows read.
  return matrix(graph, `input_transform_${[begin % height, height, begin - first, last - first, tiles].join('_')}`, () =>
    INPUT.flatMap((weights) =>
      Array.from({ length: tiles }, (_, tile) => {
        const row = new Array<number>(last - first).fill(0);
        const top = begin + TILE * tile;
        weights.forEach((weight, r) => {
          const read = top - 1 + r;
          if (read >= first && read < last && imageOf(read) === imageOf(top)) row[read - first] = weight;
        });
        return row;
      }),
    ),
  );
}

/** A' for so many tiles: (4 tiles, 6 tiles). */
function outputTransform(graph: GraphBuilder, tiles: number): Output {
  return matrix(graph, `output_transform_${tiles}`, () =>
    Array.from({ length: TILE * tiles }, (_, row) =>
      (OUTPUT[row % TILE] as readonly number[]).flatMap((weight) =>
        Array.from({ length: tiles }, (_, tile) => (tile === Math.floor(row / TILE) ? weight : 0)),
      ),
    ),
  );
}

function kernelTransform(graph: GraphBuilder, isReversed: boolean): Output {
  if (!isReversed) return matrix(graph, 'kernel_transform', () => KERNEL);
  return matrix(graph, 'reversed_kernel_transform', () => KERNEL.map((row) => [...row].reverse()));
}

function matrix(graph: GraphBuilder, name: string, rows: () => readonly (readonly number[])[]): Output {
  return graph.shared(`winograd/${name}`, () => {
    const written = rows();
    return { shape: [written.length, written[0]?.length ?? 0], data: Float32Array.from(written.flat()) };
  });
}
