import { schedule, variant, type Network } from '@dilated-unet/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadDataset, sampledStacks } from '../../src/data/dataset.ts';
import { createSampler } from '../../src/data/sampler.ts';
import { attribute, FLOAT, GraphBuilder, nodeOf, placeholder } from '../../src/graph/builder.ts';
import { changedNodes } from '../../src/graph/rewrites/changed-nodes.ts';
import { leaveOut, rewriteGraph, REWRITES, rewritesFor, type Rewrite } from '../../src/graph/rewrites/index.ts';
import { writeTrainingGraph } from '../../src/graph/training-graph.ts';
import { initialWeights, type Tensors } from '../../src/model/weights.ts';
import { openTraining, type OpenTraining } from '../support/training-graph.ts';
import { AVX2, AVX512, EXACT, GPU } from '../support/targets.ts';
import { smallRun } from '../support/training.ts';
import { randomTensor } from '../support/finite-differences.ts';

const SIZE = 32;
const BATCH = 2;
const VARIANTS = ['unet', 'dilated-unet'] as const;
/** Has every kind of layer: what is checked rewrite by rewrite is checked of it. */
const EVERY_LAYER = 'dilated-unet';

const batch = (key: string, size = SIZE, count = BATCH) => {
  const images = randomTensor([count, size, size, 1], `${key}/images`);
  const noise = randomTensor([count, size, size, 1], `${key}/labels`);
  return { images, labels: { shape: noise.shape, data: noise.data.map((value) => (value > -0.8 ? 1 : 0)) } };
};

/**
 * Initial weights under which no ReLU's input is near 0, where rounding alone would decide a gradient: the biases put
 * seven channels of eight far above it and the eighth far below.
 */
function clearOfKinks(network: Network): Tensors {
  const weights = initialWeights(network, 1);
  return new Map(
    [...weights].map(([name, { shape, data }]) => {
      const shifted = name.endsWith('/bias') ? data.map((_, channel) => (channel % 8 === 7 ? -6 : 6)) : data;
      return [name, { shape, data: shifted }];
    }),
  );
}

/** Length of the difference over the length of what is expected. */
function relativeDistance(actual: Float32Array, expected: Float32Array): number {
  let difference = 0;
  let length = 0;
  expected.forEach((value, i) => {
    difference += ((actual[i] as number) - value) ** 2;
    length += value ** 2;
  });
  return Math.sqrt(difference / length);
}

const NOTHING = { nodes: [], shapes: new Map(), roles: new Map() };

/** `rewrite` behind all that it needs. */
const withNeeds = (rewrite: Rewrite): readonly Rewrite[] => [...neededBy(rewrite), rewrite];
const neededBy = ({ needs }: Rewrite): readonly Rewrite[] => REWRITES.filter(({ name }) => needs.includes(name));
const namedRewrite = (wanted: string): Rewrite => REWRITES.find(({ name }) => name === wanted) as Rewrite;

describe('the table of rewrites', () => {
  test('names, and needs that come before', () => {
    expect(new Set(REWRITES.map(({ name }) => name)).size).toBe(REWRITES.length);
    for (const rewrite of REWRITES) expect(neededBy(rewrite), rewrite.name).toHaveLength(rewrite.needs.length);
    for (const target of [AVX512, AVX2, GPU, { ...AVX2, precision: 'mixed' } as const]) {
      expect(() => rewriteGraph(NOTHING, rewritesFor(target))).not.toThrow();
    }
  });

  test('a set without what one of it needs is refused, and so is one in another order', () => {
    const [masks, scale] = ['masks-as-bytes', 'dropout-scale-folding'].map(namedRewrite) as [Rewrite, Rewrite];
    const write = (rewrites: readonly Rewrite[]) => () => rewriteGraph(NOTHING, rewrites);
    expect(write([masks])).toThrow(/masks-as-bytes needs dropout-scale-folding before it; received none/);
    expect(write([masks, scale])).toThrow(RangeError);
    expect(write([scale, masks])).not.toThrow();
  });

  test('whoever leaves one out leaves out what needs it', () => {
    const left = leaveOut(REWRITES, 'dropout-scale-folding').map(({ name }) => name);
    expect(left).toHaveLength(REWRITES.length - 2);
    expect(left).not.toContain('masks-as-bytes');
    expect(leaveOut(REWRITES, 'masks-as-bytes')).toHaveLength(REWRITES.length - 1);
  });
});

