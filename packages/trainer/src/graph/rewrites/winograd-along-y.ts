import { matrixProduct, reshape, slice, sum } from '../arithmetic.ts';
import { attribute, FLOAT, INT32, output, type Attribute, type GraphBuilder, type NodeDef, type Output } from '../builder.ts';
import { dilationOf } from './filter-gradient-as-product.ts';
import { givenSides, integersOf, replaceNodes, strideOf, type Rewrite, type RewriteContext } from './rewrite.ts';

/** Rows of a tile's output, rows that it reads, and taps: F(4, 3). */
const TILE = 4;
const POINTS = 6;
const TAPS = 3;

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

/** Channels times filters from which halving the arithmetic outweighs the transforms: 264 to 88, or 176 to 176. */
const LEAST_CHANNEL_PAIRS = 2 ** 14;

/** Pixels and rows of a strip at most: more make the transform's matrices too wide, less the products too small. */
const STRIP_PIXELS = 4096;
const STRIP_ROWS = 64;

/**
 * 3 x 3 convolutions and their gradients by Winograd's minimal filtering along y (Winograd 1980; Lavin & Gray 2016, "Fast
 * Algorithms for Convolutional Neural Networks"): four rows of the output from six products of rows instead of twelve, half of
 * the arithmetic. Along x the convolution stays as it is. With x_r the six rows that a tile reads and k_i the kernel's three,
 *
 *     v_p = sum over r of B'[p, r] x_r      u_p = sum over i of G[p, i] k_i      y_q = sum over p of A'[q, p] (v_p * u_p)
 *
 * where * is a 1 x 3 convolution along x, p = 1 ... 6. Transposed, that is the gradient by the kernel, and with the kernel's
 * rows in reverse order it is the gradient by the input, read from dy:
 *
 *     dk_i = sum over p of G[p, i] (gradient of v_p * u_p by u_p, given sum over q of A'[q, p] dy_q)
 *
 * The transforms are matrix products with rows of W c values. Images are handled in strips of rows, in which the products
 * for one p lie side by side: (6 rows / 4, rows + 2) (rows + 2, W c). Rows outside an image are left out, which is zero padding.
 *
 * x: n, y, x, c; k: 3, 3, c, o; height a multiple of 4. In float32 the result is off by some 1e-6 of the largest value.
 *
 * @param leastPixels pixels of a batch (n y x) from which it is done. @default 0: from any
 */
export function winogradAlongY(leastPixels = 0): Rewrite {
  return {
    name: 'winograd-along-y',
    apply: (old) =>
      replaceNodes(old, (node, context) => {
        const write = WRITERS.get(node.op);
        if (write === undefined) return false;
        const sides = sidesOf(node, context);
        if (sides === undefined || sides.images * sides.height * sides.width < leastPixels) return false;
        write(node, context.graph, sides);
        return true;
      }),
  };
}

interface Sides {
  /** Images, height, width, channels read and channels written by the forward convolution. */
  readonly images: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly filters: number;
}

const WRITERS: ReadonlyMap<string, (node: NodeDef, graph: GraphBuilder, sides: Sides) => void> = new Map([
  ['Conv2D', writeForward],
  ['Conv2DBackpropInput', writeInputGradient],
  ['Conv2DBackpropFilter', writeFilterGradient],
]);

function sidesOf(node: NodeDef, context: RewriteContext): Sides | undefined {
  if (strideOf(node) !== 1 || dilationOf(node) !== 1) return undefined;
  const [first, second, third] = node.input as [Output, Output, Output];
  // Both x and dy have the convolution's height and width.
  const wide = context.shape(node.op === 'Conv2DBackpropInput' ? third : first);
  const kernel = node.op === 'Conv2DBackpropFilter' ? integersOf(context, second) : givenSides(second, context);
  if (wide === undefined || kernel?.[0] !== TAPS) return undefined;
  const [images, height, width] = wide as [number, number, number, number];
  const [, , channels, filters] = kernel as [number, number, number, number];
  if (height % TILE !== 0 || channels * filters < LEAST_CHANNEL_PAIRS) return undefined;
  return { images, height, width, channels, filters };
}

