import { networkParameters, unet, variant, type Layer, type Network } from '@dilated-unet/core';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Output } from '../../src/graph/builder.ts';
import { writeLoss } from '../../src/graph/loss.ts';
import { rewritesFor, type Rewrite } from '../../src/graph/rewrites/index.ts';
import { writeTrainingGraph } from '../../src/graph/training-graph.ts';
import type { TensorData } from '../../src/tensorflow/session.ts';
import { randomTensor } from '../support/finite-differences.ts';
import { graphFunction } from '../support/graph.ts';
import { kerasReference, type KerasReference } from '../support/keras.ts';
import { AVX512, EXACT, GPU } from '../support/targets.ts';
import { openTraining, type OpenTraining, type OpenTrainingOptions } from '../support/training-graph.ts';

const SIZE = 32;
const BATCH = 4;
/** Two towers on one device: what two GPUs compute, one after the other. */
const TWO = ['/device:CPU:0', '/device:CPU:0'];

const largest = (values: Float32Array, least = 0): number =>
  values.reduce((most, value) => Math.max(most, Math.abs(value)), least);

/** Largest difference over the largest value, or over `least` where that is larger. */
function relativeDifference(actual: Float32Array, expected: Float32Array, least = 0): number {
  return largest(expected.map((value, i) => (actual[i] as number) - value)) / largest(expected, least);
}

const first = (values: Float32Array | undefined): number => values?.[0] as number;

type Values = Readonly<Record<string, Float32Array>>;

/**
 * The tensors of `expected` that are off by 1e-5 of their largest value or more. Those of a bias or a beta may be what cancels out, and
 * for the most part rounding: they are measured by the weights beside them too.
 */
function differences(
  actual: Values,
  expected: Values,
): readonly { readonly name: string; readonly difference: number }[] {
  return Object.entries(expected)
    .map(([name, values]) => {
      const beside = expected[name.replace(/bias$/, 'kernel').replace(/beta$/, 'gamma')] ?? values;
      return { name, difference: relativeDifference(actual[name] as Float32Array, values, largest(beside)) };
    })
    .filter(({ difference }) => !(difference < 1e-5));
}

describe('two towers with batch norms equal Keras with two replicas', () => {
  const network = variant('unet', { dropout: 0 });
  let reference: KerasReference;
  beforeAll(async () => {
    const flags = ['--clear-of-kinks', '--float64', '--replicas', '2', '--seed', '2'];
    reference = await kerasReference({ variant: 'unet', size: SIZE, batch: BATCH, steps: 1, flags });
  });

  const graphs: Readonly<Record<string, readonly Rewrite[]>> = {
    'the plain graph': [],
    'the graph for GPUs': rewritesFor(GPU),
    'the graph of all rewrites': EXACT,
  };
  test.each(Object.entries(graphs))('%s', async (_name, rewrites) => {
    const weights = reference.set('initial');
    const batch = reference.set('batch/0');
    const graph = await openTraining(network, { window: SIZE, batchSize: BATCH, devices: TWO, weights, rewrites });
    const given = { images: batch.get('images') as TensorData, labels: batch.get('labels') as TensorData };
    const fetched = graph.step(given, 0, reference.rates[0] as number);
    const read = graph.read();
    graph.close();
    expect(Math.abs(first(fetched['loss']) / (reference.losses[0] as number) - 1)).toBeLessThan(1e-5);
    expect(Math.abs(first(fetched['dice']) / (reference.dice[0] as number) - 1)).toBeLessThan(1e-5);
    const valuesOf = (set: string, prefix: string): Values =>
      Object.fromEntries([...reference.set(set)].map(([name, { data }]) => [`${prefix}${name}`, data]));
    expect(differences(fetched, valuesOf('gradient', 'gradient/'))).toEqual([]);
    const final = Object.entries(valuesOf('final', ''));
    const moving = Object.fromEntries(final.filter(([name]) => name.includes('/moving_')));
    expect(Object.keys(moving)).toHaveLength(2 * network.layers.filter(({ kind }) => kind === 'batch-norm').length);
    expect(differences(read, moving)).toEqual([]);
  });
});