test('a mask that no dropout wrote stays, and an upsampling whose convolution is not 3 x 3', () => {
  const written = (isDropout: boolean) => {
    const graph = new GraphBuilder();
    const [x, bits] = ['x', 'bits'].map((name) => placeholder(graph, name, [1, 4, 4, 2]));
    const mask = graph.add('Cast', 'mask', [bits as string], { SrcT: attribute.type('DT_BOOL'), DstT: FLOAT });
    graph.note(mask, [1, 4, 4, 2], isDropout ? { kind: 'dropout-mask', layer: 'dropout' } : undefined);
    graph.add('Mul', 'masked', [x as string, mask], { T: FLOAT });
    return changedNodes(graph.nodes, namedRewrite('masks-as-bytes').apply(graph).nodes);
  };
  expect(written(false)).toBe(0);
  expect(written(true)).toBeGreaterThan(0);

  const network = variant('unet');
  const nodesBy = (kernel: number, rewrites: readonly Rewrite[]) => {
    const upsampled = new Set(network.layers.flatMap(({ kind, name }) => (kind === 'upsample' ? [name] : [])));
    const layers = network.layers.map((layer) =>
      layer.kind === 'conv' && upsampled.has(layer.input) ? { ...layer, kernel } : layer,
    );
    return writeTrainingGraph({ ...network, layers }, { batchSize: 1, window: SIZE, seed: 1, rewrites }).nodes;
  };
  const changed = (kernel: number): number =>
    changedNodes(nodesBy(kernel, []), nodesBy(kernel, [namedRewrite('upsampled-convolution')]));
  expect(changed(5)).toBe(0);
  expect(changed(3)).toBeGreaterThan(0);
});

describe('each rewrite leaves a whole graph', () => {
  test.each(REWRITES.map((rewrite) => [rewrite.name, rewrite] as const))('%s', (_name, rewrite) => {
    const network = variant(EVERY_LAYER);
    const options = { batchSize: BATCH, window: SIZE, seed: 1, fetchGradients: true };
    const before = writeTrainingGraph(network, { ...options, rewrites: neededBy(rewrite) });
    const { nodes, signatures } = writeTrainingGraph(network, { ...options, rewrites: withNeeds(rewrite) });
    expect(changedNodes(before.nodes, nodes)).toBeGreaterThan(0);
    const names = new Set(nodes.map((node) => node.name));
    expect(names.size, 'every name once').toBe(nodes.length);
    const read = nodes.flatMap((node) => node.input.map((input) => nodeOf(input.replace('^', ''))));
    expect(
      read.filter((input) => !names.has(input)),
      'inputs that nothing makes',
    ).toEqual([]);
    const fetched = Object.values(signatures).flatMap((call) =>
      Object.values(call.outputs).map(({ tensor }) => nodeOf(tensor)),
    );
    expect(
      fetched.filter((tensor) => !names.has(tensor)),
      'fetches that nothing makes',
    ).toEqual([]);
  });

  test('and does what its name says', () => {
    const ops = (rewrites: readonly Rewrite[]): string[] => {
      const graph = writeTrainingGraph(variant('unet'), { batchSize: 1, window: SIZE, seed: 1, rewrites });
      return graph.nodes.map(({ op }) => op);
    };
    const by = (name: string): string[] => ops([namedRewrite(name)]);
    expect(ops([])).toContain('Conv2DBackpropInput');
    expect(by('input-gradient-as-convolution')).not.toContain('Conv2DBackpropInput');
    // The 1 x 1 head keeps its own kernel.
    expect(by('bias-gradient-as-product')).not.toContain('BiasAddGrad');
    expect(by('upsampled-convolution').filter((op) => op === 'Conv2DBackpropFilter')).toHaveLength(22);
    expect(by('filter-gradient-as-product').filter((op) => op === 'Conv2DBackpropFilter')).toHaveLength(1);
  });
});

