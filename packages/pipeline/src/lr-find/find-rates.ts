import { join } from 'node:path';
import { writeFileAtomically } from '@dilated-unet/host';
import type { RangeTestEvent, RangeTestResult, RateSweep, runRangeTest, TrainConfig } from '@dilated-unet/trainer';
import { claimRunFolder } from '../run/run-folder.ts';
import type { Reporter } from '../run/services.ts';
import { trainingListener } from '../run/training-progress.ts';
import { curveChart, curveCsv } from './curve.ts';
import type { DeviceChoice } from '../command-line/device.ts';

/** One range test. */
export interface LrFindRequest extends DeviceChoice {
  /** As for training; its schedule and length do not count. */
  readonly config: TrainConfig;
  readonly sweep: RateSweep;
  /** Folder for the curve, absolute. */
  readonly out: string;
}

/** What a range test leaves. */
export interface FoundRates {
  readonly result: RangeTestResult;
  /** Absolute paths. No chart where there is nothing to draw. */
  readonly files: { readonly chart?: string; readonly table: string };
}

/**
 * Runs the range test and writes its curve to `request.out`.
 *
 * @param rangeTest see `runRangeTest` of the trainer.
 * @throws InvalidOptionError when the folder is taken, and whatever the test throws; then nothing is left.
 */
export async function findRates(
  request: LrFindRequest,
  rangeTest: typeof runRangeTest,
  watch: Reporter,
): Promise<FoundRates> {
  const { config, sweep, out, requireGpu, gpu } = request;
  const { signal } = watch;
  const folder = await claimRunFolder(out, false, signal);
  try {
    const result = await rangeTest(config, {
      sweep,
      requireGpu,
      ...(gpu !== undefined && { gpu }),
      ...(signal && { signal }),
      onEvent: (event) => show(event, watch),
    });
    const [table, chart] = [join(out, 'lr-find.csv'), join(out, 'lr-find.svg')];
    await writeFileAtomically(table, curveCsv(result.points));
    if (result.points.length === 0) return { result, files: { table } };
    await writeFileAtomically(chart, curveChart(result));
    return { result, files: { chart, table } };
  } catch (error) {
    await folder.abandon();
    throw error;
  }
}

function show(event: RangeTestEvent, watch: Reporter): void {
  if (event.type === 'done') return;
  if (event.type !== 'tried') {
    trainingListener(watch)(event);
    return;
  }
  const { step, rate, loss } = event.point;
  const detail = `step ${step}/${event.steps}  rate ${rate.toExponential(2)}  loss ${loss.toFixed(4)}`;
  watch.onProgress({ phase: 'raising the rate', detail, done: step, total: event.steps });
}
