import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { InvalidModelError, InvalidOptionError } from '@dilated-unet/core';
import { decodeWeights, readWeightsFile, type TrainedNetwork } from '../export/weights.ts';

/** A trained network that another training begins from. */
export interface InitialModel extends TrainedNetwork {
  /** Absolute. */
  readonly path: string;
  /** What its user knows it by: the name of the run's folder. */
  readonly name: string;
  /** SHA-256 of the file of its weights, hexadecimal. */
  readonly sha256: string;
}

/** Where a run keeps its weights. */
const OF_RUN = join('graph-model', 'weights.safetensors');

/**
 * Reads the float32 weights of the folder of a run, or of its `weights.safetensors`.
 *
 * @throws InvalidOptionError when there is nothing at `path`; InvalidModelError when what is there has no weights, or damaged ones.
 */
export async function openInitialModel(path: string): Promise<InitialModel> {
  const file = await weightsFile(resolve(path));
  const bytes = await readWeightsFile(file);
  const trained = decodeWeights(bytes, file);
  const folder = dirname(file);
  const name = basename(folder) === dirname(OF_RUN) ? basename(dirname(folder)) : basename(file);
  return {
    ...finite(trained, file),
    path: resolve(path),
    name,
    sha256: createHash('sha256').update(bytes).digest('hex'),
  };
}

async function weightsFile(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) {
    const rule = 'must be the folder of a run; there is nothing there';
    throw new InvalidOptionError('init.path', rule, path);
  }
  return found.isDirectory() ? join(path, OF_RUN) : path;
}

/** What began from numbers that are none would train to the end and be of no use. */
function finite(trained: TrainedNetwork, path: string): TrainedNetwork {
  for (const [name, { data }] of trained.weights) {
    if (data.every(Number.isFinite)) continue;
    throw new InvalidModelError(
      `${path}: ${name} has values that are not finite, so its training diverged. Begin from another model.`,
    );
  }
  return trained;
}
