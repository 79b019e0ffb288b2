import { InvalidModelError, variant } from '@dilated-unet/core';
import { describe, expect, test } from 'vitest';
import { assertPortable, networkDilations } from '../../src/convert/checks.ts';
import { inspectOnnx } from '../../src/convert/inspect.ts';
import { ModelMessage } from '../../src/convert/onnx-schema.ts';

type Json = Record<string, unknown>;

const conv = (name: string, input: string, dilation: number, more: readonly Json[] = []): Json => ({
  name,
  opType: 'Conv',
  input: [input, 'kernel'],
  output: [`${name}.out`],
  attribute: [
    { name: 'dilations', ints: [dilation, dilation] },
    { name: 'pads', ints: [dilation, dilation, dilation, dilation] },
    ...more,
  ],
});
const node = (opType: string, name: string, input: string, more: Json = {}): Json => ({
  name,
  opType,
  input: [input],
  output: [`${name}.out`],
  ...more,
});
const end = (name: string, dims: readonly (number | string)[], elemType = 1): Json => ({
  name,
  type: {
    tensorType: {
      elemType,
      shape: { dim: dims.map((size) => (typeof size === 'number' ? { dimValue: size } : { dimParam: size })) },
    },
  },
});

const FREE = ['n', 'y', 'x', 1] as const;
const KERNEL = { name: 'kernel', dims: [4, 4, 3, 3], dataType: 1 };

interface Parts {
  nodes?: readonly Json[];
  opsetImport?: readonly Json[];
  input?: readonly Json[];
  output?: readonly Json[];
  initializer?: readonly Json[];
}

/** A portable model of two convolutions, dilations 1 and 2, with some of its parts replaced. */
function model(parts: Parts = {}): Uint8Array {
  const nodes = parts.nodes ?? [
    node('Reshape', 'in', 'image'),
    conv('a', 'in.out', 1),
    node('Relu', 'relu', 'a.out'),
    conv('b', 'relu.out', 2),
    node('Sigmoid', 'interior', 'b.out', { output: ['interior'] }),
  ];
  const message = ModelMessage.fromObject({
    opsetImport: parts.opsetImport ?? [{ version: 17 }],
    graph: {
      node: nodes,
      initializer: parts.initializer ?? [KERNEL],
      input: parts.input ?? [end('image', FREE)],
      output: parts.output ?? [end('interior', FREE)],
    },
  });
  return ModelMessage.encode(message).finish();
}

const expectations = { input: 'image', output: 'interior', dilations: [1, 2] };
const check = (parts: Parts) => () => assertPortable(inspectOnnx(model(parts)), expectations);

test('a portable model passes', () => {
  check({})();
});

/** The good model's nodes with one more between the ReLU and the second convolution, or at an end. */
const withTransposes = (...at: ('start' | 'middle' | 'finish')[]): readonly Json[] => {
  const count = (place: string) => at.filter((p) => p === place).length;
  const chain: Json[] = [];
  let last = 'image';
  const add = (next: (input: string) => Json) => {
    const made = next(last);
    chain.push(made);
    last = (made['output'] as string[])[0] ?? '';
  };
  const transposes = (place: string) => {
    for (let i = 0; i < count(place); i++) add((input) => node('Transpose', `${place}${i}`, input));
  };
  transposes('start');
  add((input) => conv('a', input, 1));
  transposes('middle');
  add((input) => conv('b', input, 2));
  transposes('finish');
  add((input) => node('Sigmoid', 'interior', input, { output: ['interior'] }));
  return chain;
};

