import { setImmediate } from 'node:timers/promises';
import type { TrainConfig } from '../config/schema.ts';
import { openTrainingBatches } from '../data/training-batches.ts';
import type { DeviceReport, TrainEvent } from '../run/events.ts';
import { prepare } from '../run/prepare.ts';
import { TrainableModel } from '../model/model.ts';
import { initialState } from '../init/initial-state.ts';
import { LossCurve, type RangePoint } from './loss-curve.ts';
import { suggestRates, type RateSuggestion } from './suggest.ts';
import { requireSweep, sweepRate, type RateSweep } from './sweep.ts';

/** What a range test tells while it runs; sent in order. */
export type RangeTestEvent =
  | Extract<TrainEvent, { type: 'device' | 'stage' | 'note' | 'warning' }>
  | { readonly type: 'tried'; readonly point: RangePoint; readonly steps: number; readonly secondsPerStep: number }
  | { readonly type: 'done'; readonly result: RangeTestResult };

/** What a range test found. */
export interface RangeTestResult {
  readonly config: TrainConfig;
  readonly device: DeviceReport;
  readonly sweep: RateSweep;
  /** One per step that was trained. */
  readonly points: readonly RangePoint[];
  /** All rates were tried, or the loss was four times its lowest, or it was no number any more. */
  readonly end: 'swept' | 'risen' | 'not-finite';
  readonly suggestion: RateSuggestion;
}

export interface RangeTestOptions {
  /** Folder for the training graph, absolute. */
  readonly scratch: string;
  readonly onEvent: (event: RangeTestEvent) => void;
}

/**
 * The LR range test (Smith 2015, "Cyclical Learning Rates for Training Neural Networks", section 3.3): trains from the first
 * step on, as `train` would with the configuration that is asked for, while the learning rate rises; of the configuration the schedule, the
 * epochs and what comes after training do not count. It ends early when the loss is far above its lowest.
 *
 * @throws as `train`, and InvalidOptionError when the sweep is out of range.
 */
export async function rangeTest(
  asked: TrainConfig,
  sweep: RateSweep,
  options: RangeTestOptions,
): Promise<RangeTestResult> {
  const { scratch, onEvent } = options;
  requireSweep(sweep);
  const { config, device, devices, data } = await prepare(asked, onEvent);
  const model = await TrainableModel.build(config, scratch, { devices, isPartial: data.isPartial });
  model.assign(await initialState(model.network, config));

  // The first step takes longer than all others: TensorFlow compiles its kernels.
  onEvent({ type: 'stage', stage: 'starting the training' });
  const { steps } = sweep;
  const batches = await openTrainingBatches(config, data, { from: 0, to: steps });
  const curve = new LossCurve();
  let end: RangeTestResult['end'] = 'swept';
  try {
    for (let step = 0; step < steps && end === 'swept'; step++) {
      const before = performance.now();
      const rate = sweepRate(sweep, step);
      const { loss } = model.trainStep(batches.take(step), step, rate);
      if (Number.isFinite(loss)) {
        const point = curve.add(rate, loss);
        if (curve.hasRisen) end = 'risen';
        onEvent({ type: 'tried', point, steps, secondsPerStep: (performance.now() - before) / 1000 });
      } else {
        end = 'not-finite';
      }
      // A step blocks the event loop; this lets the events out.
      await setImmediate();
    }
  } finally {
    await batches.close();
  }
  model.close();
  const suggestion = suggestRates(curve.points, end === 'swept');
  const result: RangeTestResult = { config, device, sweep, points: curve.points, end, suggestion };
  onEvent({ type: 'done', result });
  return result;
}
