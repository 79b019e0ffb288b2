import { expect, test } from 'vitest';
import { inspectOnnx } from '../src/inspect.ts';
import { onnxFile } from './support/onnx-file.ts';

const conv = (name: string, input: string, dilation: number) => ({
  name,
  opType: 'Conv',
  input: [input, 'kernel'],
  output: [`${name}.out`],
  attribute: [{ name: 'dilations', ints: [dilation, dilation] }],
});

/** A model of convolutions that share a kernel of 3 x 3, with some of its graph replaced. */
const model = (graph: object = {}): Uint8Array =>
  onnxFile({
    opsetImport: [{ version: 17 }],
    graph: {
      node: [conv('a', 'image', 1), conv('b', 'a.out', 2)],
      initializer: [{ name: 'kernel', dims: [4, 4, 3, 3], dataType: 1 }],
      input: [{ name: 'image' }],
      output: [{ name: 'b.out' }],
      ...graph,
    },
  });

test('inputs that only name weights are not inputs of the model', () => {
  const { inputs } = inspectOnnx(model({ input: [{ name: 'image' }, { name: 'kernel' }] }));
  expect(inputs.map(({ name }) => name)).toEqual(['image']);
});

test('convolutions are ordered by what they depend on, whatever the order of the file among branches', () => {
  const nodes = [conv('a', 'image', 1), conv('c', 'a.out', 4), conv('other', 'image', 1), conv('d', 'c.out', 8)];
  const found = inspectOnnx(model({ node: nodes })).convolutions;
  expect(found.map(({ name, depth }) => [name, depth])).toEqual([
    ['a', 0],
    ['other', 0],
    ['c', 1],
    ['d', 2],
  ]);
});

test.each([
  ['nothing', new Uint8Array()],
  ['text', new TextEncoder().encode('this is not a model')],
  ['half a model', model().subarray(0, 40)],
])('%s is not an ONNX model', (_name, bytes) => {
  expect(() => inspectOnnx(bytes)).toThrow(/This is not an ONNX model/);
});