describe('a model is refused', () => {
  test.each<[string, Parts, RegExp]>([
    ['with another operator set', { opsetImport: [{ version: 18 }] }, /operator set 17 is required, it has 18/],
    ['with weights in another file', { initializer: [{ ...KERNEL, dataLocation: 1 }] }, /must be one file/],
    [
      'with an operation that few engines have',
      {
        nodes: [
          conv('a', 'image', 1),
          node('Tile', 't', 'a.out'),
          conv('b', 't.out', 2),
          node('Relu', 'interior', 'b.out'),
        ],
      },
      /operation Tile is not allowed/,
    ],
    [
      'with a vendor operation of an allowed name',
      {
        nodes: [conv('a', 'image', 1), conv('b', 'a.out', 2), node('Relu', 'r', 'b.out', { domain: 'com.microsoft' })],
      },
      /operation com\.microsoft\.Relu is not allowed/,
    ],
    [
      'with a graph inside an operation',
      {
        nodes: [
          conv('a', 'image', 1),
          conv('b', 'a.out', 2),
          node('Cast', 'c', 'b.out', { attribute: [{ name: 'body', g: {} }] }),
        ],
      },
      /graphs of their own/,
    ],
    [
      'with automatic padding',
      { nodes: [conv('a', 'image', 1, [{ name: 'auto_pad', s: Buffer.from('SAME_UPPER') }]), conv('b', 'a.out', 2)] },
      /convolution a must write its padding out, it says auto_pad SAME_UPPER/,
    ],
    [
      'with a convolution that shrinks its input',
      {
        nodes: [{ ...conv('a', 'image', 1), attribute: [{ name: 'pads', ints: [0, 1, 0, 1] }] }, conv('b', 'a.out', 2)],
      },
      /convolution a must pad by half its extent on each side, it pads 0 1 0 1/,
    ],
    [
      'with a transposition between convolutions',
      { nodes: withTransposes('middle') },
      /no Transpose may stand between convolutions, middle0/,
    ],
    [
      'with two transpositions at the start',
      { nodes: withTransposes('start', 'start') },
      /at most one Transpose may stand before/,
    ],
    [
      'with two transpositions at the end',
      { nodes: withTransposes('finish', 'finish') },
      /at most one Transpose may stand after/,
    ],
    [
      'with a fixed height',
      { input: [end('image', ['n', 512, 'x', 1])] },
      /height and width of input image must be free, they are 512 and x/,
    ],
    [
      'with a fixed output width',
      { output: [end('interior', ['n', 'y', 64, 1])] },
      /height and width of output interior must be free/,
    ],
    ['with channels first', { input: [end('image', ['n', 1, 'y', 'x'])] }, /must have one channel, last/],
    [
      'with an output of any number of channels',
      { output: [end('interior', ['n', 'y', 'x', 'c'])] },
      /output interior must have one channel, last, it has c/,
    ],
    [
      'with an output of five axes',
      { output: [end('interior', [1, 'n', 'y', 'x', 1])] },
      /output interior must have axes n, y, x, channel/,
    ],
    ['with three axes', { input: [end('image', ['n', 'y', 'x'])] }, /must have axes n, y, x, channel/],
    ['with half-precision input', { input: [end('image', FREE, 10)] }, /input image must be float32/],
    [
      'with an input of another name',
      { input: [end('input_1', FREE)] },
      /its only input must be named image, it has input_1/,
    ],
    [
      'with two outputs',
      { output: [end('interior', FREE), end('b.out', FREE)] },
      /its only output must be named interior, it has interior, b\.out/,
    ],
    ['without convolutions', { nodes: [node('Sigmoid', 'interior', 'image')] }, /must be 1 2, they are \(none\)/],
    [
      'with other dilations',
      { nodes: [conv('a', 'image', 2), conv('b', 'a.out', 2)] },
      /dilations of the convolutions must be 1 2, they are 2 2/,
    ],
  ])('%s', (_name, parts, expected) => {
    expect(check(parts)).toThrow(expected);
    expect(check(parts)).toThrow(InvalidModelError);
  });

  test('with every broken rule named at once', () => {
    expect(check({ opsetImport: [{ version: 9 }], input: [end('image', ['n', 8, 8, 1])] })).toThrow(
      /operator set 17[^]*height and width/,
    );
  });
});

test('one transposition at each end is allowed', () => {
  check({ nodes: withTransposes('start', 'finish') })();
});

test('inputs that only name weights are not inputs of the model', () => {
  expect(
    inspectOnnx(model({ input: [end('image', FREE), { name: 'kernel' }] })).inputs.map(({ name }) => name),
  ).toEqual(['image']);
});

test('convolutions are ordered by what they depend on, whatever the order of the file among branches', () => {
  const nodes = [conv('a', 'image', 1), conv('c', 'a.out', 4), conv('other', 'image', 1), conv('d', 'c.out', 8)];
  const found = inspectOnnx(model({ nodes })).convolutions;
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

test('the dilated variants ask for dilations 1 2 4 8 16 32 on the bottleneck, the others for none', () => {
  const bottleneck = (name: 'unet' | 'dilated-unet') => networkDilations(variant(name)).slice(6, 12);
  expect(bottleneck('dilated-unet')).toEqual([1, 2, 4, 8, 16, 32]);
  expect(bottleneck('unet')).toEqual([1, 1, 1, 1, 1, 1]);
});
