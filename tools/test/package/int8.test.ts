import { expect, test } from 'vitest';
import { int8Fault } from '../../src/package/forms/int8.ts';

test('a form in integers is refused for each of its bounds', () => {
  const deviation = { sections: 1, largestDifference: 0.5, meanDifference: 0.01, classChanged: 0.005 };
  expect(int8Fault(deviation)).toBeNull();
  expect(int8Fault({ ...deviation, vRand: -0.0029, interiorDice: 0.0009, vInfo: 0 })).toBeNull();
  expect(int8Fault({ ...deviation, classChanged: 0.007 })).toBe('classChanged 0.007 is beyond 0.006');
  expect(int8Fault({ ...deviation, vRand: -0.004 })).toContain('vRand');
  expect(int8Fault({ ...deviation, interiorDice: 0.002 })).toContain('interiorDice');
  expect(int8Fault({ ...deviation, classChanged: NaN })).toContain('classChanged');
  expect(int8Fault({ ...deviation, largestDifference: NaN })).toBe(
    'it differs from TensorFlow by NaN in a probability',
  );
});
