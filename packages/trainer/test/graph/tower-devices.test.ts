import { networkParameters, variant } from '@dilated-unet/core';
import { describe, expect, test } from 'vitest';
import { GraphBuilder, nodeOf, type NodeDef } from '../../src/graph/builder.ts';
import { rewritesFor, type Rewrite } from '../../src/graph/rewrites/index.ts';
import { writeTrainingGraph } from '../../src/graph/training-graph.ts';
import { AVX2, EXACT, GPU } from '../support/targets.ts';

const BATCH = 4;
const SIZE = 32;

describe('the graph of towers', () => {
  const devices = ['/device:GPU:0', '/device:GPU:1', '/device:GPU:2', '/device:GPU:3'];
  const options = { batchSize: BATCH, window: SIZE, seed: 1 };
  const towerOf = (name: string): number => Number(/^tower(\d+)\//.exec(name)?.[1] ?? 0);

  const sets: Readonly<Record<string, readonly Rewrite[]>> = {
    plain: [],
    'for GPUs': rewritesFor(GPU),
    'for GPUs, mixed precision': rewritesFor({ ...GPU, precision: 'mixed' }),
    'for a CPU': rewritesFor(AVX2),
    'all rewrites': EXACT,
  };
  test.each(Object.entries(sets))('%s: each node is on the device of its tower', (_name, rewrites) => {
    const { nodes } = writeTrainingGraph(variant('unet'), { ...options, devices, rewrites });
    const names = new Set(nodes.map(({ name }) => name));
    expect(names.size).toBe(nodes.length);
    const astray = nodes.filter(({ name, op, device }) => {
      if (op === 'Split' && name.startsWith('train/')) return device !== '/device:CPU:0';
      const tower = towerOf(name);
      // A constant that rewrites share is not named after a tower.
      return name.startsWith('constant/') || name.startsWith('winograd/') ? false : device !== devices[tower - 1];
    });
    expect(astray.map(({ name, device }) => `${name} on ${device}`)).toEqual([]);
    const towers = devices.map((_, k) => nodes.filter(({ name }) => towerOf(name) === k + 1));
    const [ofFirst, ...ofOthers] = towers.map((tower) => tower.map(({ name }) => name.replace(/^tower\d+\//, '')));
    // Draws that begin later have three operations more; all else is the same.
    const own = (name: string): boolean => !/\/(generator|counter|first_block|blocks|integers)/.test(name);
    expect(ofFirst?.length).toBeGreaterThan(500);
    for (const others of ofOthers) {
      expect(
        others
          .filter(own)
          .filter((name) => !/(^|\/)constant\//.test(name))
          .sort(),
      ).toEqual(
        ofFirst
          ?.filter(own)
          .filter((name) => !/(^|\/)constant\//.test(name))
          .sort(),
      );
    }
  });

  test('towers read the batch, the weights, the key and the sums of the loss, and nothing of each other', () => {
    const { nodes } = writeTrainingGraph(variant('unet'), { ...options, devices, rewrites: rewritesFor(GPU) });
    const deviceOf = new Map(nodes.map(({ name, device }) => [name, device]));
    const reads = nodes
      .filter(({ name }) => towerOf(name) > 0)
      .flatMap(({ device, input }) => input.map((one) => ({ device, input: nodeOf(one.replace('^', '')) })))
      .filter(({ device, input }) => deviceOf.get(input) !== device)
      .map(({ input }) => input);
    const known = (name: string): boolean =>
      /^train\/(images_by_tower|labels_by_tower|key|loss\/(dice|denominator|pixel_count_2))$/.test(name) ||
      name.endsWith('/value');
    expect([...new Set(reads)].filter((name) => !known(name))).toEqual([]);
  });

  test('gradients are summed from the first tower to the last, and weights change once', () => {
    const { nodes } = writeTrainingGraph(variant('unet'), { ...options, devices });
    const byName = new Map(nodes.map((node) => [node.name, node]));
    const of = (name: string): NodeDef => byName.get(name) as NodeDef;
    const steps = nodes.filter(({ op }) => op === 'ResourceApplyRMSProp');
    const trainable = networkParameters(variant('unet')).filter((parameter) => parameter.trainable);
    expect(steps).toHaveLength(trainable.length);
    for (const step of steps) {
      const last = of(nodeOf(step.input[7] as string));
      const second = of(last.input[0] as string);
      const sum = of(second.input[0] as string);
      expect([last.op, second.op, sum.op]).toEqual(['AddV2', 'AddV2', 'AddV2']);
      const terms = [...sum.input, second.input[1], last.input[1]] as string[];
      expect(terms.map(towerOf)).toEqual([1, 2, 3, 4]);
      expect(new Set(terms.map((term) => term.replace(/^tower\d+\//, ''))).size).toBe(1);
    }
  });

  test('of one device is the same, said or not, and has nothing of this', () => {
    const one = writeTrainingGraph(variant('unet'), options);
    expect(writeTrainingGraph(variant('unet'), { ...options, devices: [] })).toEqual(one);
    const ofTowers = ({ name, op, device }: NodeDef): boolean =>
      device !== undefined || towerOf(name) > 0 || ['Split', 'StatelessRandomGetKeyCounter'].includes(op);
    expect(one.nodes.filter(ofTowers)).toEqual([]);
  });

  test('a batch that has no equal parts is refused', () => {
    const write = () => writeTrainingGraph(variant('unet'), { ...options, batchSize: 3, devices: devices.slice(0, 2) });
    expect(write).toThrow('A batch of 3 windows has no 2 equal parts.');
  });
});

test('a node is placed in its scope, and a constant of each scope is its own', () => {
  const graph = new GraphBuilder();
  const outside = graph.scalar(1);
  const inside = graph.within({ device: '/device:GPU:1', prefix: 'tower2/' }, () => {
    graph.note(graph.scalar(2), [], { kind: 'upsampled', layer: 'up' });
    expect(graph.scalar(1)).toBe(graph.scalar(1));
    return graph.scalar(1);
  });
  expect([outside, inside, graph.scalar(1)]).toEqual(['constant/1', 'tower2/constant/1', 'constant/1']);
  expect(graph.nodes.map(({ device }) => device)).toEqual([undefined, '/device:GPU:1', '/device:GPU:1']);
  expect(graph.roles.get('tower2/constant/2')).toEqual({ kind: 'upsampled', layer: 'tower2/up' });
});
