import { F43 } from '@dilated-unet/core';
import { matrixProduct, reshape } from '../arithmetic.ts';
import { after, attribute, FLOAT, INT32, type GraphBuilder, type NodeDef, type Output } from '../builder.ts';
import { dilationOf, integersOf, replaceNodes, strideOf, type Rewrite, type RewriteContext } from './rewrite.ts';

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
 * Images are handled in strips of rows, of which TensorFlow gives views. What is transformed lies ordered by p, then tile. Rows
 * outside an image count as zeros, which is the padding. This file has what is common to the rewrites that compute v_p * u_p
 * each in its own way; the transforms of images are in winograd-compiled.ts and in winograd-matrices.ts.
 */

/** Rows of a tile's output, products of rows for it, and taps; B', G and A'. */
export const { outputs: TILE, products: POINTS, taps: TAPS, ofInput: INPUT, ofOutput: OUTPUT } = F43;
const KERNEL = F43.ofKernel;

/** Images, height, width, channels read and channels written by the forward convolution. */
export interface ConvolutionShape {
  readonly images: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly filters: number;
}

/** Writes a convolution, or one of its gradients, in the place of `node`. */
export type Writer = (node: NodeDef, graph: GraphBuilder, shape: ConvolutionShape) => void;

/** How a convolution and its gradients are written. */
export interface Writers {
  readonly forward: Writer;
  readonly inputGradient: Writer;
  readonly filterGradient: Writer;
}

/** Pixels of a batch from which it is faster: those of the bottleneck of two windows of 256 x 256. */
export const LEAST_PIXELS = 2 * 32 * 32;

/**
 * The rewrite of convolutions and their gradients by `writers`. It is for float32 alone: its transforms would add and subtract
 * what bfloat16 has rounded.
 *
 * @param isFaster of a convolution, or a gradient, of at least so many pixels.
 */
export function winogradRewrite(
  about: Pick<Rewrite, 'name' | 'does'> & { readonly avx512: boolean },
  { forward, inputGradient, filterGradient }: Writers,
  isFaster: (node: NodeDef, shape: ConvolutionShape) => boolean,
): Rewrite {
  const writers = new Map([
    ['Conv2D', forward],
    ['Conv2DBackpropInput', inputGradient],
    ['Conv2DBackpropFilter', filterGradient],
  ]);
  return {
    name: about.name,
    does: about.does,
    needs: [],
    when: ({ device, avx512, precision }) => device === 'cpu' && avx512 === about.avx512 && precision === 'float32',
    apply: (old, target) =>
      replaceNodes(old, (node, context) => {
        const write = writers.get(node.op);
        const shape = convolutionShape(node, context);
        if (write === undefined || shape === undefined) return false;
        const { images, height, width } = shape;
        const isLarge = images * height * width >= LEAST_PIXELS;
        if (target !== undefined && !(isLarge && isFaster(node, shape))) return false;
        write(node, context.graph, shape);
        return true;
      }),
  };
}

/** Shape of a convolution, or of one of its gradients, where the algorithm can take it: 3 x 3, height a multiple of 4. */
function convolutionShape(node: NodeDef, context: RewriteContext): ConvolutionShape | undefined {
  if (!node.op.startsWith('Conv2D') || strideOf(node) !== 1 || dilationOf(node) !== 1) return undefined;
  const [first, second, third] = node.input as [Output, Output, Output];
  // Both x and dy have the convolution's height and width.
  const wide = context.shape(node.op === 'Conv2DBackpropInput' ? third : first);
  const kernel = node.op === 'Conv2DBackpropFilter' ? integersOf(context, second) : context.shape(second);
  if (wide === undefined || kernel?.[0] !== TAPS) return undefined;
  const [images, height, width] = wide as [number, number, number, number];
  const [, , channels, filters] = kernel as [number, number, number, number];
  return height % TILE === 0 ? { images, height, width, channels, filters } : undefined;
}

/**
 * Whole images one below another, or a part of one. Of all images' rows (n y), `begin` ... `end` - 1 are written and `first` ...
 * `last` - 1 read: one more on each side within an image.
 */
export interface Strip {
  readonly images: number;
  readonly begin: number;
  readonly end: number;
  readonly first: number;
  readonly last: number;
  /** Of all its images, one below another. */
  readonly tiles: number;
}

