import { networkParameters, unet, variant, type Layer, type Network, type ParameterValues } from '@dilated-unet/core';
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
 * The tensors of `expected` that are off by `bound` of their largest value or more. Those of a bias or a beta may be what cancels out, and
 * for the most part rounding: they are measured by the weights beside them too.
 */
function differences(
  actual: Values,
  expected: Values,
  bound = 1e-5,
): readonly { readonly name: string; readonly difference: number }[] {
  return Object.entries(expected)
    .map(([name, values]) => {
      const beside = expected[name.replace(/bias(?=$|\/)/, 'kernel').replace(/beta(?=$|\/)/, 'gamma')] ?? values;
      return { name, difference: relativeDifference(actual[name] as Float32Array, values, largest(beside)) };
    })
    .filter(({ difference }) => !(difference < bound));
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

/** `NORMED`, its batch norms taken out. */
function withoutNorms(): Network {
  const normed = new Map(
    NORMED.layers.flatMap((layer) => (layer.kind === 'batch-norm' ? [[layer.name, layer.input] as const] : [])),
  );
  const unnormed = (name: string): string => normed.get(name) ?? name;
  const layers = NORMED.layers.flatMap((layer): readonly Layer[] => {
    if (layer.kind === 'batch-norm') return [];
    if ('inputs' in layer) return [{ ...layer, inputs: layer.inputs.map(unnormed) }];
    return 'input' in layer ? [{ ...layer, input: unnormed(layer.input) }] : [layer];
  });
  return { ...NORMED, layers };
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
  readonly steps: readonly Values[];
  /** Weights and the optimizer's slots after each step. */
  readonly states: readonly Values[];
}

/** @param before the state to begin a step with; without, that which the step before it left. */
function trainOn(
  graph: OpenTraining,
  steps: readonly number[],
  {
    isPartial = false,
    before,
  }: { readonly isPartial?: boolean; readonly before?: readonly (Values | undefined)[] } = {},
): Trained {
  const trained = steps.map((step) => {
    const given = before?.[step];
    if (given !== undefined) graph.assign(tensorsOf(given));
    return { fetched: graph.step(batchOf(step, isPartial), step, RATE), state: graph.read() };
  });
  return { steps: trained.map(({ fetched }) => fetched), states: trained.map(({ state }) => state) };
}

async function trained(
  network: Network,
  options: Partial<OpenTrainingOptions> = {},
  before?: readonly (Values | undefined)[],
): Promise<Trained> {
  const graph = await openTraining(network, { window: SIZE, batchSize: BATCH, ...options });
  const steps = Array.from({ length: STEPS }, (_, step) => step);
  const result = trainOn(graph, steps, { isPartial: options.isPartial ?? false, ...(before && { before }) });
  graph.close();
  return result;
}

/** U-nets of few filters with dropout. */
const NORMED = unet({ encoderFilters: [8, 16, 16], decoderFilters: [16, 8, 8], dropout: 0.3 });
const SHAPES = new Map(
  writeTrainingGraph(NORMED, { batchSize: BATCH, window: SIZE, seed: 1 }).state.map(({ name, shape }) => [name, shape]),
);

function tensorsOf(state: Values): ParameterValues {
  return new Map(Object.entries(state).map(([name, data]) => [name, { shape: SHAPES.get(name) ?? [], data }]));
}

function squaresIn(state: Values | undefined): Values {
  return Object.fromEntries(Object.entries(state ?? {}).filter(([name]) => name.endsWith('rmsprop_square')));
}

/** Where rounding puts one of all values on the other side of a ReLU's kink, which the next processor may do, gradients differ by less. */
const A_KINK = 1e-3;

describe('without batch norms, towers equal one device, dropout included', () => {
  const network = withoutNorms();
  const cases: Readonly<Record<string, Partial<OpenTrainingOptions>>> = {
    'two towers': { devices: TWO },
    'four towers': { devices: [...TWO, ...TWO] },
    'two towers, rewritten for GPUs': { devices: TWO, rewrites: rewritesFor(GPU) },
    'two towers, rewritten for a CPU': { devices: TWO, rewrites: rewritesFor(AVX512) },
    'two towers, of which one has pixels without labels': { devices: TWO, isPartial: true },
  };
  test.each(Object.entries(cases))(
    '%s: gradients, loss, and what the optimizer has of them',
    async (_name, options) => {
      const expected = await trained(network, { isPartial: options.isPartial ?? false });
      // From the same state: the optimizer divides by the size of gradients, which makes much of the rounding of small ones.
      const actual = await trained(network, options, [undefined, ...expected.states]);
      expect(Object.keys(squaresIn(actual.states[0]))).toHaveLength(networkParameters(network).length);
      for (const [k, step] of expected.steps.entries()) {
        const bound = k === 0 ? 1e-5 : A_KINK;
        expect(differences(actual.steps[k] as Values, step, bound)).toEqual([]);
        expect(differences(squaresIn(actual.states[k]), squaresIn(expected.states[k]), A_KINK)).toEqual([]);
        for (const key of ['loss', 'dice']) expect(first(actual.steps[k]?.[key])).toBeCloseTo(first(step[key]), 5);
      }
      // The masks differ from step to step: they are drawn, and by the step.
      expect(first(actual.steps[0]?.['loss'])).not.toBe(first(actual.steps[1]?.['loss']));
    },
  );
});

describe('two towers with batch norms', () => {
  const network = NORMED;
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
    const { states } = trainOn(begun, [0, 1]);
    begun.close();
    const resumed = await openTraining(network, options);
    resumed.assign(tensorsOf(states[1] as Values));
    const rest = trainOn(resumed, [2, 3]);
    resumed.close();
    expect(rest.states).toEqual(whole.states.slice(2));
    expect(rest.steps).toEqual(whole.steps.slice(2));
  });
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
