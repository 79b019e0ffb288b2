import { InvalidModelError } from '@dilated-unet/core';
import { describe, expect, test } from 'vitest';
import { canonicalOnnx } from '../src/canonical.ts';
import { inspectOnnx } from '../src/inspect.ts';
import { ModelMessage } from '../src/schema.ts';
import { onnxFile } from './support/onnx-file.ts';

interface Names {
  readonly zero: string;
  readonly one: string;
  readonly shape: number;
}

const tensor = (name: string, ...values: number[]) => ({
  name,
  dims: [values.length],
  dataType: 1,
  rawData: new Uint8Array(Float32Array.from(values).buffer),
});

/** image -> two additions of constants -> Shape -> output, under the names that tf2onnx happened to give. */
function model({ zero, one, shape }: Names, reversed = false): Uint8Array {
  const constants = [tensor(zero, 0, 0), tensor(one, 1, 1), tensor('unused', 5)];
  const node = (name: string, opType: string, input: string[], output: string[]) => ({ name, opType, input, output });
  return ModelMessage.encode(
    ModelMessage.create({
      irVersion: 8,
      opsetImport: [{ domain: '', version: 17 }],
      graph: {
        name: 'tf2onnx',
        docString: `from /tmp/${shape}/model.json`,
        node: [
          node('first', 'Add', ['image', zero], ['first:0']),
          node('second', 'Add', ['first:0', one], ['second:0']),
          node(`Shape__${shape}`, 'Shape', ['second:0'], [`Shape__${shape}:0`]),
          node(`Cast__${shape + 1}`, 'Cast', [`Shape__${shape}:0`], ['interior']),
        ],
        initializer: reversed ? constants.reverse() : constants,
        input: [{ name: 'image' }],
        output: [{ name: 'interior' }],
      },
    }),
  ).finish();
}

describe('canonicalOnnx', () => {
  test('gives one graph one form, whatever its constants and counted nodes are called', () => {
    const first = canonicalOnnx(model({ zero: 'const_zero__3', one: 'beta:0', shape: 12 }));
    const second = canonicalOnnx(model({ zero: 'gamma:0', one: 'const_one__9', shape: 344 }, true));
    expect(second).toEqual(first);
    expect(inspectOnnx(first).nodes).toEqual([
      { op: 'Add', name: 'first', inputs: ['image', 'first/1'], outputs: ['first:0'] },
      { op: 'Add', name: 'second', inputs: ['first:0', 'second/1'], outputs: ['second:0'] },
      { op: 'Shape', name: 'Shape_0', inputs: ['second:0'], outputs: ['Shape_0:0'] },
      { op: 'Cast', name: 'Cast_0', inputs: ['Shape_0:0'], outputs: ['interior'] },
    ]);
    expect(canonicalOnnx(first)).toEqual(first);
  });

  test('gives one graph one order, whatever the order of its nodes, and leaves out what no output depends on', () => {
    const node = (opType: string, name: string, ...input: string[]) => ({ name, opType, input, output: [name] });
    const [left, right, sum, spare] = [
      node('Relu', 'left', 'image'),
      node('Neg', 'right', 'image', ''),
      node('Add', 'interior', 'right', 'left'),
      { ...node('Dropout', 'spare', 'left'), output: ['spare', ''] },
    ] as const;
    const file = (...nodes: object[]) =>
      onnxFile({
        opsetImport: [{ domain: '', version: 17 }],
        graph: { name: 'g', node: nodes, input: [{ name: 'image' }], output: [{ name: 'interior' }] },
      });
    const first = canonicalOnnx(file(left, right, sum));
    expect(inspectOnnx(first).nodes.map(({ name }) => name)).toEqual(['right', 'left', 'interior']);
    expect(canonicalOnnx(file(right, left, spare, sum))).toEqual(first);
  });

  test('keeps values apart that differ, and leaves out what nothing reads', () => {
    const names = { zero: 'a', one: 'b', shape: 1 };
    const { graph } = ModelMessage.decode(canonicalOnnx(model(names))) as unknown as {
      readonly graph: { readonly initializer: readonly { readonly name: string; readonly rawData: Uint8Array }[] };
    };
    expect(graph.initializer.map(({ name, rawData }) => [name, [...rawData]])).toEqual([
      ['first/1', [...tensor('', 0, 0).rawData]],
      ['second/1', [...tensor('', 1, 1).rawData]],
    ]);
  });

  test('refuses a file of which something would be lost', () => {
    // Field 99 of the model, a number.
    const bytes = Uint8Array.of(...model({ zero: 'a', one: 'b', shape: 1 }), 0x98, 0x06, 0x01);
    expect(() => canonicalOnnx(bytes)).toThrow(InvalidModelError);
  });
});
