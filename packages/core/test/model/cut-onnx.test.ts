import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { cutOnnx, InvalidModelError, onnxInputShape } from '../../src/index.ts';
import { ascii, asciiBytes, bytesField, concatBytes, protobufFields, varintField } from '../../src/model/protobuf.ts';

/** Written by ONNX's own library: fixtures/make-onnx.py. Transpose, Conv, Sigmoid, Transpose. */
const small = new Uint8Array(readFileSync(new URL('../fixtures/small.onnx', import.meta.url)));

const within = (bytes: Uint8Array, number: number): Uint8Array[] =>
  [...protobufFields(bytes)].filter((field) => field.number === number).map((field) => field.bytes);
const graphOf = (model: Uint8Array): Uint8Array => within(model, 7)[0] as Uint8Array;
const text = (bytes: Uint8Array | undefined): string => ascii(bytes ?? new Uint8Array());
/** Names of what the nodes of a model give, and of its weights, inputs and outputs. */
const parts = (model: Uint8Array) => {
  const graph = graphOf(model);
  return {
    nodes: within(graph, 1).map((node) => text(within(node, 2)[0])),
    weights: within(graph, 5).map((tensor) => text(within(tensor, 8)[0])),
    inputs: within(graph, 11).map((value) => text(within(value, 1)[0])),
    outputs: within(graph, 12).map((value) => text(within(value, 1)[0])),
  };
};

const node = (inputs: readonly string[], output: string): Uint8Array =>
  bytesField(
    1,
    concatBytes([...inputs.map((name) => bytesField(1, asciiBytes(name))), bytesField(2, asciiBytes(output))]),
  );
/** A weight of 16-bit floats. */
const halfWeight = (name: string): Uint8Array =>
  bytesField(5, concatBytes([varintField(2, 10), bytesField(8, asciiBytes(name))]));
const modelOf = (...nodes: readonly Uint8Array[]): Uint8Array => bytesField(7, concatBytes(nodes));

describe('cutOnnx', () => {
  it('keeps the operations between the tensors, and their weights', () => {
    const first = cutOnnx(small, { inputs: ['image'], outputs: ['conv'] });
    expect(parts(first.model)).toEqual({
      nodes: ['first', 'conv'],
      weights: ['kernel'],
      inputs: ['image'],
      outputs: ['conv'],
    });
    const second = cutOnnx(small, { inputs: ['conv'], outputs: ['interior'] });
    expect(parts(second.model)).toEqual({
      nodes: ['probability', 'interior'],
      weights: [],
      inputs: ['conv'],
      outputs: ['interior'],
    });
    // A map has the axes of convolutions, an image those of the file.
    expect(onnxInputShape(second.model)).toEqual(['n', 'channel', 'y', 'x']);
    expect(onnxInputShape(first.model)).toEqual(['n', 'y', 'x', 1]);
    // Opset, producer and metadata are those of the whole.
    for (const field of [1, 2, 8, 14]) expect(within(first.model, field)).toEqual(within(small, field));
  });

  it('finds a layer by the name that tf2onnx gives its tensor, of a sum that of its last addition', () => {
    const model = modelOf(node(['a', 'b'], 'sum:0'), node(['sum:0', 'c'], 'sum_1:0'), node(['sum_1:0'], 'y:0'));
    expect(cutOnnx(model, { inputs: ['sum'], outputs: ['y'] })).toMatchObject({
      inputs: ['sum_1:0'],
      outputs: ['y:0'],
    });
    expect(parts(cutOnnx(model, { inputs: ['sum'], outputs: ['y'] }).model).nodes).toEqual(['y:0']);
  });

  it('reads and gives float32 also where the file computes in 16 bits', () => {
    const model = modelOf(node(['x', 'w'], 'a:0'), node(['a:0', 'w'], 'b:0'), node(['b:0'], 'y:0'), halfWeight('w'));
    const part = cutOnnx(model, { inputs: ['a'], outputs: ['b'] });
    expect(part).toMatchObject({ inputs: ['a:0/float32'], outputs: ['b:0/float32'] });
    expect(parts(part.model)).toEqual({
      nodes: ['a:0', 'b:0', 'b:0/float32'],
      weights: ['w'],
      inputs: ['a:0/float32'],
      outputs: ['b:0/float32'],
    });
    // Cast to FLOAT16 (10) and to FLOAT (1): the attribute's integer.
    const casts = within(graphOf(part.model), 1).filter((one) => text(within(one, 4)[0]) === 'Cast');
    const to = casts.map((one) => [...protobufFields(within(one, 5)[0] as Uint8Array)].map(({ value }) => value));
    expect(to).toEqual([
      [0, 10, 2],
      [0, 1, 2],
    ]);
  });

  it('refuses what cannot be cut so', () => {
    const cut = (inputs: readonly string[], outputs: readonly string[]) => () => cutOnnx(small, { inputs, outputs });
    expect(cut(['image'], ['pool'])).toThrow(InvalidModelError);
    expect(cut(['image'], ['pool'])).toThrow('The ONNX file has no layer pool, at which it is to be cut.');
    expect(cut([], ['conv'])).toThrow('The ONNX file cannot be cut at conv: the part would also read image.');
    expect(() => cutOnnx(Uint8Array.of(0x3a, 4), { inputs: ['a'], outputs: ['b'] })).toThrow(InvalidModelError);
  });
});
