import { expect, test } from 'vitest';
import { evenStrips, filterGradientOverStrips } from '../../src/graph/rewrites/filter-gradient-over-strips.ts';
import { expectSameFilterGradient, rewrittenFilterGradient, type FilterGradient } from '../support/filter-gradient.ts';

interface Case {
  readonly batch: number;
  readonly x: readonly [height: number, width: number];
  readonly kernel: number;
  readonly stride?: number;
  readonly dilation?: number;
  readonly strips: number;
}

const gradientOf = ({ batch, x, kernel, stride = 1, dilation = 1 }: Case): FilterGradient => ({
  x: [batch, ...x, 3],
  kernel: [kernel, kernel],
  filters: 5,
  stride,
  dilation,
});

test.each<Case>([
  { batch: 3, x: [32, 32], kernel: 3, strips: 2 },
  { batch: 1, x: [64, 16], kernel: 3, strips: 4 },
  { batch: 2, x: [96, 24], kernel: 3, strips: 3 },
  { batch: 3, x: [32, 48], kernel: 3, dilation: 2, strips: 2 },
  { batch: 1, x: [64, 64], kernel: 3, dilation: 16, strips: 4 },
  { batch: 3, x: [64, 64], kernel: 3, dilation: 32, strips: 2 },
  { batch: 3, x: [64, 32], kernel: 4, stride: 2, strips: 2 },
  { batch: 1, x: [128, 32], kernel: 4, stride: 2, strips: 4 },
])(
  'the same gradient: $batch images of $x, kernel $kernel, stride $stride, dilation $dilation, $strips strips',
  async (of) => {
    await expectSameFilterGradient(
      gradientOf(of),
      filterGradientOverStrips(() => of.strips),
    );
  },
);

test.each<[string, Case]>([
  ['the images are as many for every thread', { batch: 2, x: [64, 64], kernel: 3, strips: evenStrips(2, 2) }],
  ['rows do not divide', { batch: 3, x: [33, 64], kernel: 3, strips: 2 }],
  ['strips would be low', { batch: 3, x: [16, 64], kernel: 3, strips: 2 }],
  ['strips would be lower than the dilation', { batch: 3, x: [32, 64], kernel: 3, dilation: 32, strips: 2 }],
  ['the kernel reaches over no border', { batch: 3, x: [64, 64], kernel: 1, strips: 2 }],
])('nothing changes where %s', (_why, of) => {
  const { nodes } = rewrittenFilterGradient(
    gradientOf(of),
    filterGradientOverStrips(() => of.strips),
  );
  expect(nodes.map(({ op }) => op)).toEqual(['Placeholder', 'Placeholder', 'Const', 'Conv2DBackpropFilter']);
});

test('strips that threads can share evenly', () => {
  const cases = [
    [3, 2],
    [1, 2],
    [2, 2],
    [4, 2],
    [3, 4],
    [2, 4],
    [3, 16],
    [16, 6],
  ] as const;
  expect(cases.map(([batch, threads]) => evenStrips(batch, threads))).toEqual([2, 2, 1, 1, 4, 2, 16, 3]);
});
