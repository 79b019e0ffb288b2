import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { InvalidModelError, onnxInputShape } from '../../src/index.ts';

it('reads sizes and names of the axes', () => {
  // Written by ONNX's own library: fixtures/make-onnx.py.
  const onnx = new Uint8Array(readFileSync(new URL('../fixtures/small.onnx', import.meta.url)));
  expect(onnxInputShape(onnx)).toEqual(['n', 'y', 'x', 1]);
});

it('says nothing where the file does not, and refuses what is no ONNX file', () => {
  expect(onnxInputShape(new Uint8Array(0))).toEqual([]);
  expect(() => onnxInputShape(Uint8Array.of(0x3a, 4))).toThrow(InvalidModelError);
});
