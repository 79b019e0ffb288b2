import { reshape, slice } from '../arithmetic.ts';
import { attribute, FLOAT, INT32, type GraphBuilder, type NodeDef, type Output } from '../builder.ts';
import {
  dilationOf,
  greatestCommonDivisor,
  integersOf,
  replaceNodes,
  strideOf,
  type Rewrite,
  type RewriteContext,
  type Target,
} from './rewrite.ts';

/** Rows that a strip of dy has at least: of lower ones the rows at borders are too large a share. */
const LEAST_ROWS = 16;

/**
 * The gradient of a convolution by its kernel, over a batch of strips instead of images. oneDNN assigns whole images to its
 * threads: with three images, one of two threads waits for a third of the time. Cut along y into s strips, n images of h
 * rows are n s images of h / s rows, the same numbers in the same order. Where a strip ends, the kernel takes the
 * neighbour's rows for zeros, so the first and the last row of taps lack something: the first, the products of a strip's
 * first rows of dy with the last rows of x before it; the last, those of a strip's last rows of dy with the first rows of x
 * behind it:
 *
 *     dk[i, j, c, o] = sum over strips of (sum over v, u of that strip, x as if 0 outside it)
 *                    + [i first] sum over borders, q < d, u of  x[b - d + q, u + j, c] dy[b + q, u, o]
 *                    + [i last]  sum over borders, q < d, u of  x[b + q, u + j, c] dy[b - d + q, u, o]
 *
 * with border rows b (of x and dy each), dilation d. It holds for 3 x 3 kernels of stride 1 and, with d = 1, for 4 x 4
 * kernels of stride 2 (see upsampled-convolution.ts), which reach over a border by one row as well.
 *
 * x: n, y, x, c; dy: n, y, x, o; dk: K, K, c, o.
 */
export const filterGradientOverStrips: Rewrite = {
  name: 'filter-gradient-over-strips',
  does: `the filter gradient over strips of the images, where the threads cannot share the images of a batch evenly (from ${LEAST_ROWS} rows of a strip)`,
  needs: [],
  when: ({ device, avx512, precision }) => device === 'cpu' && avx512 && precision === 'float32',
  apply: (old, target) =>
    replaceNodes(old, (node, context) => {
      const strips = node.op === 'Conv2DBackpropFilter' ? stripsFor(node, context, target) : undefined;
      if (strips === undefined) return false;
      writeStrips(node, context.graph, strips);
      return true;
    }),
};

interface Strips {
  readonly perImage: number;
  /** Rows of x, and of dy, that are met across a border: the dilation. */
  readonly reach: number;
  readonly kernel: readonly [height: number, width: number, channels: number, filters: number];
  readonly x: Readonly<Sides>;
  readonly dy: Readonly<Sides>;
}

type Sides = [n: number, height: number, width: number, channels: number];

function stripsFor(node: NodeDef, context: RewriteContext, target?: Target): Strips | undefined {
  const [image, sizes, gradient] = node.input as [Output, Output, Output];
  const x = context.shape(image) as Sides | undefined;
  const dy = context.shape(gradient) as Sides | undefined;
  if (x === undefined || dy === undefined) return undefined;
  const kernel = integersOf(context, sizes) as [number, number, number, number];
  const [stride, reach] = [strideOf(node), dilationOf(node)];
  const isKnown = (kernel[0] === 3 && stride === 1) || (kernel[0] === 4 && stride === 2 && reach === 1);
  const perImage = target === undefined ? 2 : target.threads / greatestCommonDivisor(dy[0], target.threads);
  const rows = dy[1] / perImage;
  if (!isKnown || perImage === 1 || !Number.isInteger(rows) || rows < Math.max(LEAST_ROWS, reach)) return undefined;
  return { perImage, reach, kernel, x, dy };
}

function writeStrips(node: NodeDef, graph: GraphBuilder, { perImage, reach, kernel, x, dy }: Strips): void {
  const { name } = node;
  const [image, sizes, gradient] = node.input as [Output, Output, Output];
  const [height, width, channels, filters] = kernel;
  const asStrips = (part: string, tensor: Output, [n, rows, ...sides]: Readonly<Sides>): Output =>
    reshape(graph, `${name}/${part}_strips`, tensor, [n * perImage, rows / perImage, ...sides]);
  const within = graph.add(
    'Conv2DBackpropFilter',
    `${name}/within_strips`,
    [asStrips('x', image, x), sizes, asStrips('dy', gradient, dy)],
    node.attr,
  );
  const acrossBorders = (part: string, xEdge: Edge, dyEdge: Edge): Output =>
    graph.add(
      'Conv2DBackpropFilter',
      `${name}/${part}`,
      [
        edgeRows(graph, `${name}/${part}_x`, image, x, perImage, reach, xEdge),
        graph.ints([1, width, channels, filters]),
        edgeRows(graph, `${name}/${part}_dy`, gradient, dy, perImage, reach, dyEdge),
      ],
      { ...node.attr, dilations: attribute.ints([1, 1, reach, 1]) },
    );
  const middle = graph.ints([height - 2, width, channels, filters]);
  const none = graph.add('Fill', `${name}/no_taps`, [middle, graph.scalar(0)], { T: FLOAT, index_type: INT32 });
  const taps = [acrossBorders('before', 'last', 'first'), none, acrossBorders('behind', 'first', 'last')];
  const across = graph.add('ConcatV2', `${name}/across_borders`, [...taps, graph.ints(0)], {
    T: FLOAT,
    Tidx: INT32,
    N: attribute.int(taps.length),
  });
  graph.replace(node, 'AddV2', [within, across], { T: FLOAT });
}

/** Which rows of a strip, at a border within an image: those at its start or at its end. */
type Edge = 'first' | 'last';

/** For every border between two strips, `count` rows on one side of it: (n borders, count, x, channels). */
function edgeRows(
  graph: GraphBuilder,
  name: string,
  tensor: Output,
  [n, height, width, channels]: Readonly<Sides>,
  perImage: number,
  count: number,
  edge: Edge,
): Output {
  const rows = height / perImage;
  const strips = reshape(graph, `${name}_strips`, tensor, [n, perImage, rows, width * channels]);
  const begin = edge === 'first' ? [0, 1, 0, 0] : [0, 0, rows - count, 0];
  const edges = slice(graph, `${name}_edges`, strips, begin, [n, perImage - 1, count, width * channels]);
  return reshape(graph, name, edges, [n * (perImage - 1), count, width, channels]);
}
