import { argument, attribute, GraphBuilder, INT32, type DataType, type FunctionDef, type Output } from '../builder.ts';
import { callAttributes, XLA_CALL } from './xla-call.ts';
import { grouped, replaceNodes, type Rewrite } from './rewrite.ts';

/** The multipliers and the key's increments of Philox 4 x 32 (Salmon et al. 2011, table 2 and section 3.3). */
const MULTIPLIERS = [0xd2511f53, 0xcd9e8d57] as const;
const INCREMENTS = [0x9e3779b9, 0xbb67ae85] as const;
const ROUNDS = 10;
/** The key under which TensorFlow makes a generator's key and the upper half of its counter of a given one. */
const SEED_KEY = [0x3ec8f720, 0x02461e29] as const;
const WORD_BITS = 32;
const BYTES_PER_DRAW = 8;

/** Values of a mask, one byte each, from which its bits are drawn so in training. */
const LEAST = 2 ** 20;

/**
 * The random integers of dropout, made by a function that XLA compiles: TensorFlow makes them one block after another, XLA
 * several at once in the processor's vectors. Bit for bit the same numbers: Philox 4 x 32 with 10 rounds (Salmon et al. 2011,
 * "Parallel Random Numbers: As Easy as 1, 2, 3"), with the key that TensorFlow's StatelessRandomUniformFullInt makes of a given
 * one (https://github.com/tensorflow/tensorflow/blob/v2.21.0/tensorflow/core/kernels/stateless_random_ops.cc).
 *
 * A block of four words is two integers of 64 bits. They leave the function as the two parts of a complex number, as XLA
 * makes a loop of its own for every output.
 */
export const randomBitsCompiled: Rewrite = {
  name: 'random-bits-compiled',
  does: `the random bits of dropout by a function that XLA compiles, several blocks of the generator at once: bit for bit those of TensorFlow (from ${grouped(LEAST)} values of a mask)`,
  needs: [],
  when: ({ device }) => device === 'cpu',
  apply: (old, target) =>
    replaceNodes(old, (node, { graph, role, shape }) => {
      // Towers but the first begin at a later block, with an operation of another name; they are on GPUs.
      const isOurs = node.op === 'StatelessRandomUniformFullInt' && role(node.name)?.kind === 'random-bits';
      const draws = isOurs ? shape(node.name)?.[0] : undefined;
      if (draws === undefined || draws % 2 !== 0 || draws * BYTES_PER_DRAW < (target === undefined ? 0 : LEAST))
        return false;
      const definition = graph.function(`random_bits_${draws / 2}`, () => blocks(draws / 2));
      const made = graph.add(XLA_CALL, `${node.name}/blocks`, node.input.slice(1), callAttributes(definition));
      const integers = graph.add('Bitcast', `${node.name}/integers`, [made], {
        T: type('DT_COMPLEX128'),
        type: type('DT_UINT64'),
      });
      graph.replace(node, 'Reshape', [integers, graph.ints([draws])], { T: type('DT_UINT64'), Tshape: INT32 });
      return true;
    }),
};

const type = (name: DataType) => attribute.type(name);

/** int32 [2] to complex128 [count]: the blocks of the generator that TensorFlow keys by it. */
function blocks(count: number): Omit<FunctionDef, 'name'> {
  const body = new GraphBuilder();
  const cast = (x: Output, from: DataType, to: DataType): Output =>
    body.add('Cast', 'cast', [x], { SrcT: type(from), DstT: type(to) });
  const wide = (x: Output): Output => cast(x, 'DT_UINT32', 'DT_UINT64');
  const low = (x: Output): Output => cast(x, 'DT_UINT64', 'DT_UINT32');
  const of64 = (op: string, a: Output, b: Output): Output =>
    body.add(op, op.toLowerCase(), [a, b], { T: type('DT_UINT64') });
  const of32 = (op: string, a: Output, b: Output): Output =>
    body.add(op, op.toLowerCase(), [a, b], { T: type('DT_UINT32') });
  const integer64 = (value: number): Output =>
    body.constant('integer', { shape: [], data: BigUint64Array.of(BigInt(value)) });
  const integer32 = (value: number): Output => body.constant('word', { shape: [], data: Uint32Array.of(value) });
  const bits = integer64(WORD_BITS);
  const high = (x: Output): Output => low(of64('RightShift', x, bits));
  const multipliers = MULTIPLIERS.map(integer64);
  const increments = INCREMENTS.map(integer32);

  type Words = readonly [Output, Output, Output, Output];
  const philox = (counter: Words, key: readonly [Output, Output]): Words => {
    let [c0, c1, c2, c3] = counter;
    let [k0, k1] = key;
    for (let round = 0; round < ROUNDS; round++) {
      const p0 = of64('Mul', wide(c0), multipliers[0] as Output);
      const p1 = of64('Mul', wide(c2), multipliers[1] as Output);
      const mixed = (product: Output, word: Output, k: Output): Output =>
        of32('BitwiseXor', of32('BitwiseXor', high(product), word), k);
      [c0, c1, c2, c3] = [mixed(p1, c1, k0), low(p1), mixed(p0, c3, k1), low(p0)];
      k0 = of32('AddV2', k0, increments[0] as Output);
      k1 = of32('AddV2', k1, increments[1] as Output);
    }
    return [c0, c1, c2, c3];
  };

  const given = cast(cast(argument(0), 'DT_INT32', 'DT_INT64'), 'DT_INT64', 'DT_UINT64');
  const [first, second] = [0, 1].map((place) => {
    const part = body.add('Slice', 'part', [given, body.ints([place]), body.ints([1])], {
      T: type('DT_UINT64'),
      Index: INT32,
    });
    return body.add('Reshape', 'number', [part, body.ints([])], { T: type('DT_UINT64'), Tshape: INT32 });
  }) as [Output, Output];
  const [seedKey0, seedKey1] = SEED_KEY.map(integer32) as [Output, Output];
  const [k0, k1, c2, c3] = philox([low(first), high(first), low(second), high(second)], [seedKey0, seedKey1]);
  const places = body.add('Range', 'places', [body.ints(0), body.ints(count), body.ints(1)], { Tidx: INT32 });
  const words = philox([cast(places, 'DT_INT32', 'DT_UINT32'), integer32(0), c2, c3], [k0, k1]);
  const double = (lower: Output, upper: Output): Output => {
    const both = of64('BitwiseOr', wide(lower), of64('LeftShift', wide(upper), bits));
    return body.add('Bitcast', 'double', [both], { T: type('DT_UINT64'), type: type('DT_DOUBLE') });
  };
  const pair = body.add('Complex', 'pair', [double(words[0], words[1]), double(words[2], words[3])], {
    T: type('DT_DOUBLE'),
    Tout: type('DT_COMPLEX128'),
  });
  return {
    inputs: ['DT_INT32'],
    nodes: body.nodes,
    outputs: [{ tensor: pair, type: 'DT_COMPLEX128' }],
  };
}
