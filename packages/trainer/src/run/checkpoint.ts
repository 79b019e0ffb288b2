import { readFile } from 'node:fs/promises';
import { InvalidModelError } from '@dilated-unet/core';
import { parseStoredConfig } from '../config/parse.ts';
import type { TrainConfig } from '../config/schema.ts';
import type { DataHash } from '../data/data-hash.ts';
import type { StoppingState } from './early-stopping.ts';
import { writeFileAtomically } from '@dilated-unet/host';
import { decodeSafetensors, encodeSafetensors } from '../model/safetensors.ts';
import type { Tensors } from '../model/weights.ts';

/** Where a run stands between two epochs. */
export interface Checkpoint {
  readonly config: TrainConfig;
  /** What the run is trained on; null in those of earlier versions, which did not note it. */
  readonly data: DataHash | null;
  /** Epochs done. */
  readonly epoch: number;
  /** Lowest validation loss so far, and the epoch that had it; null before the first evaluation. */
  readonly best: { readonly loss: number; readonly epoch: number } | null;
  /** What early stopping remembers; null before the first evaluation, or where it is not asked for. */
  readonly stopping: StoppingState | null;
  /** Weights, moving statistics and optimizer slots. */
  readonly state: Tensors;
}

const FORMAT = '1';

/** Writes a checkpoint; the one that was there stays until the new one is whole. */
export async function saveCheckpoint(path: string, checkpoint: Checkpoint): Promise<void> {
  const { config, data, epoch, best, stopping, state } = checkpoint;
  const metadata = {
    format: FORMAT,
    config: JSON.stringify(config),
    data: JSON.stringify(data),
    epoch: String(epoch),
    best: JSON.stringify(best),
    stopping: JSON.stringify(stopping),
  };
  await writeFileAtomically(path, encodeSafetensors(state, metadata));
}

/** @throws InvalidModelError when there is no (whole) checkpoint at `path`. */
export async function loadCheckpoint(path: string): Promise<Checkpoint> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    throw new InvalidModelError(`There is no checkpoint to resume at ${path}. Start a new run instead.`, {
      cause,
    });
  }
  const { tensors, metadata } = decodeSafetensors(bytes, path);
  if (metadata['format'] !== FORMAT) throw new InvalidModelError(`${path} is not a checkpoint of this version.`);
  return {
    config: parseStoredConfig(JSON.parse(metadata['config'] ?? 'null'), path),
    data: JSON.parse(metadata['data'] ?? 'null') as Checkpoint['data'],
    epoch: Number(metadata['epoch']),
    best: JSON.parse(metadata['best'] ?? 'null') as Checkpoint['best'],
    stopping: JSON.parse(metadata['stopping'] ?? 'null') as Checkpoint['stopping'],
    state: tensors,
  };
}