function writeForward(node: NodeDef, graph: GraphBuilder, sides: Sides): void {
  const [x, kernel] = node.input as [Output, Output];
  const { channels, filters } = sides;
  const kernels = transformedKernels(graph, node.name, kernel, sides, KERNEL);
  writeProducts(node, graph, x, channels, filters, sides, (name, rows, p) =>
    graph.add('Conv2D', name, [rows, kernels[p] as Output], alongX(node.attr)),
  );
}

function writeInputGradient(node: NodeDef, graph: GraphBuilder, sides: Sides): void {
  const [, kernel, dy] = node.input as [Output, Output, Output];
  const { width, channels, filters } = sides;
  const reversed = KERNEL.map((row) => [...row].reverse());
  const kernels = transformedKernels(graph, node.name, kernel, sides, reversed);
  writeProducts(node, graph, dy, filters, channels, sides, (name, rows, p, count) =>
    graph.add(
      'Conv2DBackpropInput',
      name,
      [graph.ints([1, count, width, channels]), kernels[p] as Output, rows],
      alongX(node.attr),
    ),
  );
}

function writeFilterGradient(node: NodeDef, graph: GraphBuilder, sides: Sides): void {
  const [x, , dy] = node.input as [Output, Output, Output];
  const { width, channels, filters } = sides;
  const sizes = graph.ints([1, TAPS, channels, filters]);
  const terms: Output[][] = Array.from({ length: POINTS }, () => []);
  const xRows = rowsOf(graph, `${node.name}/x_rows`, x, sides, channels);
  const dyRows = rowsOf(graph, `${node.name}/dy_rows`, dy, sides, filters);
  stripsOf(sides).forEach((strip, k) => {
    const named = (part: string): string => `${node.name}/strip${k + 1}/${part}`;
    const read = readRows(graph, named('x'), xRows, strip.first, strip.last, width * channels);
    const given = readRows(graph, named('dy'), dyRows, strip.begin, strip.end, width * filters);
    const tiles = (strip.end - strip.begin) / TILE;
    const xPoints = pointsOf(graph, named('v'), inputTransform(graph, sides, strip), read, false, [1, tiles, width, channels]);
    const dyPoints = pointsOf(graph, named('dv'), outputTransform(graph, tiles), given, true, [1, tiles, width, filters]);
    const gradients = xPoints.map((rows, p) =>
      graph.add('Conv2DBackpropFilter', named(`du${p + 1}`), [rows, sizes, dyPoints[p] as Output], alongX(node.attr)),
    );
    gradients.forEach((gradient, p) => terms[p]?.push(gradient));
  });
  const sums = terms.map((strips, p) => sum(graph, `${node.name}/du${p + 1}`, strips));
  const stacked = concatRows(graph, `${node.name}/du`, sums);
  const taps = matrixProduct(
    graph,
    `${node.name}/taps`,
    matrix(graph, `${node.name}/kernel_transform`, KERNEL),
    reshape(graph, `${node.name}/du_rows`, stacked, [POINTS, TAPS * channels * filters]),
    true,
  );
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
  sides: Sides,
  product: Product,
): void {
  const { images, height, width } = sides;
  const rows = rowsOf(graph, `${node.name}/rows`, tensor, sides, read);
  const outputs = stripsOf(sides).map((strip, k) => {
    const named = (part: string): string => `${node.name}/strip${k + 1}/${part}`;
    const tiles = (strip.end - strip.begin) / TILE;
    const given = readRows(graph, named('x'), rows, strip.first, strip.last, width * read);
    const points = pointsOf(graph, named('v'), inputTransform(graph, sides, strip), given, false, [1, tiles, width, read]);
    const products = concatRows(
      graph,
      named('products'),
      points.map((point, p) => product(named(`product${p + 1}`), point, p, tiles)),
    );
    const wide = reshape(graph, named('product_rows'), products, [POINTS * tiles, width * written]);
    return matrixProduct(graph, named('y'), outputTransform(graph, tiles), wide);
  });
  const whole = concatRows(graph, `${node.name}/whole`, outputs);
  graph.replace(node, 'Reshape', [whole, graph.ints([images, height, width, written])], { T: FLOAT, Tshape: INT32 });
}

/** Rows begin ... end - 1 of all images' rows are written, first ... last - 1 read: one more on each side within an image. */
interface Strip {
  readonly begin: number;
  readonly end: number;
  readonly first: number;
  readonly last: number;
}

