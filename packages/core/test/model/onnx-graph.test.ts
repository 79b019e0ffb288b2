import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvalidModelError, onnxFacts } from '../../src/index.ts';

/** Written by ONNX's own library: fixtures/make-onnx.py. */
const onnx = new Uint8Array(readFileSync(new URL('../fixtures/small.onnx', import.meta.url)));

/** A field of a message: an integer below 128, or bytes. */
const field = (number: number, content: number | string | readonly number[]): number[] => {
  const tag = (type: number): number[] => (number < 16 ? [number * 8 + type] : [((number * 8 + type) & 127) | 128, 1]);
  if (typeof content === 'number') return [...tag(0), content];
  const bytes = typeof content === 'string' ? [...Buffer.from(content)] : content;
  return [...tag(2), (bytes.length & 127) | 128, bytes.length >> 7, ...bytes];
};
const graph = (...parts: readonly (readonly number[])[]): number[] => field(7, parts.flat());
const node = (...parts: readonly (readonly number[])[]): number[] => field(1, parts.flat());
const facts = (...parts: readonly (readonly number[])[]) => onnxFacts(Uint8Array.from(parts.flat()));

const FLOAT = field(2, 1);
const HALF = field(2, 10);
const ELSEWHERE = field(14, 1);
const FILE = field(13, [...field(1, 'location'), ...field(2, 'w.data')]);

describe('onnxFacts', () => {
  it('reads a file of 32-bit floats', () => {
    expect(onnxFacts(onnx)).toEqual({ precision: 'fp32', hasExternalData: false });
  });

  it.each([
    ['a weight', graph(field(5, HALF))],
    ['a constant', graph(node(field(4, 'Constant'), field(5, field(5, HALF))))],
    ['a constant in a graph in an operation', graph(node(field(5, field(6, field(5, HALF)))))],
  ])('finds 16-bit floats: %s', (_, file) => {
    expect(facts(file).precision).toBe('fp16');
  });

  it.each(['QuantizeLinear', 'QLinearConv', 'ConvInteger', 'DynamicQuantizeLinear'])(
    'finds 8-bit integers: %s',
    (op) => {
      expect(facts(graph(node(field(4, op)), field(5, HALF))).precision).toBe('int8');
    },
  );

  it.each([
    ['a weight that is said to lie elsewhere', graph(field(5, [...FLOAT, ...ELSEWHERE]))],
    ['a weight with the name of a file', graph(field(5, [...FLOAT, ...FILE]))],
    ['one of several tensors of an operation', graph(node(field(5, field(10, FILE))))],
    ['in a graph in an operation', graph(node(field(5, field(11, field(5, ELSEWHERE)))))],
    ['values of a sparse weight', graph(field(15, field(1, FILE)))],
    ['a sparse value of an operation', graph(node(field(5, field(22, field(2, FILE)))))],
    ['in a function', field(25, field(7, field(5, field(5, FILE))))],
    ['in a training graph', field(20, field(1, field(5, FILE)))],
  ])('finds data in other files: %s', (_, file) => {
    expect(facts(file).hasExternalData).toBe(true);
    expect(facts(graph(field(5, FLOAT))).hasExternalData).toBe(false);
  });

  it('throws nothing but InvalidModelError, whatever the bytes, and ends', () => {
    const change = fc.tuple(fc.nat(onnx.length - 1), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(fc.array(change, { maxLength: 4 }), fc.nat(onnx.length), (changes, length) => {
        const bytes = onnx.slice(0, length);
        for (const [at, byte] of changes) bytes[at] = byte;
        try {
          onnxFacts(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidModelError);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('looks into graphs in graphs, and refuses those without end', () => {
    const nested = (depth: number): number[] => {
      let inner = field(5, FILE);
      for (let i = 0; i < depth; i++) inner = node(field(5, field(6, inner)));
      return graph(inner);
    };
    expect(facts(nested(5)).hasExternalData).toBe(true);
    expect(() => facts(nested(30))).toThrow('graphs in graphs without end');
  });
});
