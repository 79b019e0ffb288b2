import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FLOAT, INT32 } from '../../src/graph/builder.ts';
import { dropout } from '../../src/graph/layers/dropout.ts';
import type { TensorShape } from '../../src/graph/layers/rule.ts';
import { graphFunction, type GraphFunction } from '../support/graph.ts';

const RATE = 0.3;
const SHAPE: TensorShape = [1, 64, 64, 16];
const VALUES = 64 * 64 * 16;
const STEPS = 200;

test('a part of a batch has the mask that it has in the batch, wherever its bytes begin', async () => {
  const [windows, height, width, channels] = [5, 3, 5, 7];
  const values = height * width * channels;
  const parts = [
    [0, 5],
    [0, 2],
    [2, 3],
    [4, 1],
  ] as const;
  const input = (count: number): TensorShape => [count, height, width, channels];
  const shapes = Object.fromEntries(parts.map(([, count]) => [`x${count}`, input(count)]));
  const graph = await graphFunction(shapes, (builder, given) =>
    Object.fromEntries(
      parts.map(([firstWindow, count]) => {
        const { output } = dropout.training(
          { kind: 'dropout', name: 'dropout', input: 'x', rate: RATE },
          [given(`x${count}`)],
          {
            graph: builder,
            inputShapes: [input(count)],
            inputChannels: [channels],
            needsInputGradient: true,
            firstWindow,
            parameter: given,
            randomKey: () => builder.ints([7, 3]),
          },
        );
        return [`${firstWindow}+${count}`, output];
      }),
    ),
  );
  const ones = parts.map(([, count]) => [`x${count}`, input(count), new Float32Array(count * values).fill(1)] as const);
  const masks = graph.run(Object.fromEntries(ones.map(([name, shape, data]) => [name, { shape, data }])));
  graph.close();
  const whole = masks[`0+${windows}`] as Float32Array;
  expect(new Set(whole).size).toBe(2);
  for (const [from, count] of parts) {
    expect(masks[`${from}+${count}`], `windows from ${from}`).toEqual(
      whole.slice(from * values, (from + count) * values),
    );
  }
});

describe('dropout at a rate of 0.3, which no byte has', () => {
  let graph: GraphFunction;
  /** Masks of the steps: true where dropped. */
  let dropped: readonly (readonly boolean[])[];

  /** The layer's output for an input of ones. */
  const run = (step: number): Float32Array =>
    graph.run({
      x: { shape: SHAPE, data: new Float32Array(VALUES).fill(1) },
      step: { shape: [2], data: Float32Array.of(4, step) },
    })['y'] as Float32Array;

  beforeAll(async () => {
    graph = await graphFunction({ x: SHAPE, step: [2] }, (builder, given) => {
      const written = dropout.training({ kind: 'dropout', name: 'dropout', input: 'x', rate: RATE }, [given('x')], {
        graph: builder,
        inputShapes: [SHAPE],
        inputChannels: [16],
        needsInputGradient: true,
        firstWindow: 0,
        parameter: given,
        randomKey: () => builder.add('Cast', 'key', [given('step')], { SrcT: FLOAT, DstT: INT32 }),
      });
      return { y: written.output };
    });
    dropped = Array.from({ length: STEPS }, (_, step) => Array.from(run(step), (value) => value === 0));
  });
  afterAll(() => graph.close());

  test('drops each value with that probability, and scales what it keeps by the inverse', () => {
    const share = dropped.flat().filter(Boolean).length / (STEPS * VALUES);
    // The threshold is one of two integers for a whole step: its deviation counts beside that of the values.
    const deviation = Math.sqrt((RATE * (1 - RATE)) / (STEPS * VALUES) + (0.8 * 0.2) / 256 ** 2 / STEPS);
    expect(Math.abs(share - RATE)).toBeLessThan(4 * deviation);
    expect([...new Set(run(0))].sort()).toEqual([0, Math.fround(1 / (1 - RATE))]);
  });

  test('drops 77 of 256 in four steps of five, 76 in one', () => {
    const shares = dropped.map((mask) => mask.filter(Boolean).length / VALUES);
    const mean = shares.reduce((sum, share) => sum + share, 0) / STEPS;
    const variance = shares.reduce((sum, share) => sum + (share - mean) ** 2, 0) / (STEPS - 1);
    const expected = (RATE * (1 - RATE)) / VALUES + (0.8 * 0.2) / 256 ** 2;
    // Of the sample variance of 200 near-normal values, 99.9 % lie within this of the truth.
    expect(variance / expected).toBeGreaterThan(0.7);
    expect(variance / expected).toBeLessThan(1.4);
  });

  test('is as likely in each of the eight bytes of a drawn number', () => {
    const counts = new Array<number>(8).fill(0);
    for (const mask of dropped) mask.forEach((value, i) => (counts[i % 8] = (counts[i % 8] as number) + Number(value)));
    const draws = (STEPS * VALUES) / 8;
    const mean = counts.reduce((sum, count) => sum + count, 0) / 8;
    const chiSquared = counts.reduce((sum, count) => sum + (count - mean) ** 2 / (mean * (1 - mean / draws)), 0);
    // 99.9th percentile with 7 degrees of freedom.
    expect(chiSquared).toBeLessThan(24.3);
  });

  test('is a function of the key, and another for another', () => {
    expect(Array.from(run(7), (value) => value === 0)).toEqual(dropped[7]);
    const both = (dropped[7] as boolean[]).filter((value, i) => value && dropped[8]?.[i]).length / VALUES;
    expect(Math.abs(both - RATE ** 2)).toBeLessThan(0.01);
  });
});
