import { expect, test } from 'vitest';
import { leftOut } from '../../src/bench/left-out.ts';
import { attribute, FLOAT, type NodeDef } from '../../src/graph/builder.ts';
import { changedNodes } from '../../src/graph/rewrites/changed-nodes.ts';
import { AVX512 } from '../support/targets.ts';

test('what is left out, what must go with it, and how many nodes that changes', () => {
  const found = leftOut({ variant: 'unet', size: 64, batch: 1, warmUp: 0, steps: 1 }, AVX512);
  const nodes = new Map(found.map((one) => [one.without.join(' '), one.nodes]));
  expect(nodes.get('dropout-scale-folding masks-as-bytes')).toBeGreaterThan(nodes.get('masks-as-bytes') as number);
  expect(nodes.get('bias-gradient-as-product')).toBeGreaterThan(100);
  // No mask has so many values, no convolution with many channels so many pixels.
  expect([nodes.get('random-bits-compiled'), nodes.get('winograd-along-y')]).toEqual([0, 0]);
  const all = found.at(-1);
  expect(all?.without).toHaveLength(found.length - 1);
  expect(all?.nodes).toBe(Math.max(...nodes.values()));
});

test('nodes that only one graph has count, and those that differ, but not by the names of functions', () => {
  const node = (name: string, op: string, calls: string): NodeDef => {
    const called = { name: calls, inputs: [], nodes: [], outputs: [] };
    return { name, op, input: [], attr: { T: FLOAT, f: attribute.function(called) } };
  };
  const [a, b] = [node('a', 'Mul', 'f'), node('b', 'Mul', 'f')];
  expect(changedNodes([a, b], [a, b])).toBe(0);
  expect(changedNodes([a, b], [node('a', 'Mul', 'g'), b])).toBe(0);
  expect(changedNodes([a, b], [node('a', 'AddV2', 'f'), b])).toBe(1);
  expect(changedNodes([a, b], [a])).toBe(1);
  expect(changedNodes([a], [b])).toBe(2);
});
