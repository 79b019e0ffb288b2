import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runChild, type ChildOptions } from './child-process.ts';
import type { TrainConfig } from '../config/schema.ts';
import type { TrainEvent, TrainResult } from '../run/events.ts';
import type { RangeTestEvent, RangeTestResult } from '../lr-finder/range-test.ts';
import { DEFAULT_SWEEP, type RateSweep } from '../lr-finder/sweep.ts';

export interface RunTrainingOptions extends ChildOptions<TrainEvent> {
  /** Run folder, absolute; made where it is missing. */
  readonly out: string;
  /** Go on from the run folder's last checkpoint. @default false */
  readonly resume?: boolean;
  /** Fail where TensorFlow finds no GPU. @default false */
  readonly requireGpu?: boolean;
}

/**
 * Trains a network in a child process (see `train` for what it leaves in the run folder) and returns when it is done.
 * The caller's event loop stays free, so that it can draw progress. `signal` ends the training; the last checkpoint stays.
 *
 * @throws the error of the child, of its own class; EnvironmentError when the child was killed (out of memory, for example).
 */
export async function runTraining(config: TrainConfig, options: RunTrainingOptions): Promise<TrainResult> {
  const { out, resume = false, requireGpu = false, ...rest } = options;
  const hint = 'The last checkpoint is kept: a resumed run goes on from it.';
  const { result } = await runChild<TrainEvent>({ kind: 'train', config, out, resume, requireGpu }, { ...rest, hint });
  return result;
}

export interface RunRangeTestOptions extends ChildOptions<RangeTestEvent> {
  /** The rates that are tried. @default `DEFAULT_SWEEP`, field by field */
  readonly sweep?: Partial<RateSweep>;
  /** Fail where TensorFlow finds no GPU. @default false */
  readonly requireGpu?: boolean;
}

/**
 * The LR range test (Smith 2015, section 3.3) in a child process; see `rangeTest`. Leaves no files.
 *
 * @throws as `runTraining`, and InvalidOptionError when the sweep is out of range.
 */
export async function runRangeTest(config: TrainConfig, options: RunRangeTestOptions = {}): Promise<RangeTestResult> {
  const { requireGpu = false, sweep: given, ...rest } = options;
  const sweep = { ...DEFAULT_SWEEP, ...given };
  const scratch = await mkdtemp(join(tmpdir(), 'dilated-unet-lr-'));
  try {
    const hint = 'Start the test again.';
    const task = { kind: 'range-test', config, sweep, scratch, requireGpu } as const;
    const { result } = await runChild<RangeTestEvent>(task, { ...rest, hint });
    return result;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
