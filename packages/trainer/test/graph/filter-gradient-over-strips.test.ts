import { expect, test } from 'vitest';
import { filterGradientOverStrips } from '../../src/graph/rewrites/filter-gradient-over-strips.ts';
import type { Rewrite } from '../../src/graph/rewrites/index.ts';
import { expectSameFilterGradient, rewrittenFilterGradient, type FilterGradient } from '../support/filter-gradient.ts';
import { AVX512 } from '../support/targets.ts';

interface Case {
  readonly batch: number;
  readonly x: readonly [height: number, width: number];
  readonly kernel: number;
  readonly stride?: number;
  readonly dilation?: number;
  readonly threads: number;
}

const gradientOf = ({ batch, x, kernel, stride = 1, dilation = 1 }: Case): FilterGradient => ({
  x: [batch, ...x, 3],
  kernel: [kernel, kernel],
  filters: 5,
  stride,
  dilation,
});

const forThreads = (threads: number): Rewrite => ({
  ...filterGradientOverStrips,
  apply: (graph) => filterGradientOverStrips.apply(graph, { ...AVX512, threads }),
});

test.each<Case>([
  { batch: 3, x: [32, 32], kernel: 3, threads: 2 },
  { batch: 1, x: [64, 16], kernel: 3, threads: 4 },
  { batch: 2, x: [96, 24], kernel: 3, threads: 3 },
  { batch: 3, x: [32, 48], kernel: 3, dilation: 2, threads: 2 },
  { batch: 1, x: [64, 64], kernel: 3, dilation: 16, threads: 4 },
  { batch: 3, x: [64, 64], kernel: 3, dilation: 32, threads: 2 },
  { batch: 3, x: [64, 32], kernel: 4, stride: 2, threads: 2 },
  { batch: 1, x: [128, 32], kernel: 4, stride: 2, threads: 4 },
])(
  'the same gradient: $batch images of $x, kernel $kernel, stride $stride, dilation $dilation, $threads threads',
  async (of) => {
    await expectSameFilterGradient(gradientOf(of), forThreads(of.threads));
  },
);

test.each<[string, Case]>([
  ['the images are as many for every thread', { batch: 2, x: [64, 64], kernel: 3, threads: 2 }],
  ['rows do not divide', { batch: 3, x: [33, 64], kernel: 3, threads: 2 }],
  ['strips would be low', { batch: 3, x: [16, 64], kernel: 3, threads: 2 }],
  ['strips would be lower than the dilation', { batch: 3, x: [32, 64], kernel: 3, dilation: 32, threads: 2 }],
  ['the kernel reaches over no border', { batch: 3, x: [64, 64], kernel: 1, threads: 2 }],
])('nothing changes where %s', (_why, of) => {
  const { nodes } = rewrittenFilterGradient(gradientOf(of), forThreads(of.threads));
  expect(nodes.map(({ op }) => op)).toEqual(['Placeholder', 'Placeholder', 'Const', 'Conv2DBackpropFilter']);
});

test.each([
  { batch: 3, threads: 2, strips: 2 },
  { batch: 1, threads: 2, strips: 2 },
  { batch: 3, threads: 4, strips: 4 },
  { batch: 2, threads: 4, strips: 2 },
  { batch: 16, threads: 6, strips: 3 },
])('$threads threads share $batch images in $strips strips each', ({ batch, threads, strips }) => {
  const { nodes } = rewrittenFilterGradient(
    gradientOf({ batch, x: [96, 16], kernel: 3, threads }),
    forThreads(threads),
  );
  const node = (name = '') => nodes.find((one) => one.name === name);
  const sides = node(node('dk/x_strips')?.input[1])?.attr['value'] as { tensor: { tensorContent: Uint8Array } };
  const content = Uint8Array.from(sides.tensor.tensorContent);
  expect([...new Int32Array(content.buffer)]).toEqual([batch * strips, 96 / strips, 16, 3]);
});
