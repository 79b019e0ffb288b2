import { parameterCount } from '@dilated-unet/core';
import { median } from '@dilated-unet/host';
import type { TrainConfig } from '../config/schema.ts';
import { holdsOut } from '../config/stacks.ts';
import { calibrationBatches, calibrationWindowSide } from '../data/calibration.ts';
import type { BatchQueue } from '../data/batch-queue.ts';
import type { Dataset } from '../data/dataset.ts';
import type { NormalisedSections } from '../data/hold-out.ts';
import { exportRun, type ExportedRun, type ExportedStack } from '../export/run.ts';
import type { TrainableModel } from '../model/model.ts';
import { loadCheckpoint, type Checkpoint } from './checkpoint.ts';
import type { DeviceReport, StackResult, TrainEvent, TrainResult } from './events.ts';
import type { LogRow } from './log.ts';
import { runFiles } from './run-files.ts';
import type { Validation } from './validation.ts';

/** A run whose last step is done. */
export interface TrainedRun {
  readonly config: TrainConfig;
  readonly device: DeviceReport;
  readonly data: Dataset;
  /** Null where there is nothing to validate on. */
  readonly validation: Validation | null;
  readonly model: TrainableModel;
  /** Of the last epoch. */
  readonly checkpoint: Checkpoint;
  /** Every epoch, the resumed ones included. */
  readonly log: readonly LogRow[];
  readonly trainingSeconds: number;
  /** How long steps waited for their batches, milliseconds, and the part of the windows that came from each trained stack. */
  readonly batches: Pick<BatchQueue, 'waitedMs' | 'shares'>;
}

/**
 * Chooses the weights of a trained run, calibrates their batch norms, exports and scores them.
 *
 * @param out run folder.
 */
export async function finishRun(
  { config, device, data, validation, model, checkpoint, log, trainingSeconds, batches }: TrainedRun,
  out: string,
  onEvent: (event: TrainEvent) => void,
): Promise<TrainResult> {
  const files = runFiles(out);
  const { epoch, best } = checkpoint;
  const chosen =
    config.exportWeights === 'best' && best !== null ? await loadCheckpoint(files.bestCheckpoint) : checkpoint;
  model.assign(chosen.state);
  if (config.calibrationWindows > 0) {
    const counted = { type: 'stage', stage: 'calibrating the batch norms', total: config.calibrationWindows } as const;
    onEvent({ ...counted, done: 0 });
    const windows = calibrationBatches(config, data, calibrationWindowSide(data), batches.shares);
    await model.calibrate(windows, (done) => onEvent({ ...counted, done }));
  }
  onEvent({ type: 'stage', stage: 'exporting' });
  const predicting = `predicting the ${holdsOut(config) ? 'held-out sections' : 'first section'}`;
  const onSection = (done: number, total: number): void => onEvent({ type: 'stage', stage: predicting, done, total });
  const exported = await exportRun({ model, config, data, out, onSection });
  const validated = exported.validation ?? (await validation?.evaluate(model, chosen.epoch))?.validation ?? null;
  const lastRow = log.at(-1) as LogRow;
  return {
    config,
    device,
    parameters: parameterCount(model.network).total,
    epochs: epoch,
    steps: epoch * config.stepsPerEpoch,
    stepMs: median(log.map(({ stepMs }) => stepMs)),
    training: { loss: lastRow.loss, softDice: lastRow.softDice },
    validation: validated,
    trainingSeconds,
    waitingShare: batches.waitedMs / 1000 / trainingSeconds,
    peakRssBytes: process.resourceUsage().maxRSS * 1024,
    stacks: stackResults(data, exported, batches),
    warnings: data.warnings,
    files: {
      ...exported.files,
      lastCheckpoint: files.lastCheckpoint,
      bestCheckpoint: best === null ? null : files.bestCheckpoint,
      log: files.log,
    },
  };
}

/** What there is to tell of each stack. */
function stackResults(
  { stacks }: Dataset,
  exported: ExportedRun,
  { shares }: Pick<BatchQueue, 'shares'>,
): readonly StackResult[] {
  let trained = 0;
  return stacks.map(({ name, train, heldOut, places, labelKind, boundaryWidth, labelOffset }, k) => ({
    name,
    sections: { trained: places.train.length, heldOut: places.heldOut.length },
    share: train === null ? 0 : (shares[trained++] as number),
    normalisation: ((train ?? heldOut) as NormalisedSections).by.normalisation,
    labelKind,
    boundaryWidth,
    labelOffset,
    ...(exported.stacks[k] as ExportedStack),
  }));
}
