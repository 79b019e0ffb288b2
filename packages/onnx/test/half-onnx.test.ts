import { InvalidModelError } from '@dilated-unet/core';
import { expect, test } from 'vitest';
import { halfOnnx } from '../src/half-onnx.ts';
import { inspectOnnx } from '../src/inspect.ts';
import { ModelMessage } from '../src/schema.ts';

const tensorType = { elemType: 1, shape: { dim: [{ dimParam: 'n' }] } };
const constant = (name: string, ...values: number[]): object => ({
  name,
  dims: [values.length],
  dataType: 1,
  rawData: new Uint8Array(Float32Array.from(values).buffer),
});
const node = (opType: string, output: string, ...input: string[]): object => ({
  name: output,
  opType,
  input,
  output: [output],
});

function model(...last: readonly object[]): Uint8Array {
  const graph = {
    node: [node('Mul', 'scaled', 'image', 'factor'), node('Resize', 'large', 'scaled', '', 'scales'), ...last],
    initializer: [constant('factor', 1.5, -0.1), constant('scales', 1, 2), constant('shift', 0.25)],
    input: [{ name: 'image', type: { tensorType } }],
    output: [{ name: 'interior', type: { tensorType } }],
    valueInfo: [{ name: 'scaled', type: { tensorType } }],
  };
  return ModelMessage.encode(ModelMessage.fromObject({ opsetImport: [{ version: 17 }], graph })).finish();
}

test.each(['Sigmoid', 'Softmax'])(
  'weights and activations are 16-bit floats up to a %s, the rest is as it was',
  (end) => {
    const half = halfOnnx(model(node(end, 'probability', 'large'), node('Add', 'interior', 'probability', 'shift')));
    const { nodes, inputs, outputs } = inspectOnnx(half);
    expect(nodes.map(({ op, inputs: read }) => [op, ...read])).toEqual([
      ['Cast', 'image'],
      ['Mul', 'image/half', 'factor'],
      ['Resize', 'scaled', '', 'scales'],
      ['Cast', 'large'],
      [end, 'large/single'],
      ['Add', 'probability', 'shift'],
    ]);
    expect([...inputs, ...outputs].map(({ elementType }) => elementType)).toEqual([1, 1]);
    const { graph } = ModelMessage.toObject(ModelMessage.decode(half)) as {
      graph: { initializer: { name: string; dataType: number; rawData: Uint8Array }[]; valueInfo?: object[] };
    };
    expect(graph.initializer.map(({ name, dataType }) => [name, dataType])).toEqual([
      ['factor', 10],
      ['scales', 1],
      ['shift', 1],
    ]);
    // 1.5 and -0.1 in 16 bits.
    expect([...(graph.initializer[0]?.rawData ?? [])]).toEqual([0x00, 0x3e, 0x66, 0xae]);
    expect(graph.valueInfo ?? []).toEqual([]);
  },
);

test('a network that has no sigmoid or softmax, or two, is refused', () => {
  expect(() => halfOnnx(model())).toThrow(InvalidModelError);
  expect(() => halfOnnx(model())).toThrow('must end in one sigmoid or softmax; this one has 0');
  const sigmoid = node('Sigmoid', 'interior', 'large');
  expect(() => halfOnnx(model(sigmoid, sigmoid))).toThrow('this one has 2');
  expect(() => halfOnnx(model(node('Softmax', 'probability', 'large'), sigmoid))).toThrow('this one has 2');
});
