import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InvalidModelError, parseModelCard, type GreyStack, type ModelCard, type Offset } from '@dilated-unet/core';
import { readJsonFile } from '@dilated-unet/host';
import { readStack } from '@dilated-unet/stacks/node';
import {
  holdsOut,
  parseStoredConfig,
  readWeights,
  stacksOf,
  type TrainConfig,
  type TrainedNetwork,
} from '@dilated-unet/trainer';

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
  /** That were done. */
  readonly steps: number;
  /** null where nothing was held out, or it cannot be scored: a section has no cell interior. */
  readonly heldOut: HeldOutScores | null;
  /** Of the stack of `images`. */
  readonly labelOffset: Offset | null;
  /** Where the labels of what was scored lie beside the images, by stack; none of a stack whose labels were taken as they lie. */
  readonly scoredOffsets: readonly ScoredOffset[];
  readonly versions: Readonly<Record<string, string>>;
  /**
   * Raw grey values of the held-out sections, of several stacks of the first whose are scored, or of the first section where none was
   * held out; axes z, y, x.
   */
  readonly images: GreyStack;
  /** TensorFlow's probabilities for them. */
  readonly expected: GreyStack<Float32Array>;
  /** 255 interior, 0 membrane; null where there are no scores. */
  readonly labels: GreyStack | null;
  /** Raw grey values of some training sections; axes z, y, x; null where the run was trained by a version that kept none. */
  readonly calibration: GreyStack | null;
}

export interface ScoredOffset {
  /** Of the stack; null where the run has one. */
  readonly name: string | null;
  readonly offset: Offset;
}

interface Summary {
  readonly steps: number;
  readonly heldOut: HeldOutScores | null;
  readonly labelOffset: Offset | null;
  /** Not there where the run has one stack. */
  readonly stacks?: readonly StackFacts[];
  readonly versions: Readonly<Record<string, string>>;
}

interface StackFacts {
  readonly name: string;
  readonly heldOut: HeldOutScores | null;
  readonly labelOffset: Offset | null;
}

/** Those of several stacks that have held-out sections; none where a run has one stack. */
function heldOutStacks({ data, holdOut }: TrainConfig, { stacks = [] }: Summary): readonly StackFacts[] {
  const held = stacksOf(data).filter(({ heldOut }) => heldOut === true || holdOut > 0);
  return held.flatMap(({ name }) => stacks.find((stack) => stack.name === name) ?? []);
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
  const isHeldOut = holdsOut(config);
  const stacks = heldOutStacks(config, summary);
  const scored = stacks.filter((stack) => stack.heldOut !== null);
  const stack = scored[0] ?? stacks[0];
  const folder = join(run, isHeldOut ? 'held-out' : 'reference', stack?.name ?? '');
  const heldOut = summary.heldOut ?? null;
  return {
    config,
    trained: await readWeights(join(run, 'graph-model', 'weights.safetensors')),
    card: parseModelCard(await json(join(run, 'graph-model', 'card.json'))),
    steps: summary.steps,
    heldOut,
    labelOffset: summary.labelOffset ?? stack?.labelOffset ?? null,
    scoredOffsets: [{ name: null, labelOffset: heldOut && summary.labelOffset }, ...scored].flatMap(
      ({ name, labelOffset: offset }) => (offset ? { name, offset } : []),
    ),
    versions: summary.versions,
    images: await readStack(join(folder, 'images.tif')),
    expected: (await readStack(join(folder, 'tensorflow-probabilities.tif'))) as GreyStack<Float32Array>,
    labels: heldOut !== null ? await readStack(join(folder, 'labels.tif'), { labels: true }) : null,
    calibration: existsSync(calibration) ? await readStack(calibration) : null,
  };
}
