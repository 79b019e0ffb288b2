import { expect, test } from 'vitest';
import { argument, attribute, FLOAT, type FunctionDef, type NodeDef } from '../../src/graph/builder.ts';
import { graphWithFunctions } from '../../src/graph/encoding/functions.ts';

const calling = (name: string, definition: FunctionDef): NodeDef => ({
  name,
  op: 'PartitionedCall',
  input: ['x'],
  attr: { f: attribute.function(definition) },
});
const squared = (op: string): FunctionDef => ({
  name: 'squared',
  inputs: ['DT_FLOAT'],
  nodes: [{ name: 'square', op, input: [argument(0), argument(0)], attr: { T: FLOAT } }],
  outputs: [{ tensor: 'square', type: 'DT_FLOAT' }],
});

test('a function that two nodes call stands in the library once, with the names that TensorFlow has within functions', () => {
  const definition = squared('Mul');
  const { node, library } = graphWithFunctions([calling('a', definition), calling('b', definition)]) as {
    node: { attr: unknown }[];
    library: { function: unknown[] };
  };
  expect(node.map(({ attr }) => attr)).toEqual([
    { f: { func: { name: 'squared' } } },
    { f: { func: { name: 'squared' } } },
  ]);
  expect(library.function).toHaveLength(1);
  expect(library.function[0]).toMatchObject({
    signature: {
      name: 'squared',
      inputArg: [{ name: 'argument0', type: 'DT_FLOAT' }],
      outputArg: [{ name: 'result0', type: 'DT_FLOAT' }],
    },
    nodeDef: [{ name: 'square', input: ['argument0', 'argument0'] }],
    ret: { result0: 'square:z:0' },
  });
});

test('an operation whose output has no known name is refused', () => {
  expect(() => graphWithFunctions([calling('a', squared('Frobnicate'))])).toThrow(
    /output of Frobnicate has no known name/,
  );
});

test('two functions of one name are refused: one of them would be called in the place of the other', () => {
  const nodes = [calling('a', squared('Mul')), calling('b', squared('AddV2'))];
  expect(() => graphWithFunctions(nodes)).toThrow(/Two functions are called squared/);
});