/** A U-net of few filters with dropout, its batch norms taken out. */
function withoutNorms(): Network {
  const network = unet({ encoderFilters: [8, 16, 16], decoderFilters: [16, 8, 8], dropout: 0.3 });
  const normed = new Map(
    network.layers.flatMap((layer) => (layer.kind === 'batch-norm' ? [[layer.name, layer.input] as const] : [])),
  );
  const unnormed = (name: string): string => normed.get(name) ?? name;
  const layers = network.layers.flatMap((layer): readonly Layer[] => {
    if (layer.kind === 'batch-norm') return [];
    if ('inputs' in layer) return [{ ...layer, inputs: layer.inputs.map(unnormed) }];
    return 'input' in layer ? [{ ...layer, input: unnormed(layer.input) }] : [layer];
  });
  return { ...network, layers };
}

/** A batch of `step`; labels are -1 in a third of the first two windows where they are partial. */
function batchOf(step: number, isPartial = false): { readonly images: TensorData; readonly labels: TensorData } {
  const images = randomTensor([BATCH, SIZE, SIZE, 1], `images ${step}`);
  const noise = randomTensor(images.shape, `labels ${step}`).data;
  const isIgnored = (i: number): boolean => isPartial && i < 2 * SIZE ** 2 && i % 3 === 0;
  const labels = Float32Array.from(noise, (value, i) => (isIgnored(i) ? -1 : Number(value > -0.8)));
  return { images, labels: { shape: images.shape, data: labels } };
}

const RATE = 1e-4;
const STEPS = 4;

interface Trained {
  /** What each step fetched. */
  readonly steps: readonly Record<string, Float32Array>[];
  readonly state: Record<string, Float32Array>;
}

function trainOn(graph: OpenTraining, steps: readonly number[], isPartial = false): Trained {
  const fetched = steps.map((step) => graph.step(batchOf(step, isPartial), step, RATE));
  return { steps: fetched, state: graph.read() };
}

async function trained(network: Network, options: Partial<OpenTrainingOptions> = {}): Promise<Trained> {
  const graph = await openTraining(network, { window: SIZE, batchSize: BATCH, ...options });
  const result = trainOn(
    graph,
    Array.from({ length: STEPS }, (_, step) => step),
    options.isPartial,
  );
  graph.close();
  return result;
}

/** Without the optimizer's slots. */
function weightsIn({ state }: Trained): Values {
  return Object.fromEntries(Object.entries(state).filter(([name]) => !name.endsWith('rmsprop_square')));
}

describe('without batch norms, towers equal one device, dropout included', () => {
  const network = withoutNorms();
  const cases: Readonly<Record<string, Partial<OpenTrainingOptions>>> = {
    'two towers': { devices: TWO },
    'four towers': { devices: [...TWO, ...TWO] },
    'two towers, rewritten for GPUs': { devices: TWO, rewrites: rewritesFor(GPU) },
    'two towers, rewritten for a CPU': { devices: TWO, rewrites: rewritesFor(AVX512) },
    'two towers, of which one has pixels without labels': { devices: TWO, isPartial: true },
  };
  test.each(Object.entries(cases))('%s: gradients, loss, and the weights after some steps', async (_name, options) => {
    const [expected, actual] = [
      await trained(network, { isPartial: options.isPartial ?? false }),
      await trained(network, options),
    ];
    expect(Object.keys(weightsIn(expected))).toHaveLength(networkParameters(network).length);
    expect(differences(actual.steps[0] ?? {}, expected.steps[0] ?? {})).toEqual([]);
    expect(differences(weightsIn(actual), weightsIn(expected))).toEqual([]);
    for (const key of ['loss', 'dice']) {
      actual.steps.forEach((step, k) => expect(first(step[key])).toBeCloseTo(first(expected.steps[k]?.[key]), 5));
    }
    // The masks differ from step to step: they are drawn, and by the step.
    expect(first(actual.steps[0]?.['loss'])).not.toBe(first(actual.steps[1]?.['loss']));
  });
});