test("the rewrites of a machine do not hide each other's work", () => {
  const products = (rewrites: readonly Rewrite[]): number => {
    const { nodes } = writeTrainingGraph(variant('dilated-unet'), { batchSize: 2, window: 128, seed: 1, rewrites });
    return nodes.filter(({ op }) => op === 'Conv2DBackpropFilter').length;
  };
  const alone = products([namedRewrite('filter-gradient-as-product')]);
  // A transposed convolution has a filter gradient of stride 2, which stays, and Winograd's algorithm six of one row or none.
  const ofTheirOwn = ['upsampled-convolution', 'winograd-along-y', 'winograd-as-products'];
  const others = EXACT.filter(({ name }) => !ofTheirOwn.includes(name));
  expect(products(others)).toBe(alone);
  expect(products(rewritesFor(AVX2))).toBeLessThan(products([]));
});

test('what is computed again for the backward pass waits for it', () => {
  const rewrites = rewritesFor(AVX512);
  const remade = (batchSize: number, window: number) =>
    writeTrainingGraph(variant('unet'), { batchSize, window, seed: 1, rewrites }).nodes.filter(({ name }) =>
      name.endsWith('/recomputed'),
    );
  const small = new Set(remade(1, SIZE).map(({ op }) => op));
  expect(small, 'of small activations only concatenations are').toEqual(new Set(['ConcatV2']));
  const again = remade(3, 512);
  expect(new Set(again.map(({ op }) => op)), 'all of it compiled').toEqual(new Set(['PartitionedCall']));
  const names = new Set(again.map(({ name }) => name));
  for (const { name, input } of again) {
    const waits = input.some((one) => one.startsWith('^') || names.has(nodeOf(one)));
    expect(waits, `${name} waits for the backward pass`).toBe(true);
  }
});

test.each(['winograd-along-y', 'winograd-as-products', 'filter-gradient-as-product'])(
  'nothing of a gradient is computed in the forward pass: %s',
  (name) => {
    const { nodes } = writeTrainingGraph(variant('unet'), {
      batchSize: 2,
      window: 64,
      seed: 1,
      rewrites: [namedRewrite(name)],
    });
    const backward = new Set(['train/labels']);
    for (const node of nodes) {
      if (node.input.some((input) => backward.has(nodeOf(input.replace('^', ''))))) backward.add(node.name);
    }
    // A reshaped tensor is the tensor itself.
    const works = nodes.filter(
      ({ op, name: of }) => of.includes('/kernel_gradient/') && op !== 'Const' && op !== 'Reshape',
    );
    expect(works.length).toBeGreaterThan(100);
    expect(works.filter((node) => !backward.has(node.name)).map((node) => node.name)).toEqual([]);
  },
);

