/** The child process of `runTraining`: receives one task, sends events, ends. */
import { EnvironmentError, InvalidOptionError } from '@dilated-unet/core';
import type { TrainConfig } from './config.ts';
import type { TrainEvent } from './events.ts';
import { deviceReport } from './tensorflow/device.ts';
import { train } from './train.ts';

/** What the parent sends, once. */
export interface ChildTask {
  readonly config: TrainConfig;
  readonly out: string;
  readonly resume: boolean;
  readonly requireGpu: boolean;
}

/** What the child sends. */
export type ChildMessage =
  | TrainEvent
  | {
      readonly type: 'failed';
      readonly name: string;
      readonly message: string;
      readonly stack?: string | undefined;
      readonly option?: string;
      readonly received?: unknown;
    };

process.once('message', (task: ChildTask) => {
  void run(task).then(
    () => process.disconnect(),
    (error: unknown) => {
      send(failure(error), () => process.exit(1));
    },
  );
});
// A parent that is gone wants no result.
process.once('disconnect', () => process.exit());

async function run({ config, out, resume, requireGpu }: ChildTask): Promise<void> {
  if (requireGpu && deviceReport().kind !== 'gpu') {
    throw new EnvironmentError(
      'TensorFlow finds no GPU, and --require-gpu asks for one. Check `nvidia-smi`, and run `npx nx run tools:setup --device cuda`.',
    );
  }
  await train(config, { out, resume, onEvent: (event) => send(event) });
}

function send(message: ChildMessage, then?: () => void): void {
  process.send?.(message, () => then?.());
}

function failure(error: unknown): ChildMessage {
  if (!(error instanceof Error)) return { type: 'failed', name: 'Error', message: String(error) };
  const { name, message, stack } = error;
  const option = error instanceof InvalidOptionError ? { option: error.option, received: error.received } : {};
  return { type: 'failed', name, message, stack, ...option };
}
