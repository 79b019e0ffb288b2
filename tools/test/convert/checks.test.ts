import { InvalidModelError, variant } from '@dilated-unet/core';
import { inspectOnnx } from '@dilated-unet/onnx';
import { describe, expect, test } from 'vitest';
import { onnxFile } from '../../../packages/onnx/test/support/onnx-file.ts';
import { assertPortable, networkDilations } from '../../src/convert/checks.ts';

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
  return onnxFile({
    opsetImport: parts.opsetImport ?? [{ version: 17 }],
    graph: {
      node: nodes,
      initializer: parts.initializer ?? [KERNEL],
      input: parts.input ?? [end('image', FREE)],
      output: parts.output ?? [end('interior', FREE)],
    },
  });
}

const expectations = { input: 'image', output: 'interior', dilations: [1, 2] };
const check = (parts: Parts) => () => assertPortable(inspectOnnx(model(parts)), expectations);

test('a portable model passes', () => {
  check({})();
});

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
      { nodes: [conv('a', 'image', 1), node('Transpose', 'inside', 'a.out'), conv('b', 'inside.out', 2)] },
      /no Transpose may stand between convolutions, inside/,
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
  const ends = [node('Transpose', 'start', 'image'), node('Transpose', 'interior', 'b.out', { output: ['interior'] })];
  check({ nodes: [ends[0]!, conv('a', 'start.out', 1), conv('b', 'a.out', 2), ends[1]!] })();
});

test('the dilated variants ask for dilations 1 2 4 8 16 32 on the bottleneck, the others for none', () => {
  const bottleneck = (name: 'unet' | 'dilated-unet') => networkDilations(variant(name)).slice(6, 12);
  expect(bottleneck('dilated-unet')).toEqual([1, 2, 4, 8, 16, 32]);
  expect(bottleneck('unet')).toEqual([1, 1, 1, 1, 1, 1]);
});
