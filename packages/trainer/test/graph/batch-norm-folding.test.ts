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
import { batchNormFolding } from '../../src/graph/rewrites/batch-norm-folding.ts';
import type { Target } from '../../src/graph/rewrites/index.ts';
import { AVX512 } from '../support/targets.ts';
import { randomTensor } from '../support/finite-differences.ts';
import { graphFunction, keepNodes } from '../support/graph.ts';

interface Case {
  /** Of x: n, y, x, c. */
  readonly shape: readonly [number, number, number, number];
  readonly filters: number;
  /** Added to all of x. */
  readonly offset?: number;
  readonly kernel?: number;
}

const RESULTS = ['y', 'dk', 'db', 'dx', 'mean', 'variance', 'dgamma', 'dbeta'] as const;

function shapesOf({ shape, filters, kernel = 1 }: Case) {
  const [n, height, width, channels] = shape;
  return {
    x: shape,
    k: [kernel, kernel, channels, filters],
    dy: [n, height, width, filters],
    gamma: [channels],
    beta: [channels],
  };
}

/** A norm, a convolution of it and their gradients, as layers/batch-norm.ts and layers/conv.ts write them. */
function write(graph: GraphBuilder, given: (name: string) => Output, of: Case): void {
  const shapes = shapesOf(of);
  const norm = {
    T: FLOAT,
    U: FLOAT,
    data_format: NHWC,
    epsilon: attribute.float(1e-3),
    is_training: attribute.bool(true),
  };
  const none = graph.constant('none', { shape: [0], data: new Float32Array(0) });
  graph.add('FusedBatchNormV3', 'norm', [given('x'), given('gamma'), given('beta'), none, none], {
    ...norm,
    exponential_avg_factor: attribute.float(1),
  });
  const conv = {
    T: FLOAT,
    strides: attribute.ints([1, 1, 1, 1]),
    dilations: attribute.ints([1, 1, 1, 1]),
    data_format: NHWC,
    padding: attribute.string('SAME'),
    explicit_paddings: attribute.ints([]),
  };
  graph.add('Conv2D', 'y', ['norm', given('k')], conv);
  graph.add('Conv2DBackpropFilter', 'dk', ['norm', graph.ints(shapes.k), given('dy')], conv);
  graph.add('BiasAddGrad', 'db', [given('dy')], { T: FLOAT, data_format: NHWC });
  graph.add('Conv2DBackpropInput', 'dnorm', [graph.ints(of.shape), given('k'), given('dy')], conv);
  const saved = [3, 4, 5].map((k) => output('norm', k));
  graph.add('FusedBatchNormGradV3', 'dx', ['dnorm', given('x'), given('gamma'), ...saved], norm);
  // A reader of each small result, as names of outputs do not outlive a rewrite.
  graph.add('Identity', 'mean', [output('norm', 1)], { T: FLOAT });
  graph.add('Identity', 'variance', [output('norm', 2)], { T: FLOAT });
  graph.add('Identity', 'dgamma', [output('dx', 1)], { T: FLOAT });
  graph.add('Identity', 'dbeta', [output('dx', 2)], { T: FLOAT });
}

function rewritten(
  of: Case,
  target?: Target,
  more: (graph: GraphBuilder) => void = () => undefined,
): readonly NodeDef[] {
  const shapes: Readonly<Record<string, readonly number[]>> = shapesOf(of);
  const plain = new GraphBuilder();
  const tensors = new Map(
    Object.entries(shapes).map(([name, shape]) => [name, placeholder(plain, `given/${name}`, shape)]),
  );
  for (const name of ['x', 'dy', 'k']) plain.note(tensors.get(name) as Output, shapes[name] as readonly number[]);
  write(plain, (name) => tensors.get(name) as Output, of);
  more(plain);
  return batchNormFolding.apply(plain, target).nodes;
}

test.each<Case>([
  { shape: [2, 8, 6, 22], filters: 2, offset: 0 },
  { shape: [1, 7, 3, 5], filters: 1, offset: 0 },
  { shape: [3, 4, 4, 16], filters: 2, offset: 3 },
])('the same numbers: a norm of $shape around $offset, $filters filters', async (of) => {
  const shapes = shapesOf(of);
  const inputs = Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, randomTensor(shape, name)]));
  const x = inputs['x'] as (typeof inputs)[string];
  inputs['x'] = { ...x, data: Float32Array.from(x.data, (value) => value + (of.offset ?? 0)) };
  const all = (named: (name: string) => Output) => Object.fromEntries(RESULTS.map((name) => [name, named(name)]));
  const plain = await graphFunction(shapes, (graph, given) => {
    write(graph, given, of);
    return all((name) => name);
  });
  const expected = plain.run(inputs);
  plain.close();
  const nodes = rewritten(of);
  expect(nodes.map(({ op }) => op)).not.toContain('FusedBatchNormGradV3');
  const written = await graphFunction(shapes, (graph) => all(keepNodes(graph, nodes)));
  const actual = written.run(inputs);
  written.close();
  for (const name of RESULTS) {
    const right = expected[name] as Float32Array;
    const largest = Math.max(...right.map(Math.abs));
    const furthest = Math.max(...right.map((value, i) => Math.abs(value - (actual[name]?.[i] as number))));
    expect(furthest / largest, name).toBeLessThan(1e-5);
  }
});

const small: Case = { shape: [2, 4, 4, 6], filters: 2 };

/** As many values as training asks for. */
const large: Case = { ...small, shape: [1, 64, 64, 64] };

test.each<[string, Case, Target?]>([
  ['the kernel is 3 x 3', { ...small, kernel: 3 }],
  ['filters are many', { ...small, filters: 3 }],
  ['values are few', { ...large, shape: [1, 64, 64, 63] }, AVX512],
])('nothing changes where %s', (_why, of, target) => {
  expect(rewritten(of, target).map(({ op }) => op)).toContain('FusedBatchNormGradV3');
  expect(rewritten(large, target).map(({ op }) => op)).not.toContain('FusedBatchNormGradV3');
});

test('nothing changes where something else reads what is normed', () => {
  const nodes = rewritten(small, undefined, (graph) => graph.add('Identity', 'reader', ['norm'], { T: FLOAT }));
  expect(nodes.map(({ op }) => op)).toContain('FusedBatchNormGradV3');
});
