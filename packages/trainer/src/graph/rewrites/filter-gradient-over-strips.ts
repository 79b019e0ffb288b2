import { reshape, slice } from '../arithmetic.ts';
import { attribute, FLOAT, INT32, type GraphBuilder, type NodeDef, type Output } from '../builder.ts';
import { dilationOf } from './filter-gradient-as-product.ts';
import { greatestCommonDivisor } from './divisor.ts';
import { integersOf, replaceNodes, strideOf, type Rewrite, type RewriteContext } from './rewrite.ts';

/** Rows that a strip of dy has at least: of lower ones the rows at borders are too large a share. */
const LEAST_ROWS = 16;

/**
 * The gradient of a convolution by its kernel, over a batch of strips instead of images. oneDNN deals the images of a batch
 * out to its threads: with three images on two threads one thread waits for a third of the time, with one image it waits all
 * the time. Cut along y into s strips, n images of h rows are n s images of h / s rows, the same numbers in the same order.
 * Where a strip ends the kernel takes the neighbour's rows for zeros, so that only the first and the last row of taps
 * lack something: of the first, the products of a strip's first rows of dy with the last rows of x before it; of the last,
 * those of a strip's last rows of dy with the first rows of x behind it:
 *
 *     dk[i, j, c, o] = sum over strips of (sum over v, u of that strip, x as if 0 outside it)
 *                    + [i first] sum over borders, q < d, u of  x[b - d + q, u + j, c] dy[b + q, u, o]
 *                    + [i last]  sum over borders, q < d, u of  x[b + q, u + j, c] dy[b - d + q, u, o]
 *
 * with border rows b (of x and dy each), dilation d. It holds for 3 x 3 kernels of stride 1 and, with d = 1, for 4 x 4
 * kernels of stride 2 (see upsampled-convolution.ts), which reach over a border by one row as well.
 *
 * x: n, y, x, c; dy: n, y, x, o; dk: K, K, c, o.
 *
 * @param stripsOf strips per image for a batch of so many images; 1 leaves the node as it is. @default 2 for any
 */
export function filterGradientOverStrips(stripsOf: (batch: number) => number = () => 2): Rewrite {
  return {
    name: 'filter-gradient-over-strips',
    apply: (old) =>
      replaceNodes(old, (node, context) => {
        const strips = node.op === 'Conv2DBackpropFilter' ? stripsFor(node, context, stripsOf) : undefined;
        if (strips === undefined) return false;
        writeStrips(node, context.graph, strips);
        return true;
      }),
  };
}

/** Strips per image that give every one of `threads` threads as many; 1 where the images do so themselves. */
export function evenStrips(batch: number, threads: number): number {
  return threads / greatestCommonDivisor(batch, threads);
}

interface Strips {
  readonly perImage: number;
  /** Rows of x, and of dy, that are met across a border: the dilation. */
  readonly reach: number;
  readonly kernel: readonly [height: number, width: number, channels: number, filters: number];
  readonly x: readonly number[];
  readonly dy: readonly number[];
}

function stripsFor(node: NodeDef, context: RewriteContext, stripsOf: (batch: number) => number): Strips | undefined {
  const [image, sizes, gradient] = node.input as [Output, Output, Output];
  const x = context.shape(image);
  const dy = context.shape(gradient);
  if (x === undefined || dy === undefined) return undefined;
  const kernel = integersOf(context, sizes) as [number, number, number, number];
  const stride = strideOf(node);
  const reach = dilationOf(node);
  const isKnown = (kernel[0] === 3 && stride === 1) || (kernel[0] === 4 && stride === 2 && reach === 1);
  const perImage = stripsOf(dy[0] as number);
  const rows = (dy[1] as number) / perImage;
  if (!isKnown || perImage === 1 || !Number.isInteger(rows) || rows < Math.max(LEAST_ROWS, reach)) return undefined;
  return { perImage, reach, kernel, x, dy };
}

function writeStrips(node: NodeDef, graph: GraphBuilder, { perImage, reach, kernel, x, dy }: Strips): void {
  const [image, sizes, gradient] = node.input as [Output, Output, Output];
  const [height, width, channels, filters] = kernel;
  const within = graph.add(
    'Conv2DBackpropFilter',
    `${node.name}/within_strips`,
    [
      asStrips(graph, `${node.name}/x_strips`, image, x, perImage),
      sizes,
      asStrips(graph, `${node.name}/dy_strips`, gradient, dy, perImage),
    ],
    node.attr,
  );
  const acrossBorders = (part: string, xEdge: Edge, dyEdge: Edge): Output =>
    graph.add(
      'Conv2DBackpropFilter',
      `${node.name}/${part}`,
      [
        edgeRows(graph, `${node.name}/${part}_x`, image, x, perImage, reach, xEdge),
        graph.ints([1, width, channels, filters]),
        edgeRows(graph, `${node.name}/${part}_dy`, gradient, dy, perImage, reach, dyEdge),
      ],
      { ...node.attr, dilations: attribute.ints([1, 1, reach, 1]) },
    );
  const none = graph.add(
    'Fill',
    `${node.name}/no_taps`,
    [graph.ints([height - 2, width, channels, filters]), graph.scalar(0)],
    {
      T: FLOAT,
      index_type: INT32,
    },
  );
  const taps = [acrossBorders('before', 'last', 'first'), none, acrossBorders('behind', 'first', 'last')];
  const across = graph.add('ConcatV2', `${node.name}/across_borders`, [...taps, graph.ints(0)], {
    T: FLOAT,
    Tidx: INT32,
    N: attribute.int(taps.length),
  });
  graph.replace(node, 'AddV2', [within, across], { T: FLOAT });
}

function asStrips(
  graph: GraphBuilder,
  name: string,
  tensor: Output,
  shape: readonly number[],
  perImage: number,
): Output {
  const [n, height, width, channels] = shape as [number, number, number, number];
  return reshape(graph, name, tensor, [n * perImage, height / perImage, width, channels]);
}

/** Which rows of a strip, at a border within an image: those at its start or at its end. */
type Edge = 'first' | 'last';

/** For every border between two strips, `count` rows on one side of it: (n borders, count, x, channels). */
function edgeRows(
  graph: GraphBuilder,
  name: string,
  tensor: Output,
  shape: readonly number[],
  perImage: number,
  count: number,
  edge: Edge,
): Output {
  const [n, height, width, channels] = shape as [number, number, number, number];
  const rows = height / perImage;
  const strips = reshape(graph, `${name}_strips`, tensor, [n, perImage, rows, width * channels]);
  const begin = edge === 'first' ? [0, 1, 0, 0] : [0, 0, rows - count, 0];
  const edges = slice(graph, `${name}_edges`, strips, begin, [n, perImage - 1, count, width * channels]);
  return reshape(graph, name, edges, [n * (perImage - 1), count, width, channels]);
}
