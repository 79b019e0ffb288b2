import { expect, test } from 'vitest';
import * as api from '../src/index.ts';
import type { OnnxConvolution, OnnxNode, OnnxSummary, OnnxValue, Range } from '../src/index.ts';

/** The public types by name: one that is renamed or taken away does not compile here. */
type PublicTypes = [OnnxConvolution, OnnxNode, OnnxSummary, OnnxValue, Range];

// A difference here is a change of what others import: review it as such.
test('public names', () => {
  expect(Object.keys(api).sort()).toMatchInlineSnapshot(`
    [
      "calibratedTensors",
      "canonicalOnnx",
      "halfOnnx",
      "inspectOnnx",
      "misplacedTransposes",
      "quantiseOnnx",
      "rangeOf",
      "withConstantUpsampling",
      "withOutputs",
    ]
  `);
});

test('public types', () => {
  const types: PublicTypes['length'] = 5;
  expect(types).toBe(5);
});
