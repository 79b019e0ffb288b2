import { parameterCount } from '@dilated-unet/core';
import { median } from '@dilated-unet/host';
import type { TrainConfig } from '../config.ts';
import { calibrationBatches, calibrationWindowSide } from '../data/calibration.ts';
import type { Dataset } from '../data/dataset.ts';
import { exportRun } from '../export/run.ts';
import type { TrainableModel } from '../model/model.ts';
import { loadCheckpoint, type Checkpoint } from './checkpoint.ts';
import type { DeviceReport, TrainEvent, TrainResult } from './events.ts';
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
  /** How long steps waited for their batches, milliseconds. */
  readonly waitedMs: number;
}

/**
 * Chooses the weights of a trained run, calibrates their batch norms, exports and scores them.
 *
 * @param out run folder.
 */
export async function finishRun(
  { config, device, data, validation, model, checkpoint, log, trainingSeconds, waitedMs }: TrainedRun,
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
    await model.calibrate(calibrationBatches(config, data, calibrationWindowSide(data.train.images)), (done) =>
      onEvent({ ...counted, done }),
    );
  }
  onEvent({ type: 'stage', stage: 'exporting' });
  const predicting = `predicting the ${data.heldOut === null ? 'first section' : 'held-out sections'}`;
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
    waitingShare: waitedMs / 1000 / trainingSeconds,
    peakRssBytes: process.resourceUsage().maxRSS * 1024,
    labelOffset: data.labelOffset,
    warnings: data.warnings,
    files: {
      ...exported.files,
      lastCheckpoint: files.lastCheckpoint,
      bestCheckpoint: best === null ? null : files.bestCheckpoint,
      log: files.log,
    },
  };
}
