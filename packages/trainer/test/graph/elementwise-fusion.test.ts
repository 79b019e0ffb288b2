import { expect, test } from 'vitest';
import { add, concatChannels, multiply, reduce, reshape, slice, subtract, sum } from '../../src/graph/arithmetic.ts';
import {
  after,
  attribute,
  FLOAT,
  GraphBuilder,
  INT32,
  placeholder,
  type FunctionDef,
  type NodeDef,
  type Output,
} from '../../src/graph/builder.ts';
import { elementwiseFusion } from '../../src/graph/rewrites/elementwise-fusion.ts';
import { AVX512 } from '../support/targets.ts';
import { randomTensor } from '../support/finite-differences.ts';
import { graphFunction, keepNodes } from '../support/graph.ts';

const SHAPE = [2, 4, 6, 5];
const VALUES = 240;
const SHAPES = { x: SHAPE, dy: SHAPE, bytes: SHAPE, scale: [5], shift: [5] };

type Given = (name: keyof typeof SHAPES) => Output;

/** x scaled, moved and masked, which a pooling reads; and a sum over pixels of what the mask leaves of dy, with and without x. */
function write(graph: GraphBuilder, given: Given): void {
  const noted = (tensor: Output): Output => graph.note(tensor, SHAPE);
  const uint8 = attribute.type('DT_UINT8');
  const bytes = graph.add('Cast', 'bytes', [given('bytes')], { SrcT: FLOAT, DstT: uint8 });
  const threshold = graph.add('Cast', 'threshold', [graph.scalar(77)], { SrcT: FLOAT, DstT: uint8 });
  const kept = graph.add('GreaterEqual', 'kept', [bytes, threshold], { T: uint8 });
  graph.note(kept, SHAPE, { kind: 'dropout-decision', layer: 'dropout' });
  const mask = (name: string): Output =>
    graph.note(graph.add('Cast', name, [kept], { SrcT: attribute.type('DT_BOOL'), DstT: FLOAT }), SHAPE, {
      kind: 'dropout-mask',
      layer: 'dropout',
    });
  const normed = noted(
    add(graph, 'moved', noted(multiply(graph, 'scaled', given('x'), given('scale'))), given('shift')),
  );
  const dropped = noted(graph.add('ReluGrad', 'dropped', [normed, mask('keep')], { T: FLOAT }));
  graph.add('MaxPool', 'pooled', [dropped], {
    T: FLOAT,
    ksize: attribute.ints([1, 2, 2, 1]),
    strides: attribute.ints([1, 2, 2, 1]),
    padding: attribute.string('VALID'),
    data_format: attribute.string('NHWC'),
    explicit_paddings: attribute.ints([]),
  });
  const dyDropped = noted(graph.add('ReluGrad', 'dy_dropped', [given('dy'), mask('dy_keep')], { T: FLOAT }));
  const channels = noted3(graph, slice(graph, 'channels', dyDropped, [0, 0, 0, 1], [2, 4, 6, 3]));
  const xChannels = noted3(graph, slice(graph, 'x_channels', given('x'), [0, 0, 0, 1], [2, 4, 6, 3]));
  const both = [channels, noted3(graph, multiply(graph, 'weighed', channels, xChannels))].map((tensor, k) =>
    reduce(graph, 'Sum', `partial${k}`, reshape(graph, `slices${k}`, tensor, [8, 6, 3]), [0]),
  );
  const pair = graph.add('Complex', 'pair', both, { T: FLOAT, Tout: attribute.type('DT_COMPLEX64') });
  graph.add('Bitcast', 'sums', [pair], { T: attribute.type('DT_COMPLEX64'), type: FLOAT });
}

function noted3(graph: GraphBuilder, tensor: Output): Output {
  return graph.note(tensor, [2, 4, 6, 3]);
}

/** A graph that `build` writes of the given tensors, rewritten. */
function rewritten(build: (graph: GraphBuilder, given: Given) => void): readonly NodeDef[] {
  const plain = new GraphBuilder();
  const tensors = new Map<string, Output>(
    Object.entries(SHAPES).map(([name, shape]) => {
      const tensor = placeholder(plain, `given/${name}`, shape);
      return [name, shape.length === 4 ? plain.note(tensor, shape) : tensor];
    }),
  );
  build(plain, (name) => tensors.get(name) as Output);
  return elementwiseFusion.apply(plain).nodes;
}

const calls = (nodes: readonly NodeDef[]): readonly NodeDef[] => nodes.filter(({ op }) => op === 'PartitionedCall');
const calledBy = ({ attr }: NodeDef): FunctionDef => (attr['f'] as { function: FunctionDef }).function;

