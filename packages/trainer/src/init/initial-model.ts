import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import {
  InvalidModelError,
  InvalidOptionError,
  parseModelCard,
  type ModelCard,
  type PixelSides,
} from '@dilated-unet/core';
import { readJsonFile } from '@dilated-unet/host';
import { openModel } from '@dilated-unet/model-package/node';
import { decodeWeights, readWeightsFile, type TrainedNetwork } from '../export/weights.ts';

/** A trained network that another training begins from. */
export interface InitialModel extends TrainedNetwork {
  /** Absolute. */
  readonly path: string;
  /** What its user knows it by: the name that the package has, or that of the run's folder. */
  readonly name: string;
  /**
   * SHA-256 that identifies it, hexadecimal: of a package that of its description, which has those of all its files; of a run
   * that of the file of its weights.
   */
  readonly sha256: string;
  /** Pixels that it was trained on, nanometres; absent where it does not know. */
  readonly pixelSize?: PixelSides;
}

/** Where a run keeps its weights. */
const OF_RUN = join('graph-model', 'weights.safetensors');

/**
 * Reads the float32 weights of a package (a folder or a zip), of the folder of a run, of its `weights.safetensors`, or of a
 * checkpoint.
 *
 * @throws InvalidOptionError when there is nothing at `path`; InvalidModelError when what is there has no weights, or damaged
 *   ones, or is a package that is not as it was published.
 */
export async function openInitialModel(path: string): Promise<InitialModel> {
  const place = resolve(path);
  const found = await stat(place).catch(() => undefined);
  if (found === undefined) {
    const rule = 'must be a package (a folder or a .zip), the folder of a run, or a checkpoint; there is nothing there';
    throw new InvalidOptionError('init.path', rule, path);
  }
  const file = found.isDirectory() ? join(place, OF_RUN) : place;
  const isOfRun = found.isDirectory() ? existsSync(file) : found.isFile() && (await isSafetensors(file));
  const { network, weights, ...identity } = await (isOfRun ? openRun(file) : openPackage(place));
  requireFinite(weights, place);
  return { network, weights, ...identity, path: place };
}

/** Whether a file begins as one of safetensors, whatever it is called: after eight bytes comes a JSON object. */
async function isSafetensors(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer } = await file.read(Buffer.alloc(9), 0, 9, 0);
    return buffer[8] === '{'.charCodeAt(0);
  } finally {
    await file.close();
  }
}

type Opened = Omit<InitialModel, 'path'>;

async function openRun(file: string): Promise<Opened> {
  const bytes = await readWeightsFile(file);
  const folder = dirname(file);
  const name = basename(folder) === dirname(OF_RUN) ? basename(dirname(folder)) : basename(file);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { ...decodeWeights(bytes, file), name, sha256, ...pixelSizeBeside(file) };
}

/** What the card of a run says, which lies beside its weights. Weights that were taken elsewhere have none. */
function pixelSizeBeside(weights: string): Pick<InitialModel, 'pixelSize'> {
  const card = readJsonFile<ModelCard>(join(dirname(weights), 'card.json'), ['format']);
  const pixelSize = card && parseModelCard(card).pixelSize;
  return pixelSize === undefined ? {} : { pixelSize };
}

async function openPackage(path: string): Promise<Opened> {
  const model = await openModel(path).catch((cause: unknown) => {
    if (existsSync(join(path, 'config.json')))
      throw without(path, 'the run is not finished, or of an earlier version', cause);
    throw cause;
  });
  const bytes = await model.weights();
  if (bytes === null) throw without(path, 'it has only what runs the model, in which batch norms are folded');
  const { name, sha256, card } = model;
  const { pixelSize } = card;
  return { ...decodeWeights(bytes, `${path}: its file of weights`), name, sha256, ...(pixelSize && { pixelSize }) };
}

function without(path: string, why: string, cause?: unknown): InvalidModelError {
  return new InvalidModelError(
    `${path} has no weights to go on from: ${why}. Give the folder of a finished run, or a package that was made of one.`,
    { cause },
  );
}

/** What began from numbers that are none would train to the end and be of no use. */
function requireFinite(weights: InitialModel['weights'], path: string): void {
  for (const [name, { data }] of weights) {
    if (data.every(Number.isFinite)) continue;
    throw new InvalidModelError(
      `${path}: ${name} has values that are not finite, so its training diverged. Begin from another model.`,
    );
  }
}
