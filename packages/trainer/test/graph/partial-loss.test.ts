import { variant } from '@dilated-unet/core';
import { describe, expect, test } from 'vitest';
import { GraphBuilder, placeholder, type Output } from '../../src/graph/builder.ts';
import { writeLoss } from '../../src/graph/loss.ts';
import { writeTrainingGraph } from '../../src/graph/training-graph.ts';
import type { TensorData } from '../../src/tensorflow/session.ts';
import { expectGradients, randomTensor } from '../support/finite-differences.ts';
import { graphFunction, type GraphFunction } from '../support/graph.ts';

const SHAPE = [2, 3, 4, 1];

const lossGraph = (isPartial: boolean, shape: readonly number[] = SHAPE): Promise<GraphFunction> =>
  graphFunction({ x: shape, labels: shape }, (graph, given) => {
    const part = { logOdds: given('x'), labels: given('labels') };
    const { loss, dice, gradients } = writeLoss(graph, 'loss', [part], { isPartial });
    return { loss, dice, d_x: gradients()[0] as Output };
  });

/** Interior, membrane, half of each, and every third pixel ignored: 16 of 24 count. */
const labels: TensorData = {
  shape: SHAPE,
  data: Float32Array.from({ length: 24 }, (_, i) => (i % 3 === 0 ? -1 : i % 5 === 0 ? 0.5 : i % 2)),
};
const x = randomTensor(SHAPE, 'log-odds', 2);
const first = (values: Float32Array | undefined): number => values?.[0] as number;

/** Loss, Dice and gradient by their definition, over the pixels that count, in double precision. */
function byHand(logOdds: ArrayLike<number>, t: ArrayLike<number>) {
  const counted = Array.from(t, (_, i) => i).filter((i) => (t[i] as number) >= 0);
  const p = Array.from(logOdds, (d) => 1 / (1 + Math.exp(-d)));
  const sum = (of: (i: number) => number): number => counted.reduce((total, i) => total + of(i), 0);
  const [label, found] = [(i: number) => t[i] as number, (i: number) => p[i] as number];
  const crossEntropy =
    sum((i) => -label(i) * Math.log(found(i)) - (1 - label(i)) * Math.log(1 - found(i))) / counted.length;
  const areas = sum(label) + sum(found) + 1;
  const dice = (2 * sum((i) => label(i) * found(i)) + 1) / areas;
  const gradient = p.map((q, i) =>
    label(i) < 0 ? 0 : (q - label(i)) / counted.length - (q * (1 - q) * (2 * label(i) - dice)) / areas,
  );
  return { loss: crossEntropy + 1 - dice, dice, gradient };
}

describe('the loss of partial labels', () => {
  test('and its gradient equal their definition, computed in double precision', async () => {
    const graph = await lossGraph(true);
    const fetched = graph.run({ x, labels });
    const { loss, dice, gradient } = byHand(x.data, labels.data);
    expect(first(fetched['loss'])).toBeCloseTo(loss, 5);
    expect(first(fetched['dice'])).toBeCloseTo(dice, 6);
    (fetched['d_x'] as Float32Array).forEach((g, i) =>
      expect(g, `derivative ${i}`).toBeCloseTo(gradient[i] as number, 6),
    );
    graph.close();
  });

  test('has a gradient that equals finite differences, and is 0 at pixels that do not count', async () => {
    const graph = await lossGraph(true);
    expectGradients({
      graph,
      inputs: { x, labels },
      value: ({ loss }) => first(loss),
      of: ['x'],
      step: 3e-2,
      tolerance: 2e-3,
    });
    const { d_x: gradient } = graph.run({ x, labels });
    gradient?.forEach((g, i) => expect(g === 0, `derivative ${i}`).toBe(i % 3 === 0));
    graph.close();
  });

  test('is not concerned with what is predicted there', async () => {
    const graph = await lossGraph(true);
    const expected = graph.run({ x, labels });
    for (const other of [-300, 0, 300]) {
      const data = Float32Array.from(x.data, (value, i) => (i % 3 === 0 ? other : value));
      expect(graph.run({ x: { shape: SHAPE, data }, labels })).toEqual(expected);
    }
    graph.close();
  });

  test('is the loss of what is left where those pixels are cut off', async () => {
    const counted = [...labels.data.keys()].filter((i) => i % 3 !== 0);
    const shape = [1, 4, 4, 1];
    const left = ({ data }: TensorData): TensorData => ({
      shape,
      data: Float32Array.from(counted, (i) => data[i] as number),
    });
    const [partial, plain] = [await lossGraph(true), await lossGraph(false, shape)];
    const [some, all] = [partial.run({ x, labels }), plain.run({ x: left(x), labels: left(labels) })];
    expect(first(some['loss'])).toBeCloseTo(first(all['loss']), 6);
    expect(first(some['dice'])).toBeCloseTo(first(all['dice']), 6);
    counted.forEach((i, k) => expect(some['d_x']?.[i]).toBeCloseTo(all['d_x']?.[k] as number, 7));
    partial.close();
    plain.close();
  });

  test('of a batch in which no pixel counts is 0, without a gradient', async () => {
    const graph = await lossGraph(true);
    const none = { shape: SHAPE, data: new Float32Array(24).fill(-1) };
    const { loss, dice, d_x: gradient } = graph.run({ x, labels: none });
    expect([first(loss), first(dice)]).toEqual([0, 1]);
    expect(gradient?.every((g) => g === 0)).toBe(true);
    graph.close();
  });

  test('of labels that all count is the plain loss', async () => {
    const all = { shape: SHAPE, data: labels.data.map(Math.abs) };
    const [partial, plain] = [await lossGraph(true), await lossGraph(false)];
    const [some, expected] = [partial.run({ x, labels: all }), plain.run({ x, labels: all })];
    expect(first(some['loss'])).toBeCloseTo(first(expected['loss']), 6);
    some['d_x']?.forEach((g, i) => expect(g).toBeCloseTo(expected['d_x']?.[i] as number, 7));
    partial.close();
    plain.close();
  });
});

describe('where every pixel counts, the graph', () => {
  test('has nothing of this: the loss has the operations that it always had', () => {
    const graph = new GraphBuilder();
    const [logOdds, given] = [placeholder(graph, 'x', SHAPE), placeholder(graph, 'labels', SHAPE)];
    writeLoss(graph, 'loss', [{ logOdds, labels: given }]).gradients();
    const ops = graph.nodes.filter(({ op }) => op !== 'Const' && op !== 'Placeholder').map(({ op }) => op);
    expect(ops).toEqual([
      ...['Sigmoid', 'Softplus', 'Mul', 'Sub', 'Mean', 'Mul', 'Sum', 'Sum', 'Sum', 'AddV2', 'AddV2', 'Mul', 'AddV2'],
      ...[
        'RealDiv',
        'Sub',
        'AddV2',
        'Size',
        'Cast',
        'Sub',
        'RealDiv',
        'Sub',
        'Mul',
        'Mul',
        'Sub',
        'RealDiv',
        'Mul',
        'Sub',
      ],
    ]);
  });

  test('of a training is the same, said or not', () => {
    const written = (options: { isPartial?: boolean }) =>
      writeTrainingGraph(variant('unet'), { batchSize: 1, window: 32, seed: 1, ...options }).nodes;
    expect(written({ isPartial: false })).toEqual(written({}));
    expect(written({ isPartial: true }).length).toBeGreaterThan(written({}).length);
  });
});
