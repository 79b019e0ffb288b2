import { InvalidModelError } from '@dilated-unet/core';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { fromModel, toModel, type GraphProto, type NodeProto } from '../../src/convert/onnx-schema.ts';
import { tensorRanges } from '../../src/quantise/activations.ts';
import { calibratedTensors, quantiseOnnx } from '../../src/quantise/quantise-onnx.ts';
import { constantTensor } from '../../src/quantise/scales.ts';

const SIDE = 16;
const card = {
  format: 2 as const,
  name: 'small',
  input: 'image',
  output: 'interior',
  stride: 2,
  receptiveFieldRadius: 6,
  largestActivationBytes: 16,
  normalisation: { mean: 0, std: 1 },
};

const values = (count: number, frequency: number) =>
  Array.from({ length: count }, (_, i) => Math.sin(1 + i * frequency) / 2);
const node = (opType: string, name: string, input: string[], attribute: NodeProto['attribute'] = []): NodeProto => ({
  opType,
  name,
  input,
  output: [name],
  attribute,
});
const ints = (name: string, list: number[]) => ({ name, type: 7, ints: list, graphs: [] });
const text = (name: string, value: string) => ({
  name,
  type: 3,
  s: new TextEncoder().encode(value),
  ints: [],
  graphs: [],
});

/** Image n, y, x, 1; convolution, pooling, convolution, upsampling, join, convolution and sigmoid. */
function model(): Uint8Array {
  const conv = (name: string, input: string, from: number, to: number, kernel: number) => {
    const pad = (kernel - 1) / 2;
    const pads = [ints('pads', [pad, pad, pad, pad]), ints('kernel_shape', [kernel, kernel])];
    const weights = [
      {
        ...constantTensor.float32([to, from, kernel, kernel], values(to * from * kernel ** 2, 0.7)),
        name: `${name}/k`,
      },
      { ...constantTensor.float32([to], values(to, 0.3)), name: `${name}/b` },
    ];
    return { node: node('Conv', name, [input, `${name}/k`, `${name}/b`], pads), weights };
  };
  const convs = [conv('a', 'first', 1, 4, 3), conv('b', 'pool', 4, 4, 3), conv('head', 'join', 8, 1, 1)] as const;
  const integers = (name: string, list: number[]) => ({
    dims: [list.length],
    dataType: 7,
    rawData: new Uint8Array(BigInt64Array.from(list, BigInt).buffer),
    externalData: [],
    name,
  });
  const value = (name: string) => ({
    name,
    type: { tensorType: { elemType: 1, shape: { dim: [1, 2, 3, 4].map((axis) => ({ dimParam: `${name}${axis}` })) } } },
  });
  const size = [node('Shape', 'shape', ['br']), node('Mul', 'doubled', ['shape', 'twice'])];
  const nearest = [
    text('mode', 'nearest'),
    text('nearest_mode', 'floor'),
    text('coordinate_transformation_mode', 'asymmetric'),
  ];
  const graph: GraphProto = {
    node: [
      node('Transpose', 'first', ['image'], [ints('perm', [0, 3, 1, 2])]),
      convs[0].node,
      node('Relu', 'ar', ['a']),
      node('MaxPool', 'pool', ['ar'], [ints('kernel_shape', [2, 2]), ints('strides', [2, 2])]),
      convs[1].node,
      node('Relu', 'br', ['b']),
      ...size,
      node('Resize', 'up', ['br', '', '', 'doubled'], nearest),
      node('Concat', 'join', ['ar', 'up'], [{ name: 'axis', type: 2, i: 1, ints: [], graphs: [] }]),
      convs[2].node,
      node('Sigmoid', 'probability', ['head']),
      node('Transpose', 'interior', ['probability'], [ints('perm', [0, 2, 3, 1])]),
    ],
    initializer: [...convs.flatMap(({ weights }) => weights), integers('twice', [1, 1, 2, 2])],
    input: [value('image')],
    output: [value('interior')],
  };
  const named = { ...graph, name: 'small' };
  return fromModel({ ...({ irVersion: 8 } as object), graph: named, opsetImport: [{ domain: '', version: 17 }] });
}

async function run(bytes: Uint8Array, image: Float32Array): Promise<Float32Array> {
  const session = await InferenceSession.create(bytes, {
    logSeverityLevel: 3,
    // As runtime-node does: without VNNI, sums overflow.
    extra: { session: { x64quantprecision: '1' } },
  });
  const { interior } = await session.run({ image: new Tensor('float32', image, [1, SIDE, SIDE, 1]) });
  await session.release();
  return interior?.data as Float32Array;
}

describe('quantiseOnnx', () => {
  const image = Float32Array.from({ length: SIDE * SIDE }, (_, i) => Math.cos(i * 0.4) * 2);
  const images = { width: SIDE, height: SIDE, depth: 1, data: image };

  test('gives nearly the same, by integers', async () => {
    const float = model();
    const tensors = calibratedTensors(float);
    expect(tensors).toEqual(['first', 'ar', 'br']);
    const quantised = quantiseOnnx(float, await tensorRanges({ model: float, card, images, tensors }, 0));
    const nodes = (toModel(quantised).graph as GraphProto).node;
    const kernels = nodes.filter(({ opType }) => opType === 'Conv').map(({ input }) => input[1]);
    expect(kernels).toEqual(['a/kernel/dequantised', 'b/kernel/dequantised', 'head/k']);
    expect(nodes.some(({ opType }) => opType === 'Resize')).toBe(false);
    const [before, after] = [await run(float, image), await run(quantised, image)];
    const difference = before.reduce((most, p, i) => Math.max(most, Math.abs(p - (after[i] as number))), 0);
    expect(difference).toBeLessThan(0.02);
    expect(difference).toBeGreaterThan(0);
  });

  test('what has values of one another has one scale, the same bytes each time', () => {
    const ranges = new Map(
      [
        ['first', -2, 2],
        ['ar', 0, 1.2],
        ['br', 0, 3],
      ].map(([name, low, high]) => [name, { low, high }] as never),
    ) as ReadonlyMap<string, { low: number; high: number }>;
    const quantised = quantiseOnnx(model(), ranges);
    const nodes = (toModel(quantised).graph as GraphProto).node;
    const scales = new Map(
      nodes.flatMap(({ opType, input }) => (opType === 'QuantizeLinear' ? [[input[0], input[1]]] : [])) as [
        string,
        string,
      ][],
    );
    expect(new Set(['ar', 'pool', 'br', 'join'].map((name) => scales.get(name)))).toEqual(
      new Set([scales.get('join')]),
    );
    expect(scales.get('first')).not.toBe(scales.get('join'));
    expect(Buffer.compare(quantised, quantiseOnnx(model(), ranges))).toBe(0);
  });

  test('refuses a range that is missing', () => {
    expect(() => quantiseOnnx(model(), new Map())).toThrow(InvalidModelError);
    expect(() => quantiseOnnx(model(), new Map())).toThrow('The range of first is not known');
  });
});
