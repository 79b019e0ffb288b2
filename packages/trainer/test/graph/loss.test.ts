import { describe, expect, test } from 'vitest';
import type { Output } from '../../src/graph/builder.ts';
import { writeLoss } from '../../src/graph/loss.ts';
import type { TensorData } from '../../src/tensorflow/session.ts';
import { expectGradients, randomTensor } from '../support/finite-differences.ts';
import { graphFunction } from '../support/graph.ts';

const SHAPE = [2, 3, 4, 1];

const lossGraph = () =>
  graphFunction({ x: SHAPE, labels: SHAPE }, (graph, given) => {
    const part = { logOdds: given('x'), labels: given('labels') };
    const { loss, dice, probabilities, gradients } = writeLoss(graph, 'loss', [part]);
    return { loss, dice, probability: probabilities[0] as Output, d_x: gradients()[0] as Output };
  });

const labels: TensorData = { shape: SHAPE, data: Float32Array.from({ length: 24 }, (_, i) => (i % 3 === 0 ? 0 : 1)) };

describe('loss', () => {
  test('equals its definition, computed in double precision', async () => {
    const graph = await lossGraph();
    const x = randomTensor(SHAPE, 'log-odds', 2);
    const fetched = graph.run({ x, labels });
    let crossEntropy = 0;
    const sums = { overlap: 0, areas: 0 };
    x.data.forEach((d, i) => {
      const t = labels.data[i] as number;
      const p = 1 / (1 + Math.exp(-d));
      crossEntropy -= (t * Math.log(p) + (1 - t) * Math.log(1 - p)) / 24;
      sums.overlap += t * p;
      sums.areas += t + p;
      expect((fetched['probability'] as Float32Array)[i]).toBeCloseTo(p, 6);
    });
    const dice = (2 * sums.overlap + 1) / (sums.areas + 1);
    expect((fetched['dice'] as Float32Array)[0]).toBeCloseTo(dice, 5);
    expect((fetched['loss'] as Float32Array)[0]).toBeCloseTo(crossEntropy + 1 - dice, 5);
    graph.close();
  });

  test('its gradient equals finite differences', async () => {
    const graph = await lossGraph();
    expectGradients({
      graph,
      inputs: { x: randomTensor(SHAPE, 'log-odds', 2), labels },
      value: ({ loss }) => (loss as Float32Array)[0] as number,
      of: ['x'],
      step: 3e-2,
      tolerance: 2e-3,
    });
    graph.close();
  });

  test('stays finite, with a gradient that still points the right way, where the probability saturates', async () => {
    const graph = await lossGraph();
    const wrong = { shape: SHAPE, data: Float32Array.from(labels.data, (t) => (t === 1 ? -200 : 200)) };
    const fetched = graph.run({ x: wrong, labels });
    expect((fetched['loss'] as Float32Array)[0]).toBeGreaterThan(200);
    expect((fetched['loss'] as Float32Array)[0]).toBeLessThan(202);
    (fetched['d_x'] as Float32Array).forEach((g, i) => expect(Math.sign(g)).toBe(labels.data[i] === 1 ? -1 : 1));
    graph.close();
  });
});