/**
 * Strips of sizes as even as can be.
 *
 * @param most `values` that a strip reads and writes, and its rows, at most. (One row of tiles may have more values.)
 */
export function stripsOf(
  { images, height, width, channels, filters }: ConvolutionShape,
  most: { readonly values: number; readonly rows?: number },
): readonly Strip[] {
  const byValues = TILE * Math.max(1, Math.floor(most.values / (TILE * width * (channels + filters))));
  const rows = Math.min(byValues, most.rows ?? byValues);
  const imagesAtOnce = evenPart(images, Math.max(1, Math.floor(rows / height)));
  const rowsAtOnce = TILE * evenPart(height / TILE, Math.min(height, rows) / TILE);
  const strips: Strip[] = [];
  for (let image = 0; image < images; image += imagesAtOnce) {
    const count = Math.min(imagesAtOnce, images - image);
    for (let row = 0; row < height; row += rowsAtOnce) {
      const top = image * height;
      const begin = top + row;
      const end = rowsAtOnce === height ? top + count * height : Math.min(top + height, begin + rowsAtOnce);
      const first = Math.max(top, begin - 1);
      const last = Math.min(top + count * height, end + 1);
      strips.push({ images: count, begin, end, first, last, tiles: (end - begin) / TILE });
    }
  }
  return strips;
}

/** The size of parts of `all`, none larger than `most`, as few and as even as can be. */
function evenPart(all: number, most: number): number {
  return Math.ceil(all / Math.ceil(all / most));
}

/** u, from a kernel (3, 3, c, o): (6, 3 c o). `isReversed`: from its rows in reverse order. */
export function transformedKernel(
  graph: GraphBuilder,
  name: string,
  kernel: Output,
  { channels, filters }: ConvolutionShape,
  isReversed = false,
): Output {
  const rows = reshape(graph, `${name}/kernel_rows`, kernel, [TAPS, TAPS * channels * filters]);
  return matrixProduct(graph, `${name}/u`, kernelTransform(graph, isReversed), rows);
}

/** dk, from the gradient by u, of 6 x 3 c o values: (3, 3 c o). */
export function transformedKernelGradient(
  graph: GraphBuilder,
  name: string,
  gradient: Output,
  { channels, filters }: ConvolutionShape,
): Output {
  const rows = reshape(graph, `${name}/du_rows`, gradient, [POINTS, TAPS * channels * filters]);
  return matrixProduct(graph, `${name}/taps`, kernelTransform(graph, false), rows, true);
}

/** G: (6, 3). */
function kernelTransform(graph: GraphBuilder, isReversed: boolean): Output {
  return graph.shared(`winograd/${isReversed ? 'reversed_' : ''}kernel_transform`, () => ({
    shape: [POINTS, TAPS],
    data: Float32Array.from(KERNEL.flatMap((row) => (isReversed ? [...row].reverse() : row))),
  }));
}

/** All images' rows (n y, x c). */
export function rowsOf(
  graph: GraphBuilder,
  name: string,
  tensor: Output,
  { images, height, width }: ConvolutionShape,
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
  return graph.add('Slice', name, awaited === undefined ? inputs : [...inputs, after(awaited)], {
    T: FLOAT,
    Index: INT32,
  });
}

/** Writes a convolution's result in the place of `node`, from that of its strips, one below another: (n, y, x, channels). */
export function writeStrips(
  graph: GraphBuilder,
  node: NodeDef,
  strips: readonly Output[],
  { images, height, width }: ConvolutionShape,
  channels: number,
): void {
  const whole = concatRows(graph, `${node.name}/whole`, strips);
  graph.replace(node, 'Reshape', [whole, graph.ints([images, height, width, channels])], { T: FLOAT, Tshape: INT32 });
}

/** Tensors one below another along their first axis. */
export function concatRows(graph: GraphBuilder, name: string, parts: readonly Output[]): Output {
  if (parts.length === 1) return parts[0] as Output;
  return graph.add('ConcatV2', name, [...parts, graph.ints(0)], {
    T: FLOAT,
    Tidx: INT32,
    N: attribute.int(parts.length),
  });
}
