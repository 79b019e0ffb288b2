import { constantTensor } from '../../src/constant-tensor.ts';
import { fromModel, type GraphProto, type NodeProto } from '../../src/schema.ts';

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

/** Of the first convolution, which reads `first` and gives `ar` behind its ReLU: axes output, input, y, x; and output. */
export const FIRST = { kernel: values(4 * 9, 0.7), bias: values(4, 0.3) } as const;

/**
 * An ONNX file: image n, y, x, 1; convolution, pooling, convolution, upsampling, join, convolution and sigmoid; interior n, y, x, 1.
 *
 * @param one whether the first channel of the first convolution is 1 everywhere.
 */
export function smallUnet({ one = false }: { readonly one?: boolean } = {}): Uint8Array {
  const conv = (name: string, input: string, from: number, to: number, kernel: number) => {
    const isOne = (i: number, size: number): boolean => one && name === 'a' && i < size;
    const pad = (kernel - 1) / 2;
    const pads = [ints('pads', [pad, pad, pad, pad]), ints('kernel_shape', [kernel, kernel])];
    const weights = [
      {
        ...constantTensor.float32(
          [to, from, kernel, kernel],
          values(to * from * kernel ** 2, 0.7).map((w, i) => (isOne(i, from * kernel ** 2) ? 0 : w)),
        ),
        name: `${name}/k`,
      },
      {
        ...constantTensor.float32(
          [to],
          values(to, 0.3).map((w, i) => (isOne(i, 1) ? 1 : w)),
        ),
        name: `${name}/b`,
      },
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