function stripsOf({ images, height, width }: Sides): readonly Strip[] {
  const all = images * height;
  const rows = Math.min(STRIP_ROWS, Math.max(TILE, Math.floor(STRIP_PIXELS / width / TILE) * TILE));
  return Array.from({ length: Math.ceil(all / rows) }, (_, k) => {
    const begin = k * rows;
    const end = Math.min(all, begin + rows);
    return { begin, end, first: begin % height === 0 ? begin : begin - 1, last: end % height === 0 ? end : end + 1 };
  });
}

/** B' for all tiles of a strip: (6 tiles, rows read), ordered by point, then tile. */
function inputTransform(graph: GraphBuilder, { height }: Sides, { begin, end, first, last }: Strip): Output {
  const tiles = (end - begin) / TILE;
  const imageOf = (row: number): number => Math.floor(row / height);
  const values = INPUT.map((weights) =>
    Array.from({ length: tiles }, (_, tile) => {
      const row = new Array<number>(last - first).fill(0);
      const top = begin + TILE * tile;
      weights.forEach((weight, r) => {
        const read = top - 1 + r;
        if (read >= first && read < last && imageOf(read) === imageOf(top)) row[read - first] = weight;
      });
      return row;
    }),
  );
  return matrix(graph, 'winograd/input_transform', values.flat());
}

/** A' for so many tiles: (4 tiles, 6 tiles). */
function outputTransform(graph: GraphBuilder, tiles: number): Output {
  const values = Array.from({ length: TILE * tiles }, (_, row) =>
    (OUTPUT[row % TILE] as readonly number[]).flatMap((weight) =>
      Array.from({ length: tiles }, (_, tile) => (tile === Math.floor(row / TILE) ? weight : 0)),
    ),
  );
  return matrix(graph, 'winograd/output_transform', values);
}

/** The kernel's rows combined by `transform`: six kernels of one row. */
function transformedKernels(
  graph: GraphBuilder,
  name: string,
  kernel: Output,
  { channels, filters }: Sides,
  transform: readonly (readonly number[])[],
): readonly Output[] {
  const rows = reshape(graph, `${name}/kernel_rows`, kernel, [TAPS, TAPS * channels * filters]);
  return pointsOf(graph, `${name}/u`, matrix(graph, `${name}/kernel_transform`, transform), rows, false, [1, TAPS, channels, filters]);
}

/** The product of `transform` and `rows`, cut into its six points, each of `shape`. */
function pointsOf(
  graph: GraphBuilder,
  name: string,
  transform: Output,
  rows: Output,
  transposed: boolean,
  shape: readonly number[],
): readonly Output[] {
  const all = matrixProduct(graph, name, transform, rows, transposed);
  const parts = graph.add('Split', `${name}_points`, [graph.ints(0), all], { T: FLOAT, num_split: attribute.int(POINTS) });
  return Array.from({ length: POINTS }, (_, p) => reshape(graph, `${name}${p + 1}`, output(parts, p), shape));
}

function rowsOf(graph: GraphBuilder, name: string, tensor: Output, { images, height, width }: Sides, channels: number): Output {
  return reshape(graph, name, tensor, [images * height, width * channels]);
}

/** Rows `first` ... `last` - 1, of which TensorFlow gives a view. */
function readRows(graph: GraphBuilder, name: string, rows: Output, first: number, last: number, length: number): Output {
  return slice(graph, name, rows, [first, 0], [last - first, length]);
}

function concatRows(graph: GraphBuilder, name: string, parts: readonly Output[]): Output {
  if (parts.length === 1) return parts[0] as Output;
  return graph.add('ConcatV2', name, [...parts, graph.ints(0)], { T: FLOAT, Tidx: INT32, N: attribute.int(parts.length) });
}

function matrix(graph: GraphBuilder, name: string, rows: readonly (readonly number[])[]): Output {
  return graph.constant(name, { shape: [rows.length, rows[0]?.length ?? 0], data: Float32Array.from(rows.flat()) });
}

/** The attributes of a convolution that only has taps along x. */
function alongX(attr: Readonly<Record<string, Attribute>>): Record<string, Attribute> {
  return { ...attr, padding: attribute.string('SAME'), explicit_paddings: attribute.ints([]) };
}
