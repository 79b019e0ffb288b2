/** The child process of `runTraining` and `runRangeTest`: receives one task, sends events, ends. */
import { EnvironmentError, errorToData, type ErrorData } from '@dilated-unet/core';
import type { TrainConfig } from '../config/schema.ts';
import type { TrainEvent } from '../run/events.ts';
import { rangeTest, type RangeTestEvent } from '../lr-finder/range-test.ts';
import type { RateSweep } from '../lr-finder/sweep.ts';
import { deviceReport } from '../tensorflow/device.ts';
import { memoryError } from './out-of-memory.ts';
import { train } from '../run/train.ts';

/** What the parent sends, once. */
export type ChildTask = {
  readonly config: TrainConfig;
  /** Fail where TensorFlow finds no GPU. */
  readonly requireGpu: boolean;
} & (
  | { readonly kind: 'train'; readonly out: string; readonly resume: boolean }
  | { readonly kind: 'range-test'; readonly sweep: RateSweep; readonly scratch: string }
);

/** What the child sends. */
export type ChildMessage = TrainEvent | RangeTestEvent | { readonly type: 'failed'; readonly error: ErrorData };

process.once('message', (task: ChildTask) => {
  void run(task).then(
    () => process.disconnect(),
    (error: unknown) => {
      send({ type: 'failed', error: errorToData(memoryError(error, task.config)) }, () => process.exit(1));
    },
  );
});
// A parent that is gone wants no result.
process.once('disconnect', () => process.exit());

async function run(task: ChildTask): Promise<void> {
  if (task.requireGpu && deviceReport().kind !== 'gpu') {
    throw new EnvironmentError(
      'TensorFlow finds no GPU, and one is required. Check `nvidia-smi`, and run `npx nx run tools:setup --device cuda`.',
    );
  }
  const onEvent = (event: TrainEvent | RangeTestEvent): void => send(event);
  switch (task.kind) {
    case 'train':
      await train(task.config, { out: task.out, resume: task.resume, onEvent });
      return;
    case 'range-test':
      await rangeTest(task.config, task.sweep, { scratch: task.scratch, onEvent });
  }
}

function send(message: ChildMessage, then?: () => void): void {
  process.send?.(message, () => then?.());
}
