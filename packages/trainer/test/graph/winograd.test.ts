import { variant } from '@dilated-unet/core';
import { describe, expect, test } from 'vitest';
import {
  attribute,
  FLOAT,
  GraphBuilder,
  NHWC,
  placeholder,
  type NodeDef,
  type Output,
} from '../../src/graph/builder.ts';
import { rewritesFor, type Rewrite, type Target } from '../../src/graph/rewrites/index.ts';
import { winogradAlongY } from '../../src/graph/rewrites/winograd-along-y.ts';
import { winogradAsProducts } from '../../src/graph/rewrites/winograd-as-products.ts';
import { writeTrainingGraph } from '../../src/graph/training-graph.ts';
import { AVX2, AVX512 } from '../support/targets.ts';
import { randomTensor } from '../support/finite-differences.ts';
import { graphFunction, keepNodes } from '../support/graph.ts';

interface Case {
  readonly images: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly filters: number;
  readonly kernel?: number;
  readonly dilation?: number;
}

type Shapes = Readonly<Record<'x' | 'k' | 'dy', readonly number[]>>;

const shapesOf = ({ images, height, width, channels, filters, kernel = 3 }: Case): Shapes => ({
  x: [images, height, width, channels],
  k: [kernel, kernel, channels, filters],
  dy: [images, height, width, filters],
});

/** A convolution and both of its gradients, as layers/conv.ts writes them. */
function write(graph: GraphBuilder, given: (name: keyof Shapes) => Output, of: Case): void {
  const { kernel = 3, dilation = 1 } = of;
  const shapes = shapesOf(of);
  const pad = (dilation * (kernel - 1)) / 2;
  const attributes = {
    T: FLOAT,
    strides: attribute.ints([1, 1, 1, 1]),
    dilations: attribute.ints([1, dilation, dilation, 1]),
    data_format: NHWC,
    padding: attribute.string('SAME'),
    explicit_paddings: attribute.ints([]),
  };
  graph.add('Conv2D', 'y', [given('x'), given('k')], {
    ...attributes,
    padding: attribute.string('EXPLICIT'),
    explicit_paddings: attribute.ints([0, 0, pad, pad, pad, pad, 0, 0]),
  });
  graph.add('Conv2DBackpropInput', 'dx', [graph.ints(shapes.x), given('k'), given('dy')], attributes);
  graph.add('Conv2DBackpropFilter', 'dk', [given('x'), graph.ints(shapes.k), given('dy')], attributes);
}

function rewritten(of: Case, rewrite: Rewrite, target?: Target) {
  const shapes = shapesOf(of);
  const plain = new GraphBuilder();
  const tensors = new Map(
    (['x', 'k', 'dy'] as const).map((name) => [
      name,
      plain.note(placeholder(plain, `given/${name}`, shapes[name]), shapes[name]),
    ]),
  );
  write(plain, (name) => tensors.get(name) as Output, of);
  return rewrite.apply(plain, target);
}

/** Runs the convolution and its gradients as they are and rewritten. */
async function expectTheSame(of: Case, rewrite: Rewrite): Promise<void> {
  const shapes = shapesOf(of);
  const inputs = Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, randomTensor(shape, name)]));
  const outputs = { y: 'y', dx: 'dx', dk: 'dk' };
  const plain = await graphFunction(shapes, (graph, given) => {
    write(graph, given, of);
    return outputs;
  });
  const expected = plain.run(inputs);
  plain.close();
  const written = await graphFunction(shapes, (graph) => {
    const kept = keepNodes(graph, rewritten(of, rewrite).nodes);
    return { y: kept('y'), dx: kept('dx'), dk: kept('dk') };
  });
  const actual = written.run(inputs);
  written.close();
  for (const name of Object.keys(outputs)) {
    const right = expected[name] as Float32Array;
    const found = actual[name] as Float32Array;
    expect(found, `size of ${name}`).toHaveLength(right.length);
    let largest = 0;
    let furthest = 0;
    right.forEach((value, i) => {
      largest = Math.max(largest, Math.abs(value));
      furthest = Math.max(furthest, Math.abs((found[i] as number) - value));
    });
    expect(largest, `largest of ${name}`).toBeGreaterThan(0);
    expect(furthest / largest, `furthest of ${name}`).toBeLessThan(2e-5);
  }
}

const convolutionsOf = (of: Case, rewrite: Rewrite, target?: Target): string[] =>
  rewritten(of, rewrite, target)
    .nodes.filter(({ op }) => op.startsWith('Conv2D'))
    .map(({ name }) => name);

const ALL = ['y', 'dx', 'dk'];

