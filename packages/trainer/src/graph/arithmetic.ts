import { attribute, FLOAT, INT32, type GraphBuilder, type NodeDef, type Output } from './builder.ts';

/** Elementwise float32 arithmetic and the few shape operations that the layer rules share. */

export function add(graph: GraphBuilder, name: string, a: Output, b: Output): Output {
  return graph.add('AddV2', name, [a, b], { T: FLOAT });
}

export function subtract(graph: GraphBuilder, name: string, a: Output, b: Output): Output {
  return graph.add('Sub', name, [a, b], { T: FLOAT });
}

export function multiply(graph: GraphBuilder, name: string, a: Output, b: Output): Output {
  return graph.add('Mul', name, [a, b], { T: FLOAT });
}

export function divide(graph: GraphBuilder, name: string, a: Output, b: Output): Output {
  return graph.add('RealDiv', name, [a, b], { T: FLOAT });
}

/** A float32 operation of one tensor: `Exp`, `Neg`, `Softplus`, ... */
export function unary(graph: GraphBuilder, op: string, name: string, x: Output): Output {
  return graph.add(op, name, [x], { T: FLOAT });
}

/** The mark by which TensorFlow's arithmetic optimiser knows sums that it must leave as they are. */
const SUM_STAYS = '_grappler_ArithmeticOptimizer_AddOpsRewriteStage';

/**
 * Sum of tensors of one shape, from the first to the last. TensorFlow would make such a chain one AddN, and its memory
 * optimiser an accumulation in order of arrival, whose last bits differ from run to run.
 */
export function sum(graph: GraphBuilder, name: string, terms: readonly Output[]): Output {
  const [first, ...rest] = terms as readonly [Output, ...Output[]];
  const shape = graph.shapes.get(first);
  return rest.reduce((total, term) => {
    const next = graph.add('AddV2', name, [total, term], { T: FLOAT, [SUM_STAYS]: attribute.bool(true) });
    return shape === undefined ? next : graph.note(next, shape);
  }, first);
}

/** Mean of tensors of one shape, their `sum` first; of one tensor that tensor. */
export function mean(graph: GraphBuilder, name: string, terms: readonly Output[]): Output {
  const total = sum(graph, name, terms);
  return terms.length === 1 ? total : multiply(graph, name, total, graph.scalar(1 / terms.length));
}

/** Whether `node` adds a term to such a sum. */
export function isSum(node: NodeDef): boolean {
  return SUM_STAYS in node.attr;
}

/** Reduction (`Sum`, `Mean`, `Max`) over `axes`. */
export function reduce(
  graph: GraphBuilder,
  op: 'Sum' | 'Mean' | 'Max',
  name: string,
  x: Output,
  axes: readonly number[],
  keepDimensions = false,
): Output {
  return graph.add(op, name, [x, graph.ints(axes)], {
    T: FLOAT,
    Tidx: INT32,
    keep_dims: attribute.bool(keepDimensions),
  });
}

/** Part of `x` from `begin`, of `size` (-1: to the end), axis by axis. */
export function slice(
  graph: GraphBuilder,
  name: string,
  x: Output,
  begin: readonly number[],
  size: readonly number[],
): Output {
  return graph.add('Slice', name, [x, graph.ints(begin), graph.ints(size)], { T: FLOAT, Index: INT32 });
}

/** Tensors one behind another along the last axis. */
export function concatChannels(graph: GraphBuilder, name: string, parts: readonly Output[]): Output {
  return graph.add('ConcatV2', name, [...parts, graph.ints(-1)], {
    T: FLOAT,
    Tidx: INT32,
    N: attribute.int(parts.length),
  });
}

/** Matrix product of `a` (rows, inner; with `transposeA` inner, rows) and `b` (inner, columns). */
export function matrixProduct(graph: GraphBuilder, name: string, a: Output, b: Output, transposeA = false): Output {
  return graph.add('MatMul', name, [a, b], {
    T: FLOAT,
    transpose_a: attribute.bool(transposeA),
    transpose_b: attribute.bool(false),
  });
}

/** As many matrix products as `a` (count, rows, inner; with `transposeA` count, inner, rows) and `b` (count, inner, columns) have. */
export function matrixProducts(graph: GraphBuilder, name: string, a: Output, b: Output, transposeA = false): Output {
  return graph.add('BatchMatMulV2', name, [a, b], {
    T: FLOAT,
    adj_x: attribute.bool(transposeA),
    adj_y: attribute.bool(false),
  });
}

/** `tensor` in another shape: the same values in the same order; one dimension may be -1. */
export function reshape(graph: GraphBuilder, name: string, tensor: Output, shape: readonly number[]): Output {
  return graph.add('Reshape', name, [tensor, graph.ints(shape)], { T: FLOAT, Tshape: INT32 });
}

/** `tensor` within zeros. @param by how many before and behind, axis by axis. */
export function pad(
  graph: GraphBuilder,
  name: string,
  tensor: Output,
  by: readonly (readonly [number, number])[],
): Output {
  const paddings = graph.shared(`constant/paddings_${by.flat().join('_')}`, () => ({
    shape: [by.length, 2],
    data: Int32Array.from(by.flat()),
  }));
  return graph.add('Pad', name, [tensor, paddings], { T: FLOAT, Tpaddings: INT32 });
}

/** A kernel (y, x, and any other axes) flipped along y and x. */
export function flip(graph: GraphBuilder, name: string, kernel: Output): Output {
  return graph.add('ReverseV2', name, [kernel, graph.ints([0, 1])], { T: FLOAT, Tidx: INT32 });
}
