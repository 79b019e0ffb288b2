import { schedule } from '@dilated-unet/core';
import { saveCheckpoint, type Checkpoint } from './checkpoint.ts';
import type { TrainConfig } from '../config/schema.ts';
import { calibrationWindowSide } from '../data/calibration.ts';
import type { MemoryLimits } from '../data/streamed/decide.ts';
import { openTrainingBatches } from '../data/training-batches.ts';
import { patienceIsOver, watchLoss } from './early-stopping.ts';
import { endNote, stopNote } from './end-of-cycle.ts';
import { divergence, requireFiniteState, trainEpoch } from './epoch.ts';
import type { Evaluation, TrainEvent, TrainResult } from './events.ts';
import { finishRun } from './finish.ts';
import { initialState } from '../init/initial-state.ts';
import { RunLog, type LogRow } from './log.ts';
import { TrainableModel } from '../model/model.ts';
import { claimRunFiles, runFiles } from './run-files.ts';
import { prepare } from './prepare.ts';
import { TensorBoardLog } from './tensorboard.ts';
import { validationOf } from './validation.ts';

export interface TrainOptions {
  /** Run folder, absolute; made where it is missing. */
  readonly out: string;
  /** Go on from the run folder's last checkpoint; from the beginning where the run was ended before its first. */
  readonly resume: boolean;
  /** Called for each event, in order. */
  readonly onEvent: (event: TrainEvent) => void;
  /** How much of its stacks the run has in memory. @default `MEMORY_LIMITS` */
  readonly limits?: MemoryLimits;
}

/**
 * Trains a network in this process, evaluates it and exports it as a graph-model. `runTraining` (launch.ts) does the same
 * in a child process with the environment that makes it fast.
 *
 * Leaves in the run folder: `config.json`, `log.csv`, `checkpoints/`, `tensorboard/`, `graph-model/`,
 * `training-graph/`, and `held-out/` or, where nothing is held out, `reference/`.
 *
 * @throws InvalidImageError, InvalidOptionError, InvalidModelError or EnvironmentError with a message for the user.
 */
export async function train(asked: TrainConfig, { out, resume, onEvent, limits }: TrainOptions): Promise<TrainResult> {
  const { config, device, devices, data } = await prepare(asked, onEvent, limits);
  const validation = validationOf(config, data);

  const files = runFiles(out);
  const resumed = await claimRunFiles(config, data.hash, { out, resume });
  const model = await TrainableModel.build(config, out, {
    devices,
    isPartial: data.isPartial,
    ...(config.calibrationWindows > 0 && { calibrationWindow: calibrationWindowSide(data) }),
  });
  const { epochs, stepsPerEpoch, earlyStopping } = config;
  let checkpoint: Checkpoint = resumed ?? {
    config,
    data: data.hash,
    epoch: 0,
    best: null,
    stopping: null,
    state: await initialState(model.network, config),
  };
  model.assign(checkpoint.state);
  const log = await RunLog.open(files.log, checkpoint.epoch);
  const board = await TensorBoardLog.open(files.tensorBoard, log.rows);

  // The first step of a process takes longer than all others: TensorFlow compiles its kernels.
  onEvent({ type: 'stage', stage: 'starting the training' });
  const steps = { from: checkpoint.epoch * stepsPerEpoch, to: epochs * stepsPerEpoch };
  const batches = await openTrainingBatches(config, data, steps);
  const started = performance.now();
  const rateOf = schedule(config.schedule);
  const isOver = (): boolean => earlyStopping !== null && patienceIsOver(earlyStopping, checkpoint.stopping);
  const tell = (note: string | null): void => void (note !== null && onEvent({ type: 'note', note }));
  // Its cycle stays that of the length with which it began.
  if (resumed !== null && resumed.config.epochs !== epochs && !isOver()) tell(endNote(config));
  try {
    while (checkpoint.epoch < epochs && !isOver()) {
      const epoch = checkpoint.epoch + 1;
      const report = await trainEpoch(epoch, { model, batches, config, rateOf, onEvent });
      let { best, stopping } = checkpoint;
      let evaluation: Evaluation | null = null;
      if (validation !== null && (epoch % config.evaluateEvery === 0 || epoch === epochs)) {
        evaluation = await validation.evaluate(model, epoch);
        if (evaluation === null) throw divergence(`the network predicts NaN after epoch ${epoch}`, report.rate);
        const { loss } = evaluation.validation;
        if (best === null || loss < best.loss) best = { loss, epoch };
        if (earlyStopping !== null) stopping = watchLoss(earlyStopping, stopping, { epoch, loss });
        onEvent({ type: 'evaluated', epoch, ...evaluation, best: best.epoch === epoch });
      }
      const state = model.read();
      requireFiniteState(state, epoch, report.rate);
      checkpoint = { config, data: data.hash, epoch, best, stopping, state };
      // In this order a run can be killed anywhere and resumed: see claimRunFiles and RunLog.open.
      const row: LogRow = { ...report, validation: null, scores: null, ...evaluation };
      await log.append(row);
      await saveCheckpoint(files.lastCheckpoint, checkpoint);
      if (best?.epoch === epoch) await saveCheckpoint(files.bestCheckpoint, checkpoint);
      board.append(row);
    }
  } finally {
    await batches.close();
  }
  const trainingSeconds = (performance.now() - started) / 1000;
  const { epoch, stopping } = checkpoint;
  if (isOver() && stopping !== null) {
    onEvent({ type: 'stopped', epoch, lowest: stopping });
    tell(stopNote(config, epoch));
  }

  const result = await finishRun(
    { config, device, data, validation, model, checkpoint, log: log.rows, trainingSeconds, batches },
    out,
    onEvent,
  );
  model.close();
  onEvent({ type: 'done', result });
  return result;
}
