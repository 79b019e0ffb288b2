import { expect, test } from 'vitest';
import { describeTestResult, testResult, type FormFacts, type TestResult } from '../src/index.ts';

const deviation = { largestDifference: 0.05, meanDifference: 0.005, classChanged: 0.01 };
const fp32: FormFacts = { precision: 'fp32', engine: null, deviation };
const int8: FormFacts = { precision: 'int8', engine: null, deviation };
const image = (...values: number[]) => ({ width: values.length, height: 1, data: Float32Array.from(values) });
const expected = image(0.5, 0.25, 0, 1);
const result = (form: FormFacts, engine: 'cpu' | 'webgpu', ...values: number[]): TestResult =>
  testResult(form, engine, expected, image(...values));

test('the exact form passes within the rounding of the engine', () => {
  expect(result(fp32, 'cpu', 0.5, 0.25, 0, 1)).toEqual({
    largestDifference: 0,
    meanDifference: 0,
    bound: { largest: 1e-4, mean: 1e-4 },
    passes: true,
  });
  expect(result(fp32, 'cpu', 0.5005, 0.25, 0, 1).passes).toBe(false);
  expect(result(fp32, 'webgpu', 0.5005, 0.25, 0, 1)).toMatchObject({ bound: { largest: 1e-3 }, passes: true });
  expect(result(fp32, 'webgpu', 0.5, 0.25, NaN, 1)).toMatchObject({ largestDifference: NaN, passes: false });
});

test('others pass within twice what their package states, at the worst pixel and in the mean', () => {
  expect(result(int8, 'cpu', 0.5, 0.25, 0, 0.98)).toMatchObject({
    bound: { largest: 2 * 0.05 + 1e-4, mean: 2 * 0.005 + 1e-4 },
    passes: true,
  });
  expect(result(int8, 'cpu', 0.5, 0.25, 0, 0.89).passes).toBe(false);
  expect(result(int8, 'cpu', 0.52, 0.27, 0.02, 0.98).passes).toBe(false);
  expect(testResult({ ...int8, deviation: null }, 'cpu', expected, image(0.5, 0.25, 0, 0.98)).passes).toBe(false);
});

test('in words', () => {
  expect(describeTestResult(result(fp32, 'cpu', 0.5005, 0.25, 0, 1))).toBe('differs by 5.0e-4 (1.0e-4 allowed)');
  expect(describeTestResult(result(int8, 'cpu', 0.52, 0.27, 0.02, 0.98))).toBe(
    'differs by 2.0e-2 in the mean (1.0e-2 allowed)',
  );
});