describe.each(VARIANTS)('with dropout, %s: the same numbers as the plain graph', (name) => {
  const network = variant(name);
  const weights = clearOfKinks(network);
  let plain: OpenTraining;
  beforeAll(async () => {
    plain = await openTraining(network, { window: SIZE, batchSize: BATCH, weights });
  });
  afterAll(() => plain.close());

  const sets: readonly (readonly [string, readonly Rewrite[]])[] = [
    ...(name === EVERY_LAYER ? EXACT : []).map((rewrite) => [rewrite.name, withNeeds(rewrite)] as const),
    ['all', EXACT],
    ['on a CPU with AVX-512', rewritesFor(AVX512)],
    ['on a CPU without it', rewritesFor(AVX2)],
    ['on a GPU', rewritesFor(GPU)],
  ];
  test.each(sets)('%s', async (_label, rewrites) => {
    const nodesBy = (set: readonly Rewrite[]) =>
      writeTrainingGraph(network, { batchSize: BATCH, window: SIZE, seed: 1, rewrites: set }).nodes;
    // A set that changes nothing has the same numbers whatever it is; so has one whose last rewrite does.
    expect(changedNodes(nodesBy(rewrites.slice(0, -1)), nodesBy(rewrites)), 'nodes that differ').toBeGreaterThan(0);
    const rewritten = await openTraining(network, { window: SIZE, batchSize: BATCH, weights, rewrites });
    const expected = plain.step(batch('first'), 0, 0);
    const actual = rewritten.step(batch('first'), 0, 0);
    rewritten.close();
    // Sums of float32 in another order, through twenty norms.
    expect(Math.abs((actual['loss'] as Float32Array)[0]! / (expected['loss'] as Float32Array)[0]! - 1)).toBeLessThan(
      5e-6,
    );
    const distances = Object.keys(expected)
      .filter((key) => key.endsWith('/kernel') || key.endsWith('/gamma'))
      .map((key) => relativeDistance(actual[key] as Float32Array, expected[key] as Float32Array));
    expect(distances.length).toBeGreaterThan(30);
    expect(Math.max(...distances)).toBeLessThan(1e-4);
  });

  // Compiling all takes half a minute: of one network.
  const largest = sets.filter(([label]) => (label === 'all' && name === EVERY_LAYER) || label === 'on a GPU');
  test.each(largest)('%s, with labels of which some do not count', async (_label, rewrites) => {
    const { images, labels } = batch('first');
    const partly = { ...labels, data: labels.data.map((label, i) => (i % SIZE < 20 ? label : -1)) };
    const options = { window: SIZE, batchSize: BATCH, weights, isPartial: true };
    const [expected, actual] = await Promise.all(
      [[], rewrites].map(async (set) => {
        const graph = await openTraining(network, { ...options, rewrites: set });
        const fetched = graph.step({ images, labels: partly }, 0, 0);
        graph.close();
        return fetched;
      }),
    );
    const loss = (fetched: Record<string, Float32Array> | undefined) => fetched?.['loss']?.[0] as number;
    expect(Math.abs(loss(actual) / loss(expected) - 1)).toBeLessThan(5e-6);
    expect(loss(expected)).not.toBeCloseTo(loss(plain.step({ images, labels }, 0, 0)), 4);
    const distances = Object.keys(expected ?? {})
      .filter((key) => key.endsWith('/kernel') || key.endsWith('/gamma'))
      .map((key) => relativeDistance(actual?.[key] as Float32Array, expected?.[key] as Float32Array));
    expect(distances.length).toBeGreaterThan(30);
    expect(Math.max(...distances)).toBeLessThan(1e-4);
  });

  // Small rates: RMSprop's first steps follow the signs of gradients, those of rounding too, and two runs drift apart.
  test('50 steps on real images, within 1e-3 in loss', async () => {
    const window = 64;
    const batchSize = 2;
    const data = await loadDataset(smallRun({ data: { kind: 'phantom', sections: 4, size: window, seed: 1 }, window }));
    const sampler = createSampler({
      stacks: sampledStacks(data),
      window,
      batchSize,
      augmentation: { symmetries: true },
      seed: 1,
    });
    const rateOf = schedule({ policy: 'triangular', baseRate: 1e-6, maxRate: 2e-5, stepSize: 25, gamma: 1 });
    const rewrites = rewritesFor(AVX2);
    const graphs = await Promise.all(
      [[], rewrites].map((set) => openTraining(network, { window, batchSize, rewrites: set })),
    );
    const shape = [batchSize, window, window, 1];
    for (let step = 0; step < 50; step++) {
      const { images, labels } = sampler.batch(step);
      const given = { images: { shape, data: images }, labels: { shape, data: labels } };
      const [expected, actual] = graphs.map(
        (graph) => (graph.step(given, step, rateOf(step))['loss'] as Float32Array)[0] as number,
      );
      expect(Math.abs((actual as number) - (expected as number)), `loss of step ${step}`).toBeLessThan(1e-3);
    }
    for (const graph of graphs) graph.close();
  });
});
