import { expect, test } from 'vitest';
import { measureDeviation, scoreBeside } from '../../src/package/forms/deviation.ts';
import { float32Fault } from '../../src/package/forms/float32-fault.ts';
import { fp16 } from '../../src/package/forms/fp16.ts';

/** A stack of four pixels, of which TensorFlow and a form give these probabilities. */
const SIZE = { width: 4, height: 1, depth: 1 };
const EXPECTED = [0.9, 0.1, 0.8, 0.2];
const deviationOf = async (found: readonly number[], values: readonly number[] | null = null) => {
  const expected = { ...SIZE, data: Float32Array.from(EXPECTED) };
  const labels = values && { ...SIZE, data: Uint8Array.from(values) };
  return measureDeviation({
    images: { ...SIZE, data: new Uint8Array(4) },
    expected,
    labels,
    labelOffset: null,
    expectedScore: await scoreBeside({ labels, labelOffset: null }, expected),
    onSection: () => undefined,
    segmenter: { segmentWhole: () => Promise.resolve({ width: 4, height: 1, data: Float32Array.from(found) }) },
  });
};

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

test('a form is scored beside TensorFlow', async () => {
  expect(await deviationOf(EXPECTED, [255, 0, 255, 0])).toMatchObject({ interiorDice: 0, vRand: 0, vInfo: 0 });
  const { interiorDice } = await deviationOf([0.9, 0.1, 0.4, 0.2], [255, 0, 255, 0]);
  expect(interiorDice).toBeCloseTo(2 / 3 - 1, 6);
});

/** Two sections, whose measuring is stopped once so many are segmented. */
async function stoppedAfter(sections: number): Promise<{ readonly segmented: number; readonly failure: unknown }> {
  const [stack, controller] = [{ width: 4, height: 1, depth: 2 }, new AbortController()];
  const expected = { ...stack, data: Float32Array.from([...EXPECTED, ...EXPECTED]) };
  const labels = { ...stack, data: Uint8Array.from([255, 0, 255, 0, 255, 0, 255, 0]) };
  let segmented = 0;
  const measuring = measureDeviation({
    images: { ...stack, data: new Uint8Array(8) },
    expected,
    labels,
    labelOffset: null,
    expectedScore: await scoreBeside({ labels, labelOffset: null }, expected),
    signal: controller.signal,
    // As a signal of the system comes: at a turn of the event loop.
    onSection: (done) => void (done === sections && setImmediate(() => controller.abort(new Error('Stopped.')))),
    segmenter: {
      segmentWhole: async (_, { signal } = {}) => {
        await new Promise((resolve) => setImmediate(resolve));
        signal?.throwIfAborted();
        segmented++;
        return { width: 4, height: 1, data: Float32Array.from(EXPECTED) };
      },
    },
  });
  const failure = await measuring.then(
    () => null,
    (error: unknown) => error,
  );
  return { segmented, failure };
}

test.each([1, 2])(
  'what is stopped after section %i of two is neither compared nor scored further',
  async (sections) => {
    expect(await stoppedAfter(sections)).toEqual({ segmented: sections, failure: new Error('Stopped.') });
  },
);
