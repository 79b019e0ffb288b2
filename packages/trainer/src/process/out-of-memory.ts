import { EnvironmentError, isDilatedUnetError } from '@dilated-unet/core';
import type { TrainConfig } from '../config/schema.ts';

/** What can be done where memory is not enough, as the end of a sentence. */
export function needsLess({ window, batchSize }: Pick<TrainConfig, 'window' | 'batchSize'>): string {
  return `try smaller windows than ${window} (\`window\`) or smaller batches than ${batchSize} (\`batchSize\`)`;
}

/** What TensorFlow threw, for the user where it is for want of memory: a GPU's is full before the process is killed. */
export function memoryError(error: unknown, config: Pick<TrainConfig, 'window' | 'batchSize'>): unknown {
  const isFull = /OOM when allocating|RESOURCE_EXHAUSTED|ResourceExhausted/.test(String(error));
  if (isDilatedUnetError(error) || !isFull) return error;
  return new EnvironmentError(`TensorFlow ran out of memory: ${needsLess(config)}.`, { cause: error });
}
