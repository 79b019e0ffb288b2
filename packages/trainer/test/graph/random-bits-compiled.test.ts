import { expect, test } from 'vitest';
import { attribute, GraphBuilder, INT32, type NodeDef } from '../../src/graph/builder.ts';
import { randomBitsCompiled } from '../../src/graph/rewrites/random-bits-compiled.ts';
import type { Target } from '../../src/graph/rewrites/index.ts';
import { AVX512 } from '../support/targets.ts';
import { graphFunction, keepNodes } from '../support/graph.ts';

/** Draws as layers/dropout.ts writes them, read as floats, since a call fetches these. */
function write(graph: GraphBuilder, keys: readonly (readonly number[])[], draws: number): void {
  const uint64 = attribute.type('DT_UINT64');
  keys.forEach((key, k) => {
    const bits = graph.add('StatelessRandomUniformFullInt', `bits${k}`, [graph.ints([draws]), graph.ints(key)], {
      dtype: uint64,
      T: INT32,
      Tseed: INT32,
    });
    graph.note(bits, [draws], { kind: 'random-bits', layer: `dropout${k}` });
    const bytes = graph.add('Bitcast', `bytes${k}`, [bits], { T: uint64, type: attribute.type('DT_UINT8') });
    graph.add('Cast', `read${k}`, [bytes], { SrcT: attribute.type('DT_UINT8'), DstT: attribute.type('DT_FLOAT') });
  });
}

function rewritten(keys: readonly (readonly number[])[], draws: number, target?: Target): readonly NodeDef[] {
  const plain = new GraphBuilder();
  write(plain, keys, draws);
  return randomBitsCompiled.apply(plain, target).nodes;
}

test('bit for bit what TensorFlow draws, for any key', async () => {
  const keys = [
    [0, 0],
    [1, 2],
    [-1640531527, 12345],
    [-1, -2147483648],
    [2147483647, -1],
  ];
  const draws = 3000;
  const graph = await graphFunction({ ignored: [] }, (builder) => {
    write(builder, keys, draws);
    const kept = keepNodes(builder, rewritten(keys, draws));
    return Object.fromEntries(
      keys.flatMap((_, k) => [
        [`plain${k}`, `read${k}`],
        [`compiled${k}`, kept(`read${k}`)],
      ]),
    );
  });
  const fetched = graph.run({ ignored: { shape: [], data: new Float32Array(1) } });
  graph.close();
  keys.forEach((_, k) => {
    expect(fetched[`plain${k}`]).toHaveLength(8 * draws);
    expect(fetched[`compiled${k}`], `key ${k}`).toEqual(fetched[`plain${k}`]);
  });
  expect(fetched['compiled0']).not.toEqual(fetched['compiled1']);
});

test('draws of one length call one function; few, or an odd number of them, stay as they are', () => {
  const ops = (draws: number, target?: Target): readonly string[] =>
    rewritten(
      [
        [1, 2],
        [3, 4],
      ],
      draws,
      target,
    ).map(({ op }) => op);
  const calls = rewritten(
    [
      [1, 2],
      [3, 4],
    ],
    10,
  ).filter(({ op }) => op === 'PartitionedCall');
  expect(new Set(calls.map(({ attr }) => attr['f'])).size).toBe(2);
  expect(new Set(calls.map(({ attr }) => (attr['f'] as { function: object }).function)).size).toBe(1);
  expect(ops(11)).not.toContain('PartitionedCall');
  expect(ops(2 ** 17 - 2, AVX512)).not.toContain('PartitionedCall');
  expect(ops(2 ** 17, AVX512)).not.toContain('StatelessRandomUniformFullInt');
});
