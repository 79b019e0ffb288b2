import { expect, test } from 'vitest';
import {
  attribute,
  FLOAT,
  GraphBuilder,
  NHWC,
  output,
  placeholder,
  type NodeDef,
  type Output,
} from '../../src/graph/builder.ts';
import { batchNormBySums } from '../../src/graph/rewrites/batch-norm-by-sums.ts';
import type { Target } from '../../src/graph/rewrites/index.ts';
import { AVX512 } from '../support/targets.ts';
import { randomTensor } from '../support/finite-differences.ts';
import { graphFunction, keepNodes } from '../support/graph.ts';

type Shape = readonly [number, number, number, number];
const EPSILON = 1e-3;
const VECTORS = ['gamma', 'beta'] as const;

/** A norm in training and its gradient, as layers/batch-norm.ts writes them. */
function write(graph: GraphBuilder, given: (name: string) => Output, name = 'norm'): void {
  const attributes = {
    T: FLOAT,
    U: FLOAT,
    data_format: NHWC,
    epsilon: attribute.float(EPSILON),
    is_training: attribute.bool(true),
  };
  const none = graph.constant(`${name}/none`, { shape: [0], data: new Float32Array(0) });
  const y = graph.add('FusedBatchNormV3', name, [given('x'), given('gamma'), given('beta'), none, none], {
    ...attributes,
    exponential_avg_factor: attribute.float(1),
  });
  const saved = [3, 4, 5].map((k) => output(y, k));
  graph.add(
    'FusedBatchNormGradV3',
    `${name}/gradient`,
    [given('dy'), given('x'), given('gamma'), ...saved],
    attributes,
  );
  // A reader of each small result, as names of outputs do not outlive a rewrite.
  for (const [result, tensor] of Object.entries({
    mean: output(y, 1),
    variance: output(y, 2),
    dgamma: output(`${name}/gradient`, 1),
    dbeta: output(`${name}/gradient`, 2),
  })) {
    graph.add('Identity', `${name}/${result}_read`, [tensor], { T: FLOAT });
  }
}

function rewritten(shape: Shape, names: readonly string[] = ['norm'], target?: Target): readonly NodeDef[] {
  const plain = new GraphBuilder();
  const place = (name: string, shape: readonly number[]): Output => placeholder(plain, `given/${name}`, shape);
  const tensors = new Map<string, Output>([
    ...['x', 'dy'].map((name) => [name, plain.note(place(name, shape), shape)] as const),
    ...VECTORS.map((name) => [name, place(name, [shape[3]])] as const),
  ]);
  for (const name of names) write(plain, (tensor) => tensors.get(tensor) as Output, name);
  return batchNormBySums.apply(plain, target).nodes;
}

/** The norm and its gradient in float64, by definition. */
function reference(x: Float32Array, dy: Float32Array, gamma: Float32Array, beta: Float32Array) {
  const channels = gamma.length;
  const count = x.length / channels;
  const results = { y: new Float64Array(x.length), dx: new Float64Array(x.length) };
  const vectors = { mean: [] as number[], variance: [] as number[], dgamma: [] as number[], dbeta: [] as number[] };
  for (let c = 0; c < channels; c++) {
    const places = Array.from({ length: count }, (_, i) => i * channels + c);
    const mean = places.reduce((sum, i) => sum + (x[i] as number), 0) / count;
    const variance = places.reduce((sum, i) => sum + ((x[i] as number) - mean) ** 2, 0) / count;
    const scale = 1 / Math.sqrt(variance + EPSILON);
    const z = (i: number): number => ((x[i] as number) - mean) * scale;
    const dbeta = places.reduce((sum, i) => sum + (dy[i] as number), 0);
    const dgamma = places.reduce((sum, i) => sum + (dy[i] as number) * z(i), 0);
    for (const i of places) {
      results.y[i] = (gamma[c] as number) * z(i) + (beta[c] as number);
      results.dx[i] = (gamma[c] as number) * scale * ((dy[i] as number) - dbeta / count - (z(i) * dgamma) / count);
    }
    vectors.mean.push(mean);
    // As FusedBatchNormV3 reports it.
    vectors.variance.push((variance * count) / (count - 1));
    vectors.dgamma.push(dgamma);
    vectors.dbeta.push(dbeta);
  }
  return { ...results, ...vectors };
}

/** The largest difference over the largest value. */
function difference(actual: Float32Array, expected: ArrayLike<number>): number {
  const values = Array.from(expected);
  const largest = Math.max(...values.map(Math.abs));
  return Math.max(...values.map((value, i) => Math.abs((actual[i] as number) - value))) / largest;
}

test.each<{ shape: Shape; offset: number; tolerance: number }>([
  { shape: [2, 8, 6, 22], offset: 0, tolerance: 2e-6 },
  // An odd number of rows is one slice.
  { shape: [1, 7, 3, 5], offset: 0, tolerance: 2e-6 },
  { shape: [3, 4, 4, 16], offset: 3, tolerance: 2e-6 },
  // Float32 has 1 / 1024 between the values there, the mean's too; squares of them leave nothing of a variance of 1.
  { shape: [2, 16, 16, 4], offset: 1e4, tolerance: 3e-4 },
])('a norm of $shape around $offset, and its gradients', async ({ shape, offset, tolerance }) => {
  const shapes = { x: shape, dy: shape, gamma: [shape[3]], beta: [shape[3]] };
  const inputs = Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, randomTensor(shape, name)]));
  const x = inputs['x'] as (typeof inputs)[string];
  inputs['x'] = { ...x, data: Float32Array.from(x.data, (value) => value + offset) };
  const names = ['mean', 'variance', 'dgamma', 'dbeta'];
  const graph = await graphFunction(shapes, (builder) => {
    const kept = keepNodes(builder, rewritten(shape));
    const vectors = names.map((name) => [name, kept(`norm/${name}_read`)] as const);
    return { y: kept('norm'), dx: kept('norm/gradient'), ...Object.fromEntries(vectors) };
  });
  const actual = graph.run(inputs);
  graph.close();
  const data = (name: string): Float32Array => inputs[name]?.data as Float32Array;
  const expected = reference(data('x'), data('dy'), data('gamma'), data('beta'));
  for (const [name, values] of Object.entries(expected)) {
    expect(difference(actual[name] as Float32Array, values), name).toBeLessThan(tolerance);
  }
});

test('norms of one tensor share its statistics', () => {
  const pairsOf = (nodes: readonly NodeDef[]): number => nodes.filter(({ op }) => op === 'Complex').length;
  // One pair of sums for the statistics, one for each gradient.
  expect(pairsOf(rewritten([1, 4, 4, 2], ['first']))).toBe(2);
  expect(pairsOf(rewritten([1, 4, 4, 2], ['first', 'second']))).toBe(3);
});

test('small tensors, and trained norms, stay as they are', () => {
  const ops = (channels: number): Set<string> =>
    new Set(rewritten([1, 64, 64, channels], ['norm'], AVX512).map(({ op }) => op));
  expect(ops(63)).toContain('FusedBatchNormV3');
  expect(ops(63)).not.toContain('Complex');
  expect(ops(64)).not.toContain('FusedBatchNormV3');
  expect(ops(64)).not.toContain('FusedBatchNormGradV3');
});
