import { EnvironmentError, InvalidImageError } from '@dilated-unet/core';
import { expect, test } from 'vitest';
import { memoryError } from '../../src/process/out-of-memory.ts';

const config = { window: 512, batchSize: 3 };

// As the binding throws them.
test.each([
  'Session fail to run with error: 2 root error(s) found.\n  (0) RESOURCE_EXHAUSTED: OOM when allocating tensor with shape[3,512,512,176]',
  'Session fail to run with error: OOM when allocating tensor with shape[64] and type float on /device:GPU:0 by allocator GPU_0_bfc',
  'ResourceExhaustedError: failed to allocate memory',
])('a device that is full is told with what can be made smaller: %s', (message) => {
  const cause = new Error(message);
  const error = memoryError(cause, config);
  expect(error).toBeInstanceOf(EnvironmentError);
  expect((error as EnvironmentError).message).toBe(
    'TensorFlow ran out of memory: try smaller windows than 512 (`window`) or smaller batches than 3 (`batchSize`).',
  );
  expect((error as EnvironmentError).cause).toBe(cause);
});

test('other errors stay what they are', () => {
  for (const error of [new TypeError('x is undefined'), new InvalidImageError('RESOURCE_EXHAUSTED.tif is no image')]) {
    expect(memoryError(error, config)).toBe(error);
  }
});
