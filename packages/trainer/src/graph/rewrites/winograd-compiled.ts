import { multiply, pad, reshape, sum, unary } from '../arithmetic.ts';
import { argument, attribute, FLOAT, GraphBuilder, INT32, type FunctionDef, type Output } from '../builder.ts';
import { callAttributes, XLA_CALL } from './xla-call.ts';
import { INPUT, OUTPUT, POINTS, TILE, type Strip } from './winograd.ts';

/**
 * The transforms of images and their gradients by Winograd's algorithm along y (see winograd.ts), as functions that XLA compiles:
 * one pass over memory with a few additions, where a product with a matrix would be of zeros for the most part.
 */

/** A' transposed: what a point's gradient takes of each row of a tile. */
const OUTPUT_GRADIENT = Array.from({ length: POINTS }, (_, p) => OUTPUT.map((row) => row[p] as number));

/** v of a strip, from its rows (rows read, values): (6 tiles, values), by point, then tile. */
export function transformedInput(
  graph: GraphBuilder,
  name: string,
  rows: Output,
  strip: Strip,
  values: number,
): Output {
  const { images, tiles, begin, end, first, last } = strip;
  const border = [first === begin ? 1 : 0, last === end ? 1 : 0] as const;
  const definition = graph.function(`winograd_input_${[...border, images, tiles, values].join('_')}`, () =>
    pointsOfTiles(INPUT, border, strip, values),
  );
  return graph.add(XLA_CALL, name, [rows], callAttributes(definition));
}

/** The gradient by the products, from dy of a strip (4 tiles, values): (6 tiles, values). */
export function transformedOutputGradient(
  graph: GraphBuilder,
  name: string,
  dy: Output,
  strip: Strip,
  values: number,
): Output {
  const { images, tiles } = strip;
  const definition = graph.function(`winograd_output_gradient_${[images, tiles, values].join('_')}`, () =>
    pointsOfTiles(OUTPUT_GRADIENT, [0, 0], strip, values),
  );
  return graph.add(XLA_CALL, name, [dy], callAttributes(definition));
}

/** y of a strip, from the products by point, each of (tiles, values) values: (4 tiles, values). */
export function transformedOutput(
  graph: GraphBuilder,
  name: string,
  products: readonly Output[],
  { tiles }: Strip,
  values: number,
): Output {
  const definition = graph.function(`winograd_output_${tiles}_${values}`, () => rowsOfTiles(tiles, values));
  return graph.add(XLA_CALL, name, products, callAttributes(definition));
}

/** @param weights [point][row of a tile]. @param border rows of zeros that are put above and below each image. */
function pointsOfTiles(
  weights: readonly (readonly number[])[],
  border: readonly [above: number, below: number],
  { images, tiles }: Strip,
  values: number,
): Omit<FunctionDef, 'name'> {
  const body = new GraphBuilder();
  const ofImage = tiles / images;
  const rowsOfTile = weights[0]?.length as number;
  const height = TILE * (ofImage - 1) + rowsOfTile - border[0] - border[1];
  const given = reshape(body, 'images', argument(0), [images, height, values]);
  const padded = pad(body, 'padded', given, [[0, 0], border, [0, 0]]);
  const rows = Array.from({ length: rowsOfTile }, (_, r) => rowOfTiles(body, padded, r, ofImage));
  const points = pack(
    body,
    weights.map((ofPoint) => weightedSum(body, ofPoint, rows)),
    0,
  );
  return result(body, reshape(body, 'points', points, [POINTS * tiles, values]), 1);
}

function rowsOfTiles(tiles: number, values: number): Omit<FunctionDef, 'name'> {
  const body = new GraphBuilder();
  const points = Array.from({ length: POINTS }, (_, p) => reshape(body, 'point', argument(p), [tiles, values]));
  const rows = pack(
    body,
    OUTPUT.map((weights) => weightedSum(body, weights, points)),
    1,
  );
  return result(body, reshape(body, 'rows', rows, [TILE * tiles, values]), POINTS);
}

function result(body: GraphBuilder, tensor: Output, inputs: number): Omit<FunctionDef, 'name'> {
  const inputTypes = Array.from({ length: inputs }, () => 'DT_FLOAT' as const);
  return { inputs: inputTypes, nodes: body.nodes, outputs: [{ tensor, type: 'DT_FLOAT' }] };
}

function weightedSum(body: GraphBuilder, weights: readonly number[], tensors: readonly Output[]): Output {
  const terms = weights.flatMap((weight, k) => {
    const tensor = tensors[k] as Output;
    if (weight === 0) return [];
    if (weight === 1) return [tensor];
    return [
      weight === -1 ? unary(body, 'Neg', 'negative', tensor) : multiply(body, 'weighed', tensor, body.scalar(weight)),
    ];
  });
  return sum(body, 'sum', terms);
}

/** Of images (n, y, values), the rows `row`, `row` + 4, `row` + 8, ...: (n, tiles, values). */
function rowOfTiles(body: GraphBuilder, images: Output, row: number, tiles: number): Output {
  const begin = body.ints([0, row, 0]);
  const end = body.ints([0, row + TILE * (tiles - 1) + 1, 0]);
  // Axes 0 and 2 whole.
  const whole = attribute.int(0b101);
  const none = attribute.int(0);
  return body.add('StridedSlice', 'row', [images, begin, end, body.ints([1, TILE, 1])], {
    T: FLOAT,
    Index: INT32,
    begin_mask: whole,
    end_mask: whole,
    ellipsis_mask: none,
    new_axis_mask: none,
    shrink_axis_mask: none,
  });
}

/** Tensors of one shape as one, along a new axis. */
function pack(body: GraphBuilder, tensors: readonly Output[], axis: number): Output {
  return body.add('Pack', 'pack', tensors, { T: FLOAT, N: attribute.int(tensors.length), axis: attribute.int(axis) });
}