const read = (graph: GraphBuilder, tensor: Output): Output =>
  graph.add('Softplus', `${tensor}/read`, [tensor], { T: FLOAT });

test('chains and sums of slices: the same numbers', async () => {
  const graph = await graphFunction(SHAPES, (builder, given) => {
    write(builder, given);
    const kept = keepNodes(builder, rewritten(write));
    return { pooled: 'pooled', sums: 'sums', 'compiled pooled': kept('pooled'), 'compiled sums': kept('sums') };
  });
  const inputs = Object.fromEntries(Object.entries(SHAPES).map(([name, shape]) => [name, randomTensor(shape, name)]));
  const bytes = Float32Array.from({ length: VALUES }, (_, i) => (i * 37) % 256);
  const fetched = graph.run({ ...inputs, bytes: { shape: SHAPE, data: bytes } });
  graph.close();
  for (const name of ['pooled', 'sums']) {
    const expected = fetched[name] as Float32Array;
    expect(new Set(expected).size, 'values').toBeGreaterThan(20);
    expected.forEach((value, i) => expect(fetched[`compiled ${name}`]?.[i], `${name} ${i}`).toBeCloseTo(value, 5));
  }
});

test('a concatenation of channels that have a large divisor in common, a small one, or none', async () => {
  for (const [first, second] of [
    [64, 32],
    [4, 6],
    [3, 5],
  ] as const) {
    const shapes = { x: [2, 3, 2, first], y: [2, 3, 2, second] };
    const shape = [2, 3, 2, first + second];
    const build = (graph: GraphBuilder, given: (name: string) => Output): void => {
      const noted = (name: 'x' | 'y', tensor: Output): Output => graph.note(tensor, shapes[name]);
      const parts = (['x', 'y'] as const).map((name) =>
        noted(name, multiply(graph, `${name}2`, noted(name, given(name)), graph.scalar(2))),
      );
      read(graph, graph.note(concatChannels(graph, 'whole', parts), shape));
    };
    const plain = new GraphBuilder();
    build(plain, (name) => placeholder(plain, `given/${name}`, shapes[name as 'x']));
    const { nodes } = elementwiseFusion.apply(plain);
    expect(calls(nodes).map(({ name, input }) => [name, ...input])).toEqual([['whole', 'given/x', 'given/y']]);
    const graph = await graphFunction(shapes, (builder, given) => {
      build(builder, given);
      return { plain: 'whole/read', compiled: keepNodes(builder, nodes)('whole/read') };
    });
    const inputs = Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, randomTensor(shape, name)]));
    const { plain: expected, compiled } = graph.run(inputs);
    graph.close();
    expect(compiled).toEqual(expected);
  }
});

test('what stands between is gone: a function of what the chain begins with', () => {
  const nodes = rewritten(write);
  // Both read the bytes, so that they are one call.
  expect(calls(nodes).map(({ name, input }) => [name, ...input])).toEqual([
    ['dropped', 'given/x', 'given/scale', 'given/shift', 'bytes', 'threshold', 'given/dy'],
  ]);
  const { inputs, outputs } = calledBy(calls(nodes)[0] as NodeDef);
  expect(inputs).toEqual(['DT_FLOAT', 'DT_FLOAT', 'DT_FLOAT', 'DT_UINT8', 'DT_UINT8', 'DT_FLOAT']);
  expect(outputs.map(({ type }) => type)).toEqual(['DT_FLOAT', 'DT_COMPLEX64']);
  const gone = ['scaled', 'moved', 'keep', 'kept', 'dy_dropped', 'channels', 'weighed', 'partial0', 'pair'];
  expect(nodes.filter(({ name }) => gone.includes(name))).toEqual([]);
});

test('small tensors stay as they are', () => {
  const ends = (channels: number): readonly string[] => {
    const plain = new GraphBuilder();
    const shape = [1, 64, 64, channels];
    const half = [1, 64, 32, channels];
    const x = plain.note(placeholder(plain, 'given/x', shape), shape);
    read(plain, plain.note(multiply(plain, 'scaled', x, plain.scalar(2)), shape));
    const cut = plain.note(slice(plain, 'cut', x, [0, 0, 0, 0], half), half);
    read(plain, plain.note(multiply(plain, 'cut_and_scaled', cut, plain.scalar(2)), half));
    return calls(elementwiseFusion.apply(plain, AVX512).nodes).map(({ name }) => name);
  };
  expect(ends(63)).toEqual([]);
  // What is cut is smaller than what it is cut from.
  expect(ends(64)).toEqual(['scaled']);
});

