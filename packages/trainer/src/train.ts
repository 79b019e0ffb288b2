import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { InvalidOptionError, parameterCount, schedule } from '@dilated-unet/core';
import { loadCheckpoint, requireSameRun, saveCheckpoint, type Checkpoint } from './checkpoint.ts';
import type { TrainConfig } from './config.ts';
import { loadDataset } from './data/dataset.ts';
import { calibrationBatches, calibrationWindowSide } from './data/calibration.ts';
import { BatchQueue } from './data/batch-queue.ts';
import { predictStack, scoreStack } from './evaluate.ts';
import type { HeldOutScores, TrainEvent, TrainResult } from './events.ts';
import { exportRun } from './export/run.ts';
import { writeFileAtomically } from './files.ts';
import { RunLog } from './log.ts';
import { TrainableModel } from './model.ts';
import { deviceReport } from './tensorflow/device.ts';
import { initialWeights } from './weights.ts';

export interface TrainOptions {
  /** Run folder, absolute; made where it is missing. */
  readonly out: string;
  /** Go on from the run folder's last checkpoint. */
  readonly resume: boolean;
  /** Called for each event, in order. */
  readonly onEvent: (event: TrainEvent) => void;
}

/**
 * Trains a network in this process, evaluates it and exports it as a graph-model. `runTraining` (launch.ts) does the same
 * in a child process with the environment that makes it fast.
 *
 * Leaves in the run folder: `config.json`, `log.csv`, `checkpoints/`, `graph-model/`, `held-out/`, `training-graph/`.
 *
 * @throws InvalidImageError, InvalidOptionError, InvalidModelError or EnvironmentError with a message for the user.
 */
export async function train(config: TrainConfig, { out, resume, onEvent }: TrainOptions): Promise<TrainResult> {
  const device = deviceReport();
  onEvent({ type: 'device', device });

  const stage = config.data.kind === 'phantom' ? 'making the phantom' : 'reading the stacks';
  onEvent({ type: 'stage', stage });
  const data = await loadDataset(config.data, config.holdOut, {
    window: config.window,
    onProgress: (done, total) => onEvent({ type: 'stage', stage, done, total }),
  });
  const rateOf = schedule(config.schedule);

  onEvent({ type: 'stage', stage: 'building the training graph' });
  const checkpoints = join(out, 'checkpoints');
  await mkdir(checkpoints, { recursive: true });
  const lastPath = join(checkpoints, 'last.safetensors');
  const bestPath = join(checkpoints, 'best.safetensors');
  const resumed = resume ? await loadCheckpoint(lastPath) : null;
  if (resumed !== null) requireSameRun(resumed, config);
  await writeFileAtomically(join(out, 'config.json'), `${JSON.stringify(config, null, 2)}\n`);
  const calibrationSide = calibrationWindowSide(data.train.images);
  const model = await TrainableModel.build(config, out, config.calibrationWindows === 0 ? undefined : calibrationSide);
  const checkpoint: Checkpoint = resumed ?? {
    config,
    epoch: 0,
    best: null,
    state: initialWeights(model.network, config.seed),
  };
  model.assign(checkpoint.state);
  const log = await RunLog.open(join(out, 'log.csv'), checkpoint.epoch);

  const { stepsPerEpoch, epochs, window, batchSize, augmentation, seed } = config;
  const { train: trained, normalisation } = data;
  const batches = await BatchQueue.open(
    { train: trained, normalisation, window, batchSize, augmentation, seed },
    checkpoint.epoch * stepsPerEpoch,
    epochs * stepsPerEpoch,
  );
  const started = performance.now();
  let { best } = checkpoint;
  try {
    for (let epoch = checkpoint.epoch + 1; epoch <= epochs; epoch++) {
      const sums = { loss: 0, dice: 0 };
      let rate = 0;
      for (let step = (epoch - 1) * stepsPerEpoch; step < epoch * stepsPerEpoch; step++) {
        const before = performance.now();
        rate = rateOf(step);
        const report = model.trainStep(batches.take(step), step, rate);
        if (!Number.isFinite(report.loss)) throw divergence(`the loss became ${report.loss} at step ${step + 1}`, rate);
        sums.loss += report.loss;
        sums.dice += report.dice;
        const secondsPerStep = (performance.now() - before) / 1000;
        const steps = epochs * stepsPerEpoch;
        onEvent({ type: 'step', step: step + 1, steps, epoch, epochs, ...report, rate, secondsPerStep });
        // A step blocks the event loop; this lets the events out.
        await setImmediate();
      }

      const due = epoch % config.evaluateEvery === 0 || epoch === epochs;
      let scores: HeldOutScores | null = null;
      if (due && data.heldOut !== null) {
        const probabilities = await predictStack(model, data.heldOut.images, data.normalisation);
        if (probabilities.data.some(Number.isNaN)) throw divergence(`the network predicts NaN after epoch ${epoch}`, rate);
        scores = scoreStack(probabilities, data.heldOut.labels);
      }
      const state = model.read();
      if (scores !== null) {
        const isBest = best === null || scores.loss < best.loss;
        if (isBest) {
          best = { loss: scores.loss, epoch };
          await saveCheckpoint(bestPath, { config, epoch, best, state });
        }
        onEvent({ type: 'evaluated', epoch, scores, best: isBest });
      }
      await log.append({ epoch, loss: sums.loss / stepsPerEpoch, dice: sums.dice / stepsPerEpoch, rate, scores });
      await saveCheckpoint(lastPath, { config, epoch, best, state });
    }
  } finally {
    await batches.close();
  }
  const trainingSeconds = (performance.now() - started) / 1000;
  const waitingShare = batches.waitedMs / 1000 / trainingSeconds;

  onEvent({ type: 'stage', stage: 'exporting' });
  if (config.exportWeights === 'best' && best !== null) model.assign((await loadCheckpoint(bestPath)).state);
  if (config.calibrationWindows > 0) {
    model.calibrate(calibrationBatches(config, { train: trained, normalisation }, calibrationSide));
  }
  const exported = await exportRun({ model, config, data, out });
  const result: TrainResult = {
    config,
    device,
    parameters: parameterCount(model.network).total,
    steps: epochs * stepsPerEpoch,
    trainingSeconds,
    waitingShare,
    peakRssBytes: process.resourceUsage().maxRSS * 1024,
    heldOut: exported.heldOut,
    files: { ...exported.files, lastCheckpoint: lastPath, bestCheckpoint: best === null ? null : bestPath, log: log.path },
  };
  model.close();
  onEvent({ type: 'done', result });
  return result;
}

function divergence(what: string, rate: number): InvalidOptionError {
  return new InvalidOptionError('--max_lr', `is too high for this run: ${what}. The rate`, rate);
}