describe('two towers with batch norms', () => {
  const network = unet({ encoderFilters: [8, 16, 16], decoderFilters: [16, 8, 8], dropout: 0.3 });
  let whole: Trained;
  beforeAll(async () => {
    whole = await trained(network, { devices: TWO });
  });

  test('are another run than one device', async () => {
    const single = await trained(network);
    expect(first(whole.steps[0]?.['loss'])).not.toBe(first(single.steps[0]?.['loss']));
  });

  test('give the same bits again', async () => {
    expect(await trained(network, { devices: TWO })).toEqual(whole);
  });

  test('go on in a new session with the same bits', async () => {
    const options = { window: SIZE, batchSize: BATCH, devices: TWO };
    const begun = await openTraining(network, options);
    const { state } = trainOn(begun, [0, 1]);
    begun.close();
    const resumed = await openTraining(network, options);
    resumed.assign(
      new Map(Object.entries(state).map(([name, data]) => [name, { shape: shapes.get(name) ?? [], data }])),
    );
    const rest = trainOn(resumed, [2, 3]);
    resumed.close();
    expect(rest.state).toEqual(whole.state);
    expect(rest.steps).toEqual(whole.steps.slice(2));
  });
  const shapes = new Map(
    writeTrainingGraph(network, { batchSize: BATCH, window: SIZE, seed: 1 }).state.map(({ name, shape }) => [
      name,
      shape,
    ]),
  );
});

test('the loss of parts is that of the batch, and so are its gradients, with pixels that do not count too', async () => {
  const half = [2, 8, 8, 1];
  for (const isPartial of [false, true]) {
    const graph = await graphFunction({ x1: half, x2: half, t1: half, t2: half }, (builder, given) => {
      const [x1, x2, t1, t2] = ['x1', 'x2', 't1', 't2'].map(given) as [Output, Output, Output, Output];
      const joined = (name: string, parts: readonly Output[]): Output =>
        builder.add('ConcatV2', name, [...parts, builder.ints(0)], {
          T: { type: 'DT_FLOAT' },
          Tidx: { type: 'DT_INT32' },
          N: { i: 2 },
        });
      const batch = [{ logOdds: joined('x', [x1, x2]), labels: joined('t', [t1, t2]) }];
      const parts = [x1, x2].map((logOdds, k) => ({
        scope: { prefix: `part${k}/` },
        logOdds,
        labels: [t1, t2][k] as Output,
      }));
      const [whole, split] = [
        writeLoss(builder, 'whole', batch, { isPartial }),
        writeLoss(builder, 'split', parts, { isPartial }),
      ];
      return {
        loss: whole.loss,
        dice: whole.dice,
        d_x: whole.gradients()[0] as Output,
        lossOfParts: split.loss,
        diceOfParts: split.dice,
        d_xOfParts: joined('d_x_of_parts', split.gradients()),
      };
    });
    const label = (k: number) => ({
      shape: half,
      data: Float32Array.from(randomTensor(half, `t${k}`).data, (v) => (isPartial && v < -1 + k ? -1 : Number(v > 0))),
    });
    const fetched = graph.run({
      x1: randomTensor(half, 'x1'),
      x2: randomTensor(half, 'x2'),
      t1: label(0),
      t2: label(1),
    });
    graph.close();
    for (const name of ['loss', 'dice', 'd_x']) {
      const [all, ofParts] = [fetched[name] as Float32Array, fetched[`${name}OfParts`] as Float32Array];
      expect(relativeDifference(ofParts, all), name).toBeLessThan(1e-6);
    }
  }
});
