import { flip } from '../arithmetic.ts';
import { FLOAT, INT32, type NodeDef, type Output } from '../builder.ts';
import {
  integersOf,
  grouped,
  paddingOf,
  replaceNodes,
  strideOf,
  type Rewrite,
  type RewriteContext,
} from './rewrite.ts';

/** How many times dy's channels x has at least, and how many pixels an image has at most, where it is faster. */
const UNEVEN = { channels: 3, pixels: 128 * 128 };

/**
 * The gradient of a convolution by its kernel with x and dy in each other's place. It is a correlation of the two, and a
 * correlation the other way round is the same one flipped:
 *
 *     dk[i, j, c, o] = sum over n, v, u of  x[n, v + i, u + j, c] dy[n, v, u, o]
 *                    = sum over n, v, u of  dy[n, v - i, u - j, o] x[n, v, u, c] = dk'[-i, -j, o, c]
 *
 * with dk' the gradient of a convolution from o to c channels: the same products. oneDNN's kernel is not as fast one way as
 * the other where one tensor has several times the other's channels.
 *
 * x: n, y, x, c; dy: n, y, x, o; dk: K, K, c, o, of stride 1, K odd, padded by zeros to the same height and width.
 */
export const filterGradientSwapped: Rewrite = {
  name: 'filter-gradient-swapped',
  does: `the filter gradient with x and dy in the place of each other, flipped: the kernel of oneDNN is slow where x has many more channels than dy (from ${UNEVEN.channels} times as many, up to ${grouped(UNEVEN.pixels)} pixels of an image)`,
  needs: [],
  when: ({ device, avx512, precision }) => device === 'cpu' && avx512 && precision === 'float32',
  apply: (old, target) =>
    replaceNodes(old, (node, context) => {
      if (node.op !== 'Conv2DBackpropFilter' || !isSymmetric(node, context)) return false;
      const { graph, shape } = context;
      const [x, sizes, dy] = node.input as [Output, Output, Output];
      const [xShape, dyShape] = [shape(x), shape(dy)];
      if (xShape === undefined || dyShape === undefined) return false;
      if (target !== undefined && !isUneven(xShape, dyShape)) return false;
      const [height, width, channels, filters] = integersOf(context, sizes) as [number, number, number, number];
      const other = graph.add(
        'Conv2DBackpropFilter',
        `${node.name}/of_dy`,
        [dy, graph.ints([height, width, filters, channels]), x],
        node.attr,
      );
      const flipped = flip(graph, `${node.name}/flipped`, other);
      graph.replace(node, 'Transpose', [flipped, graph.ints([0, 1, 3, 2])], { T: FLOAT, Tperm: INT32 });
      return true;
    }),
};

/** Whether x (n, y, x, c) has so many more channels than dy (n, y, x, o) that the gradient is faster swapped. */
function isUneven(x: readonly number[], dy: readonly number[]): boolean {
  const [, height, width, channels] = x as [number, number, number, number];
  return channels >= UNEVEN.channels * (dy[3] as number) && height * width <= UNEVEN.pixels;
}

/** Whether x is padded by as much before as behind, so that dy can be in its stead. */
function isSymmetric(node: NodeDef, context: RewriteContext): boolean {
  const [height, width] = integersOf(context, node.input[1] as Output) as [number, number];
  return strideOf(node) === 1 && paddingOf(node) === 'SAME' && height % 2 === 1 && width % 2 === 1;
}
