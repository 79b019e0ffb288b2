import { expect, test } from 'vitest';
import { attribute, FLOAT, GraphBuilder, NHWC, placeholder, type Output } from '../../src/graph/builder.ts';
import { evenStrips, filterGradientOverStrips } from '../../src/graph/rewrites/filter-gradient-over-strips.ts';
import { randomTensor } from '../support/finite-differences.ts';
import { graphFunction, keepNodes } from '../support/graph.ts';

interface Case {
  readonly batch: number;
  readonly x: readonly [height: number, width: number];
  readonly kernel: number;
  readonly stride?: number;
  readonly dilation?: number;
  readonly strips: number;
}

const CHANNELS = 3;
const FILTERS = 5;

const shapesOf = ({ batch, x: [height, width], stride = 1 }: Case) => ({
  x: [batch, height, width, CHANNELS],
  dy: [batch, height / stride, width / stride, FILTERS],
});

function writeGradient(graph: GraphBuilder, x: Output, dy: Output, { kernel, stride = 1, dilation = 1 }: Case): Output {
  return graph.add('Conv2DBackpropFilter', 'dk', [x, graph.ints([kernel, kernel, CHANNELS, FILTERS]), dy], {
    T: FLOAT,
    strides: attribute.ints([1, stride, stride, 1]),
    dilations: attribute.ints([1, dilation, dilation, 1]),
    data_format: NHWC,
    padding: attribute.string('SAME'),
    explicit_paddings: attribute.ints([]),
  });
}

/** The gradient's graph after the rewrite. */
function rewritten(of: Case, stripsOf: (batch: number) => number) {
  const shapes = shapesOf(of);
  const plain = new GraphBuilder();
  const tensor = (name: 'x' | 'dy'): Output => plain.note(placeholder(plain, `given/${name}`, shapes[name]), shapes[name]);
  writeGradient(plain, tensor('x'), tensor('dy'), of);
  return filterGradientOverStrips(stripsOf).apply(plain);
}

test.each<Case>([
  { batch: 3, x: [32, 32], kernel: 3, strips: 2 },
  { batch: 1, x: [64, 16], kernel: 3, strips: 4 },
  { batch: 2, x: [96, 24], kernel: 3, strips: 3 },
  { batch: 3, x: [32, 48], kernel: 3, dilation: 2, strips: 2 },
  { batch: 1, x: [64, 64], kernel: 3, dilation: 16, strips: 4 },
  { batch: 3, x: [64, 64], kernel: 3, dilation: 32, strips: 2 },
  { batch: 3, x: [64, 32], kernel: 4, stride: 2, strips: 2 },
  { batch: 1, x: [128, 32], kernel: 4, stride: 2, strips: 4 },
])('the same gradient: $batch images of $x, kernel $kernel, stride $stride, dilation $dilation, $strips strips', async (of) => {
  const shapes = shapesOf(of);
  const inputs = { x: randomTensor(shapes.x, 'x'), dy: randomTensor(shapes.dy, 'dy') };
  const plain = await graphFunction(shapes, (graph, given) => ({ dk: writeGradient(graph, given('x'), given('dy'), of) }));
  const strips = await graphFunction(shapes, (graph) => {
    const kept = keepNodes(graph, rewritten(of, () => of.strips).nodes);
    return { dk: kept('dk') };
  });
  const expected = plain.run(inputs)['dk'] as Float32Array;
  const actual = strips.run(inputs)['dk'] as Float32Array;
  plain.close();
  strips.close();
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  expect(actual).toHaveLength(of.kernel ** 2 * CHANNELS * FILTERS);
  expected.forEach((value, i) => expect(Math.abs((actual[i] as number) - value) / largest).toBeLessThan(1e-5));
});

test.each<[string, Case]>([
  ['the images are as many for every thread', { batch: 2, x: [64, 64], kernel: 3, strips: evenStrips(2, 2) }],
  ['rows do not divide', { batch: 3, x: [33, 64], kernel: 3, strips: 2 }],
  ['strips would be low', { batch: 3, x: [16, 64], kernel: 3, strips: 2 }],
  ['strips would be lower than the dilation', { batch: 3, x: [32, 64], kernel: 3, dilation: 32, strips: 2 }],
  ['the kernel reaches over no border', { batch: 3, x: [64, 64], kernel: 1, strips: 2 }],
])('nothing changes where %s', (_why, of) => {
  expect(rewritten(of, () => of.strips).nodes.map(({ op }) => op)).toEqual(['Placeholder', 'Placeholder', 'Const', 'Conv2DBackpropFilter']);
});

test('strips that threads can share evenly', () => {
  const cases = [[3, 2], [1, 2], [2, 2], [4, 2], [3, 4], [2, 4], [3, 16], [16, 6]] as const;
  expect(cases.map(([batch, threads]) => evenStrips(batch, threads))).toEqual([2, 2, 1, 1, 4, 2, 16, 3]);
});
