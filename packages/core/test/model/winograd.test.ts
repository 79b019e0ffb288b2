import { describe, expect, it, test } from 'vitest';
import { InvalidModelError, withWinograd } from '../../src/index.ts';
import {
  closeOnnx,
  openOnnx,
  readOperation,
  readWeight,
  writeOperation,
  writeWeight,
} from '../../src/model/onnx-message.ts';
import {
  asciiBytes,
  bytesField,
  concatBytes,
  protobufFields,
  varintField,
  type ProtobufField,
} from '../../src/model/protobuf.ts';
import { uniform } from '../support/random.ts';

interface Conv {
  readonly read?: number;
  readonly given?: number;
  readonly side?: number;
  readonly axes?: number;
  readonly dataType?: number;
  readonly integers?: Readonly<Record<string, number | readonly number[]>>;
  readonly inputs?: readonly string[];
  /** Of the convolution; `null`: it has none. */
  readonly domain?: string | null;
  readonly operatorSet?: { readonly domain: string; readonly version: number };
}

/** A convolution and a ReLU; of the kernel the sizes alone, which are all that is looked at. */
function modelOf(options: Conv = {}): Uint8Array {
  const { read = 160, given = 160, side = 3, axes = 2, dataType = 1, integers, inputs, domain = null } = options;
  const { operatorSet = { domain: '', version: 17 } } = options;
  const dims = [given, read, ...Array<number>(axes).fill(side)].map((dim) => varintField(1, dim));
  const kernel = bytesField(5, concatBytes([...dims, varintField(2, dataType), bytesField(8, asciiBytes('kernel'))]));
  const conv = writeOperation({
    operation: 'Conv',
    inputs: inputs ?? ['map', 'kernel', 'bias'],
    output: 'conv',
    integers: integers ?? { pads: [1, 1, 1, 1] },
  });
  const relu = writeOperation({ operation: 'Relu', inputs: ['conv'], output: 'relu' });
  const [field] = protobufFields(conv);
  const inDomain = (name: string): Uint8Array =>
    bytesField(1, concatBytes([(field as ProtobufField).bytes, bytesField(7, asciiBytes(name))]));
  const nodes = [domain === null ? conv : inDomain(domain), relu];
  const set = [bytesField(1, asciiBytes(operatorSet.domain)), varintField(2, operatorSet.version)];
  const graph = closeOnnx([], [...nodes, kernel, writeWeight('bias', [given], [0])]);
  return concatBytes([bytesField(8, concatBytes(set)), graph]);
}

/** Operations by their outputs, and weights by their names. */
function parts(model: Uint8Array) {
  const { graph } = openOnnx(model);
  const nodes = graph.filter(({ number }) => number === 1).map(readOperation);
  const weights = graph.filter(({ number }) => number === 5).map(({ bytes }) => readWeight(bytes));
  return { nodes, weights };
}

describe('withWinograd', () => {
  it('gives what read the convolution the same name, by products of matrices, and keeps the kernel as it was', () => {
    const { nodes, weights } = parts(withWinograd(modelOf({ given: 200 })));
    expect(nodes.find(({ outputs }) => outputs[0] === 'conv')).toMatchObject({ operation: 'Slice' });
    expect(nodes.at(-1)).toMatchObject({ operation: 'Relu', inputs: ['conv'] });
    const products = nodes.filter(({ operation }) => operation === 'Conv');
    expect(products.map(({ integers }) => integers.get('group'))).toEqual([undefined, [36]]);
    expect(weights.find(({ name }) => name === 'kernel')).toEqual({
      name: 'kernel',
      dataType: 1,
      dims: [200, 160, 3, 3],
    });
    // Whatever is read is given, by an operation before it or as a weight.
    const known = new Set(['map', ...weights.map(({ name }) => name)]);
    for (const { inputs, outputs } of nodes) {
      expect(inputs.filter((name) => !known.has(name))).toEqual([]);
      for (const name of outputs) known.add(name);
    }
    expect(new Set(weights.map(({ name }) => name)).size).toBe(weights.length);
  });

  test.each<[string, Conv]>([
    ['with few channels', { read: 200, given: 32 }],
    ['of another size', { side: 5, integers: { pads: [2, 2, 2, 2] } }],
    ['in 16-bit floats', { dataType: 10 }],
    ['that is dilated', { integers: { pads: [2, 2, 2, 2], dilations: [2, 2] } }],
    ['with dilation along one axis', { integers: { pads: [1, 1, 1, 1], dilations: [1, 2] } }],
    ['with steps', { integers: { pads: [1, 1, 1, 1], strides: [2, 2] } }],
    ['in groups', { integers: { pads: [1, 1, 1, 1], group: 2 } }],
    ['without padding', { integers: {} }],
    ['whose kernel is computed', { inputs: ['map', 'elsewhere', 'bias'] }],
    ['without a bias', { inputs: ['map', 'kernel'] }],
    ['whose bias is left out', { inputs: ['map', 'kernel', ''] }],
    ['of volumes', { axes: 3, integers: { pads: [1, 1, 1, 1, 1, 1] } }],
    ['that is another operation of this name', { domain: 'mine' }],
    ['of an operator set in which Pad reads no tensor', { operatorSet: { domain: '', version: 10 } }],
    ['without anything', { inputs: [] }],
  ])('leaves a convolution %s', (_, conv) => {
    const model = modelOf(conv);
    expect(withWinograd(model)).toBe(model);
  });

  test.each<[string, Conv]>([
    ['of the default domain by its name', { domain: 'ai.onnx' }],
    ['beside an old set of another domain', { operatorSet: { domain: 'mine', version: 1 } }],
    ['of operator set 11', { operatorSet: { domain: 'ai.onnx', version: 11 } }],
  ])('rewrites a convolution %s', (_, conv) => {
    expect(parts(withWinograd(modelOf(conv))).nodes.length).toBeGreaterThan(2);
  });

  it('reads lists that are packed, as some writers have them', () => {
    const packed = bytesField(1, Uint8Array.from([160, 1, 160, 1, 3, 3]));
    const kernel = bytesField(5, concatBytes([packed, varintField(2, 1), bytesField(8, asciiBytes('kernel'))]));
    const conv = writeOperation({
      operation: 'Conv',
      inputs: ['map', 'kernel', 'bias'],
      output: 'conv',
      integers: { pads: [1, 1, 1, 1] },
    });
    expect(parts(withWinograd(closeOnnx([], [conv, kernel]))).nodes.length).toBeGreaterThan(1);
  });

  it('refuses what is no ONNX file, and nothing that can be read', () => {
    expect(() => withWinograd(new Uint8Array([0xff, 0xff]))).toThrow(InvalidModelError);
    const model = modelOf();
    const random = uniform(865);
    for (let i = 0; i < 2000; i++) {
      const broken = model.slice(0, random() < 0.2 ? Math.floor(random() * model.length) : model.length);
      for (let n = 0; n < 3; n++) broken[Math.floor(random() * broken.length)] = Math.floor(random() * 256);
      try {
        withWinograd(broken);
      } catch (error) {
        expect(error).toBeInstanceOf(InvalidModelError);
      }
    }
  });
});
