import { expect, test } from 'vitest';
import { concatChannels, slice } from '../../src/graph/arithmetic.ts';
import { attribute, FLOAT, GraphBuilder, NHWC, output, placeholder, type Output } from '../../src/graph/builder.ts';
import { batchNormBeforeConcat } from '../../src/graph/rewrites/batch-norm-before-concat.ts';
import type { Target } from '../../src/graph/rewrites/index.ts';
import { nodeInputs } from '../../src/graph/rewrites/rewrite.ts';
import { AVX512 } from '../support/targets.ts';
import { randomTensor } from '../support/finite-differences.ts';
import { graphFunction, keepNodes } from '../support/graph.ts';

/** Of tensors so many pixels high. */
function shapesOf(height: number) {
  const [x1, x2, whole] = [5, 3, 8].map((channels) => [2, height, 6, channels]) as [number[], number[], number[]];
  return { x1, x2, bytes: whole, dy: whole, gamma: [8], beta: [8] };
}

const SHAPES = shapesOf(4);

/** Concatenation, norm and dropout as the decoder has them, with what the backward pass reads. */
function write(graph: GraphBuilder, given: (name: string) => Output, withMask: boolean, shapes = SHAPES): void {
  const attributes = {
    T: FLOAT,
    U: FLOAT,
    data_format: NHWC,
    epsilon: attribute.float(1e-3),
    is_training: attribute.bool(true),
  };
  const concat = graph.note(concatChannels(graph, 'concat', [given('x1'), given('x2')]), shapes.dy);
  const none = graph.constant('none', { shape: [0], data: new Float32Array(0) });
  const norm = graph.add('FusedBatchNormV3', 'norm', [concat, given('gamma'), given('beta'), none, none], {
    ...attributes,
    exponential_avg_factor: attribute.float(1),
  });
  const kept = graph.add('GreaterEqual', 'kept', [given('bytes'), graph.scalar(0)], { T: FLOAT });
  const keep = graph.add('Cast', 'keep', [kept], { SrcT: attribute.type('DT_BOOL'), DstT: FLOAT });
  graph.note(keep, shapes.dy, { kind: 'dropout-mask', layer: 'dropout' });
  const y = withMask ? graph.add('ReluGrad', 'dropout', [norm, keep], { T: FLOAT }) : norm;
  graph.add('Relu', 'y', [y], { T: FLOAT });
  const dx = graph.add(
    'FusedBatchNormGradV3',
    'gradient',
    [given('dy'), concat, given('gamma'), ...[3, 4, 5].map((k) => output(norm, k))],
    attributes,
  );
  const parts = {
    dx1: slice(graph, 'dx1_part', dx, [0, 0, 0, 0], shapes.x1),
    dx2: slice(graph, 'dx2_part', dx, [0, 0, 0, 5], shapes.x2),
  };
  const results = {
    ...parts,
    mean: output(norm, 1),
    variance: output(norm, 2),
    dgamma: output(dx, 1),
    dbeta: output(dx, 2),
  };
  for (const [name, tensor] of Object.entries(results)) graph.add('Identity', name, [tensor], { T: FLOAT });
}

function rewritten(withMask: boolean, shapes = SHAPES, target?: Target) {
  const plain = new GraphBuilder();
  const tensors = new Map(
    Object.entries(shapes).map(([name, shape]) => [
      name,
      plain.note(placeholder(plain, `given/${name}`, shape), shape),
    ]),
  );
  write(plain, (name) => tensors.get(name) as Output, withMask, shapes);
  return batchNormBeforeConcat.apply(plain, target).nodes;
}

test.each([true, false])('with a mask behind it: %s; the same norm and gradients', async (withMask) => {
  const results = ['y', 'dx1', 'dx2', 'mean', 'variance', 'dgamma', 'dbeta'];
  const graph = await graphFunction(SHAPES, (builder, given) => {
    write(builder, given, withMask);
    const kept = keepNodes(builder, rewritten(withMask));
    return Object.fromEntries(
      results.flatMap((name) => [
        [`plain ${name}`, name],
        [name, kept(name)],
      ]),
    );
  });
  const inputs = Object.fromEntries(Object.entries(SHAPES).map(([name, shape]) => [name, randomTensor(shape, name)]));
  const fetched = graph.run(inputs);
  graph.close();
  for (const name of results) {
    const expected = fetched[`plain ${name}`] as Float32Array;
    const actual = fetched[name] as Float32Array;
    expect(actual).toHaveLength(expected.length);
    expected.forEach((value, i) => expect(actual[i], `${name} ${i}`).toBeCloseTo(value, 5));
  }
});

test('what is concatenated are the finished parts; gradients are not put together', () => {
  const nodes = rewritten(true);
  const large = nodes.filter(({ op, name }) => op === 'ConcatV2' && !/mean|variance|dgamma|dbeta/.test(name));
  expect(large.map(({ name }) => name)).toEqual(['dropout']);
  const makers = nodes
    .filter(({ name }) => nodeInputs(large[0] as (typeof nodes)[number]).includes(name))
    .map(({ op }) => op);
  expect(makers).toEqual(['Const', 'ReluGrad', 'ReluGrad']);
  expect(nodes.filter(({ op }) => op === 'FusedBatchNormGradV3').map(({ input }) => input[1])).toEqual([
    'given/x1',
    'given/x2',
  ]);
});

test('a small concatenation stays', () => {
  const norms = (height: number): number =>
    rewritten(true, shapesOf(height), AVX512).filter(({ op }) => op === 'FusedBatchNormV3').length;
  // Of 96 values a row: just under 2^18 and just above.
  expect([norms(2730), norms(2731)]).toEqual([1, 2]);
});
