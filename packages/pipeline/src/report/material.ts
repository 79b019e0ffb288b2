import { join } from 'node:path';
import { isDilatedUnetError, type GreyStack } from '@dilated-unet/core';
import { mean } from '@dilated-unet/host';
import { IGNORED } from '@dilated-unet/stacks';
import { interpretMaskedLabels, readSizedLabels, readStack } from '@dilated-unet/stacks/node';
import { maskOnLabels } from '../run/segment.ts';
import type { ExperimentResults, Trial, TrialResult } from '../experiment/results.ts';

/** The trial of a network on which its pictures are drawn. */
export interface ShownTrial {
  readonly trial: Trial;
  /** Absolute path. */
  readonly folder: string;
  readonly result: TrialResult;
}

/**
 * One finished trial of each network, in their order: of the fold and seed that most networks have, so that their pictures
 * can be compared; of another where a network does not have that one.
 */
export function shownTrials({ trials }: ExperimentResults): readonly ShownTrial[] {
  const done = trials.flatMap(({ trial, folder, result }) => (result === null ? [] : [{ trial, folder, result }]));
  const key = ({ trial }: ShownTrial): string => `${trial.fold}/${trial.seed}`;
  const counts = new Map<string, number>();
  for (const one of done) counts.set(key(one), (counts.get(key(one)) ?? 0) + 1);
  const common = [...counts].reduce<readonly [string, number]>((a, b) => (b[1] > a[1] ? b : a), ['', 0])[0];
  const variants = [...new Set(done.map(({ trial }) => trial.variant))];
  return variants.flatMap((variant) => {
    const own = done.filter(({ trial }) => trial.variant === variant);
    return own.find((one) => key(one) === common) ?? own[0] ?? [];
  });
}

/** A stack and what a network made of it. */
export interface Predicted {
  readonly images: GreyStack;
  /** 1 interior, 0 membrane; axes z, y, x. */
  readonly interior: GreyStack<Uint8Array>;
}

/** The labelled sections of a trial, and its prediction seen from the labels. @throws InvalidImageError naming the file that cannot be read. */
export async function scoredSections({
  folder,
  result,
}: ShownTrial): Promise<Predicted & { readonly labels: GreyStack }> {
  const { images, labels, probabilities } = result.files;
  return {
    images: await readStack(join(folder, images)),
    labels: await readStack(join(folder, labels)),
    interior: await maskOnLabels(join(folder, probabilities), result.labelOffset),
  };
}

/** The test sections of a trial; null where the data has none. @throws InvalidImageError as `scoredSections`. */
export async function testSections({ folder, result }: ShownTrial): Promise<Predicted | null> {
  const { testImages, testProbabilities } = result.files;
  const { data } = result.config;
  if (testImages === null || testProbabilities === null) return null;
  return {
    images: await readStack(join(folder, testImages), data.kind === 'stacks' ? data.select : undefined),
    interior: await maskOnLabels(join(folder, testProbabilities), null),
  };
}

/**
 * The labels of the stack that was trained on: 1 interior, 0 membrane, `IGNORED` of stacks where they do not count.
 *
 * @throws InvalidImageError as `scoredSections`.
 */
export async function trainingMasks({
  trainingLabels,
  ignored,
  select,
  ...read
}: Pick<
  ExperimentResults,
  'trainingLabels' | 'labelKind' | 'boundaryWidth' | 'ignored' | 'select'
>): Promise<GreyStack> {
  const level = select?.level;
  const { stack } = await readSizedLabels(trainingLabels, { level });
  return (await interpretMaskedLabels(stack, { ...read, ...ignored }, { name: trainingLabels, level })).labels;
}

/**
 * Interior Dice of calling every pixel interior, on the sections that are scored: those held out, under `original` all. null
 * where there is no such section yet, or its labels cannot be read.
 */
export async function interiorEverywhere(results: ExperimentResults): Promise<number | null> {
  const { protocol, trials } = results;
  const perFold = new Map<number, string>();
  for (const { trial, folder, result } of trials)
    if (result !== null) perFold.set(trial.fold, join(folder, result.files.labels));
  if (protocol !== 'original' && perFold.size === 0) return null;
  try {
    if (protocol === 'original') return trivialDice(await trainingMasks(results));
    const scores: number[] = [];
    for (const path of perFold.values()) scores.push(trivialDice(await readStack(path)));
    return mean(scores);
  } catch (error) {
    if (isDilatedUnetError(error)) return null;
    throw error;
  }
}

/** Dice of the interior where everything is called interior: 2 share / (1 + share), the share that of the pixels that count. */
export function trivialDice({ data }: GreyStack): number {
  let [interior, counted] = [0, 0];
  for (let i = 0; i < data.length; i++) {
    if (data[i] === IGNORED) continue;
    counted++;
    if ((data[i] as number) > 0) interior++;
  }
  return (2 * interior) / (interior + counted);
}
