import { expect, test } from 'vitest';
import { measureDeviation } from '../../src/package/forms/deviation.ts';
import { float32Fault } from '../../src/package/forms/float32-fault.ts';
import { fp16 } from '../../src/package/forms/fp16.ts';

/** A stack of four pixels, of which TensorFlow and a form give these probabilities. */
const SIZE = { width: 4, height: 1, depth: 1 };
const EXPECTED = [0.9, 0.1, 0.8, 0.2];
const deviationOf = (found: readonly number[], labels: readonly number[] | null = null) =>
  measureDeviation({
    images: { ...SIZE, data: new Uint8Array(4) },
    expected: { ...SIZE, data: Float32Array.from(EXPECTED) },
    labels: labels && { ...SIZE, data: Uint8Array.from(labels) },
    labelOffset: null,
    onSection: () => undefined,
    segmenter: { segmentWhole: () => Promise.resolve({ width: 4, height: 1, data: Float32Array.from(found) }) },
  });

test('a form that gives what TensorFlow gives has no fault', async () => {
  const deviation = await deviationOf(EXPECTED);
  expect(deviation).toEqual({ sections: 1, largestDifference: 0, meanDifference: 0, classChanged: 0 });
  expect([float32Fault(deviation), fp16.fault(deviation)]).toEqual([null, null]);
});

test.each([
  [NaN, null],
  [Infinity, null],
  [NaN, [255, 0, 255, 0]],
])('a form that gives %d in a pixel is refused, in whatever pixel it is', async (value, labels) => {
  for (const at of EXPECTED.keys()) {
    const deviation = await deviationOf(EXPECTED.with(at, value), labels);
    expect(deviation.largestDifference).toBe(value);
    expect(float32Fault(deviation)).toContain(`differs from TensorFlow by ${value}`);
    expect(fp16.fault(deviation)).toContain(`differs from TensorFlow by ${value}`);
  }
});
