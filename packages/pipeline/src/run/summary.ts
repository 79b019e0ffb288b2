import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { LabelOffset } from '@dilated-unet/core';
import type { DeviceReport, StackResult, TrainConfig, TrainResult } from '@dilated-unet/trainer';
import type { Report } from '../scoring/report.ts';
import { isOfRunLock } from './run-folder.ts';

/** Name of the summary in the run folder. */
export const SUMMARY = 'summary.json';

/** What a finished run says of itself: `summary.json`. */
export interface Summary {
  /** What was trained on. */
  readonly device: DeviceReport;
  readonly versions: {
    readonly package: string;
    readonly node: string;
    readonly tensorflow: string;
    readonly tf2onnx: string;
    readonly onnxruntime: string;
  };
  /** Name of the network. */
  readonly variant: string;
  readonly config: TrainConfig;
  readonly parameters: number;
  /** Epochs and steps done: fewer than configured where early stopping ended the training. */
  readonly epochs: number;
  readonly steps: number;
  /** Median time of a training step, milliseconds. */
  readonly stepMs: number;
  /** Of the last epoch's steps. */
  readonly training: TrainResult['training'];
  /** Of the exported weights on the validation data; null where there is none. */
  readonly validation: TrainResult['validation'];
  /**
   * Scores of the ONNX model on the held-out sections, of several stacks together, as `trainer:evaluate` prints them; null when none was held out, or
   * one of them has no cell interior.
   */
  readonly heldOut: Report | null;
  /** Where labels lie beside the images, measured on the training sections; null where they were taken as they lie, and with several stacks. */
  readonly labelOffset: LabelOffset | null;
  /** What there is to say of each of several stacks, in order; not there where a run has one. */
  readonly stacks?: readonly StackSummary[];
  /** What looks wrong with the data and may be right, for the user; fields of `config` in backticks. */
  readonly warnings: readonly string[];
  /** Largest difference between a probability of the ONNX model and TensorFlow's. */
  readonly onnxMaxDifference: number;
  /** Seconds of each stage; `training` is the part of `train` spent in steps and evaluations. Of a resumed run, of its last process. */
  readonly secondsPerStage: Readonly<Record<string, number>>;
  /** Part of the training time in which a step waited for its batch, 0 to 1; of a resumed run, in its last process. */
  readonly waitingShare: number;
  /** Largest resident memory of the training process and of this one, bytes; of a resumed run, of its last process. */
  readonly peakRssBytes: number;
  /** Every other file of the run, by its path in the run folder. */
  readonly files: Readonly<Record<string, FileRecord>>;
}

/** A stack of a run that has several. */
export interface StackSummary extends Omit<StackResult, 'name' | 'reference'> {
  readonly name: string;
  /** As that of the run, of its held-out sections alone. */
  readonly heldOut: Report | null;
}

export interface FileRecord {
  readonly sha256: string;
  readonly bytes: number;
}

/** Hash and size of every file below `folder` but the summary itself and the lock; paths with `/`, in order. */
export async function describeFiles(folder: string): Promise<Record<string, FileRecord>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((path) => path !== SUMMARY && !isOfRunLock(path))
    .sort();
  const files: Record<string, FileRecord> = {};
  for (const path of paths) files[path] = await describeFile(join(folder, path));
  return files;
}

/** Hash and size of a file of any length. @throws the signal's reason once stopped. */
export async function describeFile(path: string, signal?: AbortSignal): Promise<FileRecord> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash, { signal }).catch((error: unknown) => {
    signal?.throwIfAborted();
    throw error;
  });
  return { sha256: hash.digest('hex'), bytes: (await stat(path)).size };
}
