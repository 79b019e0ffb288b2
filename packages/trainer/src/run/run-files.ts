import { mkdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { InvalidModelError } from '@dilated-unet/core';
import { loadCheckpoint, saveCheckpoint, type Checkpoint } from './checkpoint.ts';
import { parseStoredConfig } from '../config/parse.ts';
import type { TrainConfig } from '../config/schema.ts';
import type { DataHash } from '../data/data-hash.ts';
import { removeUnfinishedFiles, writeJsonFile } from '@dilated-unet/host';
import { requireEpochs, requireSameData, requireSameRun } from './resume.ts';

/** Where a run keeps what it goes on from. Absolute paths. */
export interface RunFiles {
  readonly config: string;
  readonly log: string;
  readonly lastCheckpoint: string;
  readonly bestCheckpoint: string;
  /** Folder. */
  readonly tensorBoard: string;
}

export function runFiles(out: string): RunFiles {
  return {
    config: join(out, 'config.json'),
    log: join(out, 'log.csv'),
    lastCheckpoint: join(out, 'checkpoints', 'last.safetensors'),
    bestCheckpoint: join(out, 'checkpoints', 'best.safetensors'),
    tensorBoard: join(out, 'tensorboard'),
  };
}

/**
 * Makes the run folder `out` ready for a run with `config`, whatever a killed process left there.
 *
 * @param data what the run is trained on.
 * @returns the checkpoint to go on from; null to begin with the first step: where the run is new, or was killed before its
 *   first checkpoint.
 * @throws InvalidModelError when there is no run to resume, or a checkpoint that it needs is missing or damaged.
 * @throws InvalidOptionError when it is a run of another configuration, InvalidImageError when it began with other data.
 */
export async function claimRunFiles(
  config: TrainConfig,
  data: DataHash,
  { out, resume }: { readonly out: string; readonly resume: boolean },
): Promise<Checkpoint | null> {
  const files = runFiles(out);
  const checkpoint = resume ? await checkpointToResume(files, config, data) : null;
  await mkdir(out, { recursive: true });
  await removeUnfinishedFiles(out);
  if (checkpoint === null) {
    await rm(files.lastCheckpoint, { force: true });
    await rm(files.bestCheckpoint, { force: true });
  }
  // Its presence tells a run from a folder, so it comes before all else.
  await writeJsonFile(files.config, config);
  await mkdir(join(out, 'checkpoints'), { recursive: true });
  // The best checkpoint is written after the last: between the two, what it should be is in the last.
  if (checkpoint !== null && checkpoint.best?.epoch === checkpoint.epoch) {
    await saveCheckpoint(files.bestCheckpoint, checkpoint);
  }
  return checkpoint;
}

async function checkpointToResume(files: RunFiles, config: TrainConfig, data: DataHash): Promise<Checkpoint | null> {
  if (!(await exists(files.lastCheckpoint)) && (await exists(files.config))) {
    const written: unknown = JSON.parse(await readFile(files.config, 'utf8'));
    requireSameRun(parseStoredConfig(written, files.config), config);
    return null;
  }
  const checkpoint = await loadCheckpoint(files.lastCheckpoint);
  requireSameRun(checkpoint.config, config);
  requireSameData(checkpoint, config, data);
  requireEpochs(checkpoint.epoch, config);
  if (config.exportWeights === 'best') await requireBest(files.bestCheckpoint, checkpoint);
  return checkpoint;
}

/** Now, and not when the training is at its end and no epoch was better. */
async function requireBest(file: string, { best, epoch }: Checkpoint): Promise<void> {
  if (best === null || best.epoch === epoch) return;
  const there = await loadCheckpoint(file).catch((error: unknown) => error);
  if (!(there instanceof Error) && (there as Checkpoint).epoch === best.epoch) return;
  throw new InvalidModelError(
    `${file} is not the checkpoint of epoch ${best.epoch}, which is the best so far and is to be exported. Copy it from where ` +
      'the run was, or resume with `exportWeights` last.',
    { cause: there },
  );
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