test('chains that compute the same call one function', () => {
  const nodes = rewritten((graph, given) => {
    for (const name of ['x', 'dy'] as const) {
      const scaled = graph.note(multiply(graph, `${name}/scaled`, given(name), given('scale')), SHAPE);
      read(graph, graph.note(add(graph, `${name}/moved`, scaled, given('shift')), SHAPE));
    }
  });
  expect(new Set(calls(nodes).map(calledBy)).size).toBe(1);
  expect(calls(nodes)).toHaveLength(2);
});

test('chains of one tensor that can run at once are one call with two results', () => {
  const nodes = rewritten((graph, given) => {
    read(graph, graph.note(multiply(graph, 'scaled', given('x'), given('scale')), SHAPE));
    read(graph, graph.note(add(graph, 'moved', given('x'), given('shift')), SHAPE));
  });
  expect(calls(nodes).map(({ name }) => name)).toEqual(['scaled']);
  expect(nodes.find(({ name }) => name === 'moved/read')?.input).toEqual(['scaled:1']);
});

test('bias and ReLU stay with a convolution, and are compiled behind anything else', () => {
  const convolution = {
    T: FLOAT,
    strides: attribute.ints([1, 1, 1, 1]),
    padding: attribute.string('SAME'),
    data_format: attribute.string('NHWC'),
  };
  const nodes = rewritten((graph, given) => {
    const kernel = graph.constant('kernel', { shape: [1, 1, 5, 5], data: new Float32Array(25) });
    const made = {
      conv: graph.add('Conv2D', 'conv', [given('x'), kernel], convolution),
      softened: read(graph, given('x')),
    };
    for (const [name, tensor] of Object.entries(made)) {
      const biased = graph.note(graph.add('BiasAdd', `${name}/biased`, [tensor, given('shift')], { T: FLOAT }), SHAPE);
      read(graph, graph.note(graph.add('Relu', `${name}/relu`, [biased], { T: FLOAT }), SHAPE));
    }
  });
  expect(calls(nodes).map(({ name, input }) => [name, ...input])).toEqual([
    ['softened/relu', 'given/x/read', 'given/shift'],
  ]);
  expect(nodes.find(({ name }) => name === 'conv/relu')?.op).toBe('Relu');
});

test('a chain that needs what another one leads to is a call of its own', () => {
  const nodes = rewritten((graph, given) => {
    const first = graph.note(multiply(graph, 'first', given('x'), given('scale')), SHAPE);
    const mean = reduce(graph, 'Mean', 'mean', first, [0, 1, 2]);
    read(graph, graph.note(subtract(graph, 'second', given('x'), mean), SHAPE));
  });
  expect(calls(nodes).map(({ name, input }) => [name, ...input])).toEqual([
    ['first', 'given/x', 'given/scale'],
    ['second', 'given/x', 'mean'],
  ]);
});

test('of a sum the term that is made first is stored, and the last computed in place', () => {
  const nodes = rewritten((graph, given) => {
    const early = graph.note(multiply(graph, 'early', given('x'), given('scale')), SHAPE);
    const softened = read(graph, given('x'));
    const late = graph.note(
      multiply(graph, 'late', given('dy'), reduce(graph, 'Mean', 'mean', softened, [0, 1, 2])),
      SHAPE,
    );
    read(graph, graph.note(sum(graph, 'total', [early, late]), SHAPE));
  });
  expect(calls(nodes).map(({ name, input }) => [name, ...input])).toEqual([
    ['early', 'given/x', 'given/scale'],
    ['total', 'early', 'given/dy', 'mean'],
  ]);
});

test('waits are kept: those of a chain, and those for a node that is gone', () => {
  const nodes = rewritten((graph, given) => {
    const softened = read(graph, given('dy'));
    const scaled = graph.note(
      graph.add('Mul', 'scaled', [given('x'), given('scale'), after(softened)], { T: FLOAT }),
      SHAPE,
    );
    read(graph, graph.note(add(graph, 'moved', scaled, given('shift')), SHAPE));
    graph.add('Cast', 'waiting', [given('shift'), after(scaled)], { SrcT: FLOAT, DstT: INT32 });
  });
  expect(calls(nodes).map(({ name, input }) => [name, ...input])).toEqual([
    ['moved', 'given/x', 'given/scale', 'given/shift', '^given/dy/read'],
  ]);
  expect(nodes.find(({ name }) => name === 'waiting')?.input).toEqual(['given/shift', '^given/scale']);
});