const trainingNodes = (rewrites: readonly Rewrite[], batchSize = 2, window = 256): readonly NodeDef[] =>
  writeTrainingGraph(variant('unet'), { batchSize, window, seed: 1, rewrites }).nodes;

/** The convolutions and gradients that Winograd's algorithm has taken, by the transforms of their first strips. */
const transformed = (nodes: readonly NodeDef[]): string[] =>
  nodes.flatMap(({ name }) => (name.endsWith('/strip1/v') ? [name.slice(0, -'/strip1/v'.length)] : []));

describe('along y', () => {
  test.each<Case>([
    { images: 2, height: 8, width: 8, channels: 176, filters: 176 },
    // Several images in a strip, the last strip lower.
    { images: 3, height: 28, width: 16, channels: 128, filters: 128 },
    // Several strips an image, borders of images within and between strips.
    { images: 2, height: 72, width: 64, channels: 96, filters: 176 },
    { images: 1, height: 36, width: 512, channels: 264, filters: 88 },
  ])('the same numbers: $images x $height x $width, $channels to $filters channels', async (of) => {
    await expectTheSame(of, winogradAlongY);
  });

  test('a CPU with AVX-512 takes convolutions with many channels this way, and their gradients', () => {
    const rewrites = rewritesFor(AVX512);
    const taken = (batchSize: number, window: number): Set<string> =>
      new Set(transformed(trainingNodes(rewrites, batchSize, window)).filter((name) => name.startsWith('encoder')));
    const all = (convs: readonly string[]): Set<string> =>
      new Set(convs.flatMap((name) => [`${name}/conv`, `${name}/input_gradient`, `${name}/kernel_gradient`]));
    expect(taken(2, 256)).toEqual(all(['encoder2/conv2', 'encoder3/conv1', 'encoder3/conv2']));
    // Pixels are few from the third level on, at the second there are enough.
    expect(taken(1, 128)).toEqual(all(['encoder2/conv2']));
  });
});

describe('as products', () => {
  test.each<Case>([
    { images: 2, height: 8, width: 8, channels: 5, filters: 7 },
    { images: 2, height: 8, width: 12, channels: 7, filters: 5 },
    { images: 1, height: 4, width: 4, channels: 1, filters: 3 },
    // Several images in a strip, the last strip lower.
    { images: 3, height: 28, width: 16, channels: 12, filters: 44 },
    // Several strips an image, borders of images within and between strips.
    { images: 2, height: 72, width: 64, channels: 44, filters: 12 },
    { images: 1, height: 36, width: 512, channels: 8, filters: 8 },
  ])('the same numbers: $images x $height x $width, $channels to $filters channels', async (of) => {
    expect(convolutionsOf(of, winogradAsProducts)).toEqual([]);
    await expectTheSame(of, winogradAsProducts);
  });

  const small = { images: 2, height: 8, width: 8, channels: 5, filters: 7 };

  test.each<[string, Case]>([
    ['rows are no multiple of a tile', { ...small, height: 10 }],
    ['the kernel is 1 x 1', { ...small, kernel: 1 }],
    ['the kernel is dilated', { ...small, dilation: 2 }],
  ])('nothing changes where %s', (_why, of) => {
    expect(convolutionsOf(of, winogradAsProducts)).toEqual(ALL);
  });

  test('on a target only what is faster there changes', () => {
    const left = (of: Partial<Case>): string[] => convolutionsOf({ ...small, ...of }, winogradAsProducts, AVX2);
    expect(left({ height: 28, width: 32 }), 'few pixels').toEqual(ALL);
    expect(left({ height: 32, width: 32 }), 'few channels').toEqual(['y', 'dx']);
    expect(left({ height: 32, width: 32, channels: 88, filters: 176 })).toEqual([]);
  });

  test('a CPU without AVX-512 takes all gradients by 3 x 3 kernels this way, and convolutions from 88 to 176 channels on', () => {
    const rewrites = rewritesFor(AVX2);
    const nodes = trainingNodes(rewrites);
    const encoder = transformed(nodes).filter((name) => name.startsWith('encoder'));
    expect(new Set(encoder)).toEqual(
      new Set([
        ...[
          'encoder1/conv1',
          'encoder1/conv2',
          'encoder2/conv1',
          'encoder2/conv2',
          'encoder3/conv1',
          'encoder3/conv2',
        ].map((name) => `${name}/kernel_gradient`),
        ...['encoder3/conv1', 'encoder3/conv2'].flatMap((name) => [`${name}/conv`, `${name}/input_gradient`]),
      ]),
    );
    // Those of stride 2 and 1 x 1 are left.
    const left = nodes.filter(({ op }) => op === 'Conv2DBackpropFilter').map(({ name }) => name);
    expect(left).toHaveLength(4);
  });
});
