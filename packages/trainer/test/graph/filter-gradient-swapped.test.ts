import { variant } from '@dilated-unet/core';
import { expect, test } from 'vitest';
import { rewritesFor } from '../../src/graph/rewrites/index.ts';
import { filterGradientSwapped } from '../../src/graph/rewrites/filter-gradient-swapped.ts';
import { writeTrainingGraph } from '../../src/graph/training-graph.ts';
import { AVX512 } from '../support/targets.ts';
import { expectSameFilterGradient, rewrittenFilterGradient, type FilterGradient } from '../support/filter-gradient.ts';

const opOf = (of: FilterGradient): string | undefined =>
  rewrittenFilterGradient(of, filterGradientSwapped).nodes.find(({ name }) => name === 'dk')?.op;

test.each<FilterGradient>([
  { x: [2, 12, 16, 9], kernel: [3, 3], filters: 2 },
  { x: [2, 12, 16, 2], kernel: [3, 3], filters: 5 },
  { x: [2, 12, 16, 4], kernel: [1, 1], filters: 3 },
  { x: [2, 12, 16, 3], kernel: [5, 3], filters: 4 },
  { x: [2, 12, 16, 6], kernel: [3, 3], filters: 2, dilation: 2 },
  { x: [2, 12, 16, 3], kernel: [3, 3], filters: 3, dilation: 4 },
])('the same gradient: x $x, kernel $kernel, $filters filters, dilation $dilation', async (of) => {
  expect(opOf(of)).toBe('Transpose');
  await expectSameFilterGradient(of, filterGradientSwapped);
});

test.each<[string, FilterGradient]>([
  ['a stride', { x: [2, 12, 16, 9], kernel: [3, 3], filters: 2, stride: 2 }],
  ['a kernel of even height', { x: [2, 12, 16, 9], kernel: [4, 3], filters: 2 }],
  ['a kernel of even width', { x: [2, 12, 16, 9], kernel: [3, 4], filters: 2 }],
  ['no padding', { x: [2, 12, 16, 9], kernel: [3, 3], filters: 2, padding: 'VALID' }],
])('left as it is: %s', (_why, of) => {
  expect(opOf(of)).toBe('Conv2DBackpropFilter');
});

test('a CPU with AVX-512 swaps 132 to 44 channels at 128 x 128 pixels, and not at 256 x 256', () => {
  const rewrites = rewritesFor(AVX512);
  const swapped = (window: number): readonly string[] =>
    writeTrainingGraph(variant('unet'), { batchSize: 2, window, seed: 1, rewrites }).nodes.flatMap(({ name }) =>
      name.endsWith('/of_dy') ? [name] : [],
    );
  expect(swapped(256)).toEqual(['decoder2/conv2/kernel_gradient/of_dy']);
  expect(swapped(512)).toEqual([]);
});
