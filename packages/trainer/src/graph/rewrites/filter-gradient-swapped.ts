import { flip } from '../arithmetic.ts';
import { attribute, FLOAT, INT32, type NodeDef, type Output } from '../builder.ts';
import { integersOf, replaceNodes, strideOf, type Rewrite, type RewriteContext } from './rewrite.ts';

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
 * x: n, y, x, c; dy: n, y, x, o; dk: K, K, c, o, of stride 1, K odd, padded by zeros to the same sides.
 *
 * @param wanted which are rewritten, by the sides of x and dy, of those whose sides are known. @default all
 */
export function filterGradientSwapped(
  wanted: (x: readonly number[], dy: readonly number[]) => boolean = () => true,
): Rewrite {
  return {
    name: 'filter-gradient-swapped',
    apply: (old) =>
      replaceNodes(old, (node, context) => {
        if (node.op !== 'Conv2DBackpropFilter' || !isSymmetric(node, context)) return false;
        const { graph, shape } = context;
        const [x, sizes, dy] = node.input as [Output, Output, Output];
        const sides = { x: shape(x), dy: shape(dy) };
        if (sides.x === undefined || sides.dy === undefined || !wanted(sides.x, sides.dy)) return false;
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
}

/** Whether x is padded by as much before as behind, so that dy can be in its stead. */
function isSymmetric(node: NodeDef, context: RewriteContext): boolean {
  const [height, width] = integersOf(context, node.input[1] as Output) as [number, number];
  const isSame = JSON.stringify(node.attr['padding']) === JSON.stringify(SAME);
  return strideOf(node) === 1 && isSame && height % 2 === 1 && width % 2 === 1;
}

const SAME = attribute.string('SAME');
