import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { InvalidModelError, onnxInputShape } from '../../src/index.ts';
import { bytesField } from '../../src/model/protobuf.ts';

it('reads sizes and names of the axes', () => {
  // Written by ONNX's own library: fixtures/make-onnx.py.
  const onnx = new Uint8Array(readFileSync(new URL('../fixtures/small.onnx', import.meta.url)));
  expect(onnxInputShape(onnx)).toEqual(['n', 'y', 'x', 1]);
});

it('says nothing where the file does not, and refuses what is no ONNX file', () => {
  expect(onnxInputShape(new Uint8Array(0))).toEqual([]);
  expect(() => onnxInputShape(Uint8Array.of(0x3a, 4))).toThrow(InvalidModelError);
});

it('reads an axis of a long name', () => {
  const name = new Uint8Array(300_000).fill(97);
  // graph, input, type, tensor_type, shape, dim, dim_param
  const onnx = [2, 1, 2, 1, 2, 11, 7].reduce((bytes, field) => bytesField(field, bytes), name);
  expect(onnxInputShape(onnx)).toEqual(['a'.repeat(300_000)]);
});
