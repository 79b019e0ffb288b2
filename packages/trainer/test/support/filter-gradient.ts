import { expect } from 'vitest';
import { attribute, FLOAT, GraphBuilder, NHWC, placeholder, type Output } from '../../src/graph/builder.ts';
import type { Graph, Rewrite } from '../../src/graph/rewrites/index.ts';
import { randomTensor } from './finite-differences.ts';
import { graphFunction, keepNodes } from './graph.ts';

/** A convolution's gradient by its kernel. */
export interface FilterGradient {
  /** n, y, x, c. */
  readonly x: readonly [number, number, number, number];
  readonly kernel: readonly [height: number, width: number];
  readonly filters: number;
  /** @default 1 */
  readonly stride?: number;
  /** @default 1 */
  readonly dilation?: number;
  /** @default SAME */
  readonly padding?: 'SAME' | 'VALID';
}

function shapesOf({ x, kernel, filters, stride = 1, dilation = 1, padding = 'SAME' }: FilterGradient) {
  const side = (axis: 0 | 1): number =>
    ((x[axis + 1] as number) - (padding === 'VALID' ? dilation * (kernel[axis] - 1) : 0)) / stride;
  return { x, dy: [x[0], side(0), side(1), filters] };
}

function writeGradient(graph: GraphBuilder, given: (name: 'x' | 'dy') => Output, of: FilterGradient): Output {
  const { x, kernel, filters, stride = 1, dilation = 1, padding = 'SAME' } = of;
  const [image, gradient] = [given('x'), given('dy')];
  return graph.add('Conv2DBackpropFilter', 'dk', [image, graph.ints([...kernel, x[3], filters]), gradient], {
    T: FLOAT,
    strides: attribute.ints([1, stride, stride, 1]),
    dilations: attribute.ints([1, dilation, dilation, 1]),
    data_format: NHWC,
    padding: attribute.string(padding),
    explicit_paddings: attribute.ints([]),
  });
}

/** The graph of the gradient alone, `dk`, after `rewrite`. */
export function rewrittenFilterGradient(of: FilterGradient, rewrite: Rewrite): Graph {
  const shapes = shapesOf(of);
  const plain = new GraphBuilder();
  const tensor = (name: 'x' | 'dy'): Output =>
    plain.note(placeholder(plain, `given/${name}`, shapes[name]), shapes[name]);
  writeGradient(plain, tensor, of);
  return rewrite.apply(plain);
}

/** Expects of the rewritten gradient what TensorFlow's own gives, within 1e-5 of its largest value. */
export async function expectSameFilterGradient(of: FilterGradient, rewrite: Rewrite): Promise<void> {
  const shapes = shapesOf(of);
  const inputs = { x: randomTensor(shapes.x, 'x'), dy: randomTensor(shapes.dy, 'dy') };
  const plain = await graphFunction(shapes, (graph, given) => ({ dk: writeGradient(graph, given, of) }));
  const rewritten = await graphFunction(shapes, (graph) => ({
    dk: keepNodes(graph, rewrittenFilterGradient(of, rewrite).nodes)('dk'),
  }));
  const expected = plain.run(inputs)['dk'] as Float32Array;
  const actual = rewritten.run(inputs)['dk'] as Float32Array;
  plain.close();
  rewritten.close();
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  expect(actual).toHaveLength(of.kernel[0] * of.kernel[1] * of.x[3] * of.filters);
  expected.forEach((value, i) => expect(Math.abs((actual[i] as number) - value) / largest).toBeLessThan(1e-5));
}
