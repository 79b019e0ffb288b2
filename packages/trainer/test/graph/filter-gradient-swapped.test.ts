import { expect, test } from 'vitest';
import { attribute, FLOAT, GraphBuilder, NHWC, placeholder, type Output } from '../../src/graph/builder.ts';
import { filterGradientSwapped } from '../../src/graph/rewrites/filter-gradient-swapped.ts';
import { randomTensor } from '../support/finite-differences.ts';
import { graphFunction, keepNodes } from '../support/graph.ts';

interface Case {
  readonly kernel: readonly [height: number, width: number];
  readonly channels: number;
  readonly filters: number;
  readonly dilation?: number;
  readonly stride?: number;
}

const SIDES = { batch: 2, height: 12, width: 16 };

const shapesOf = ({ channels, filters, stride = 1 }: Case) => ({
  x: [SIDES.batch, SIDES.height, SIDES.width, channels],
  dy: [SIDES.batch, SIDES.height / stride, SIDES.width / stride, filters],
});

function writeGradient(graph: GraphBuilder, x: Output, dy: Output, of: Case): Output {
  const { kernel, channels, filters, dilation = 1, stride = 1 } = of;
  return graph.add('Conv2DBackpropFilter', 'dk', [x, graph.ints([...kernel, channels, filters]), dy], {
    T: FLOAT,
    strides: attribute.ints([1, stride, stride, 1]),
    dilations: attribute.ints([1, dilation, dilation, 1]),
    data_format: NHWC,
    padding: attribute.string('SAME'),
    explicit_paddings: attribute.ints([]),
  });
}

function rewritten(of: Case) {
  const shapes = shapesOf(of);
  const plain = new GraphBuilder();
  const tensor = (name: 'x' | 'dy'): Output => plain.note(placeholder(plain, `given/${name}`, shapes[name]), shapes[name]);
  writeGradient(plain, tensor('x'), tensor('dy'), of);
  return filterGradientSwapped().apply(plain);
}

test.each<Case>([
  { kernel: [3, 3], channels: 9, filters: 2 },
  { kernel: [3, 3], channels: 2, filters: 5 },
  { kernel: [1, 1], channels: 4, filters: 3 },
  { kernel: [5, 3], channels: 3, filters: 4 },
  { kernel: [3, 3], channels: 6, filters: 2, dilation: 2 },
  { kernel: [3, 3], channels: 3, filters: 3, dilation: 4 },
])('the same gradient: kernel $kernel, $channels channels, $filters filters, dilation $dilation', async (of) => {
  const shapes = shapesOf(of);
  const inputs = { x: randomTensor(shapes.x, 'x'), dy: randomTensor(shapes.dy, 'dy') };
  const plain = await graphFunction(shapes, (graph, given) => ({ dk: writeGradient(graph, given('x'), given('dy'), of) }));
  const swapped = await graphFunction(shapes, (graph) => {
    const { nodes } = rewritten(of);
    expect(nodes.find(({ name }) => name === 'dk')?.op).toBe('Transpose');
    return { dk: keepNodes(graph, nodes)('dk') };
  });
  const expected = plain.run(inputs)['dk'] as Float32Array;
  const actual = swapped.run(inputs)['dk'] as Float32Array;
  plain.close();
  swapped.close();
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  expect(actual).toHaveLength(of.kernel[0] * of.kernel[1] * of.channels * of.filters);
  expected.forEach((value, i) => expect(Math.abs((actual[i] as number) - value) / largest).toBeLessThan(1e-5));
});

test.each<[string, Case]>([
  ['a stride', { kernel: [3, 3], channels: 9, filters: 2, stride: 2 }],
  ['an even kernel', { kernel: [4, 4], channels: 9, filters: 2 }],
])('left as it is: %s', (_why, of) => {
  expect(rewritten(of).nodes.find(({ name }) => name === 'dk')?.op).toBe('Conv2DBackpropFilter');
});
