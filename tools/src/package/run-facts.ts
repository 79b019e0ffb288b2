import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InvalidModelError, parseModelCard, type GreyStack, type ModelCard, type Offset } from '@dilated-unet/core';
import { readJsonFile } from '@dilated-unet/host';
import { readStack } from '@dilated-unet/stacks/node';
import { parseStoredConfig, readWeights, type TrainConfig, type TrainedNetwork } from '@dilated-unet/trainer';

/** Measures of `trainer:train` on the held-out sections, as `summary.json` has them. */
export interface HeldOutScores {
  readonly vRand: number;
  readonly vInfo: number;
  readonly warpingError: number;
  readonly pixelError: number;
  readonly interiorDice: number;
  readonly membraneDice: number;
}

/** What a package says of the run that it comes from. */
export interface RunFacts {
  readonly config: TrainConfig;
  readonly trained: TrainedNetwork;
  readonly card: ModelCard;
  readonly steps: number;
  /** null where nothing was held out. */
  readonly heldOut: HeldOutScores | null;
  readonly labelOffset: Offset | null;
  readonly versions: Readonly<Record<string, string>>;
  /** Raw grey values of the held-out sections, or of the first one where none was; axes z, y, x. */
  readonly images: GreyStack;
  /** TensorFlow's probabilities for them. */
  readonly expected: GreyStack<Float32Array>;
  /** 255 interior, 0 membrane; null where nothing was held out. */
  readonly labels: GreyStack | null;
  /** Raw grey values of some training sections; axes z, y, x; null where the run was trained by a version that kept none. */
  readonly calibration: GreyStack | null;
}

interface Summary {
  readonly steps: number;
  readonly heldOut: HeldOutScores | null;
  readonly labelOffset: Offset | null;
  readonly versions: Readonly<Record<string, string>>;
}

/** Reads the folder that `trainer:train` wrote. @throws InvalidModelError when it is no folder of a finished run. */
export async function readRunFacts(run: string): Promise<RunFacts> {
  const summary = readJsonFile<Summary>(join(run, 'summary.json'), ['steps', 'versions']);
  const isFinished = summary !== undefined && existsSync(join(run, 'graph-model', 'card.json'));
  if (!isFinished) {
    throw new InvalidModelError(
      `${run} is not the folder of a finished run: it has no summary.json with a graph-model. Give the folder that ` +
        'trainer:train --out made, or let it finish with --resume.',
    );
  }
  const json = async (path: string): Promise<unknown> => JSON.parse(await readFile(path, 'utf8')) as unknown;
  const config = parseStoredConfig(await json(join(run, 'config.json')), join(run, 'config.json'));
  const calibration = join(run, 'calibration', 'images.tif');
  const folder = join(run, config.holdOut > 0 ? 'held-out' : 'reference');
  return {
    config,
    trained: await readWeights(join(run, 'graph-model', 'weights.safetensors')),
    card: parseModelCard(await json(join(run, 'graph-model', 'card.json'))),
    steps: summary.steps,
    heldOut: summary.heldOut ?? null,
    labelOffset: summary.labelOffset ?? null,
    versions: summary.versions,
    images: await readStack(join(folder, 'images.tif')),
    expected: (await readStack(join(folder, 'tensorflow-probabilities.tif'))) as GreyStack<Float32Array>,
    labels: config.holdOut > 0 ? await readStack(join(folder, 'labels.tif'), { labels: true }) : null,
    calibration: existsSync(calibration) ? await readStack(calibration) : null,
  };
}
