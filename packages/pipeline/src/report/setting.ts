import { whereLabelsLie } from '@dilated-unet/core';
import { mean } from '@dilated-unet/host';
import type { ExperimentResults, TrialResult, Protocol } from '../experiment/results.ts';
import { amount } from '../run/amount.ts';
import { beginning } from '../run/initial-model.ts';
import { code, codeBlock, list } from './markdown.ts';
import { trialLabel } from './measures.ts';

/** What the text needs to know of the data. */
export interface DataFacts {
  /** Labelled sections. */
  readonly sections: number;
  /** Interior Dice of a prediction that calls everything interior, on the sections that are scored; null where unknown. */
  readonly trivialDice: number | null;
}

/** What the protocol does, and what its numbers can and cannot say. */
export function protocolSection(protocol: Protocol, results: readonly TrialResult[], facts: DataFacts): string {
  const { sections, trivialDice } = facts;
  const blocks = heldOutBlocks(results, sections).join(', ');
  const held = {
    original:
      '**Nothing is held out.** This is the protocol of the original: training windows are cut from a montage of all ' +
      `${sections} sections, and validation is on another shuffle of the same sections. Its scores say how well a network ` +
      'reproduces sections that it was trained on, not how it does on new tissue.',
    holdout: `One contiguous block (sections ${blocks} of ${sections}) is held out and never trained on. All scores are of it.`,
    kfold:
      `The stack is divided into contiguous blocks (sections ${blocks} of ${sections}). Each is scored by a network that was ` +
      'trained on the others.',
  }[protocol];
  const trivial =
    trivialDice === null ? null : `Calling every pixel interior has interior Dice ${trivialDice.toFixed(3)}.`;
  const doubts = [...new Set(results.flatMap(({ warnings = [] }) => warnings))].map((text) => `**Warning:** ${text}`);
  if (protocol === 'original') return list([held, trivial, ...doubts]);
  return list([
    held,
    'Neighbouring sections look alike, so blocks are held out and not single sections. ' +
      (results.every(({ config }) => config.normalise === 'section')
        ? 'Each section is normalised by itself.'
        : 'Grey values are normalised by the sections that were trained on.'),
    'V_Rand, V_Info and pixel error are at the threshold that is best for the held-out sections, as the ISBI-2012 challenge ' +
      'scores (Arganda-Carreras et al. 2015); the other measures are at 0.5.',
    trivial,
    initialModel(results),
    registration(results),
    selection(results),
    ...doubts,
  ]);
}

/** Which model the trainings began from; null where all began from random weights. */
function initialModel(results: readonly TrialResult[]): string | null {
  const init = results.find(({ config }) => config.init !== undefined)?.config.init;
  if (init === undefined) return null;
  return (
    `**Not trained from the start:** the trainings began from the weights of ${code(beginning(init))} (SHA-256 ${init.sha256}). ` +
    'Scores are of unseen sections only if that model did not see them either.'
  );
}

/** By how much labels were found to lie beside the images, in the mean over the trials; null where they were taken as they lie. */
function registration(results: readonly TrialResult[]): string | null {
  const offsets = results.flatMap(({ labelOffset }) => labelOffset ?? []);
  if (offsets.length === 0) return null;
  const middle = (axis: 'y' | 'x'): number => mean(offsets.map((offset) => offset[axis]));
  return (
    `**Labels are registered:** they lie ${whereLabelsLie({ y: middle('y'), x: middle('x') })} of the tissue. Networks were ` +
    'trained with labels on the tissue, and their predictions were moved to the labels before they were scored.'
  );
}

/** Where the held-out block had a say in the training, its scores flatter. */
function selection(results: readonly TrialResult[]): string | null {
  const ways = [
    ...(results.some(({ config }) => config.exportWeights === 'best') ? ['the weights'] : []),
    ...(results.some(({ config }) => config.earlyStopping !== null) ? ['the end of training'] : []),
  ];
  if (ways.length === 0) return null;
  return `**Optimistic:** the loss on the held-out block chose ${ways.join(' and ')}, so its scores are somewhat too good.`;
}

/** The held-out blocks in order, for example `25–30`, counted from 1. */
export function heldOutBlocks(results: readonly TrialResult[], sections: number): readonly string[] {
  const starts = new Map<number, number>();
  for (const { config } of results) {
    if (config.holdOut > 0) starts.set(config.holdOutFrom ?? sections - config.holdOut, config.holdOut);
  }
  return [...starts]
    .sort(([a], [b]) => a - b)
    .map(([from, count]) => (count === 1 ? String(from + 1) : `${from + 1}–${from + count}`));
}

/** What was run where, with which settings and versions. */
export function provenance({ command, data, trials }: ExperimentResults, now: Date): string {
  const done = trials.flatMap(({ result }) => (result === null ? [] : [result]));
  const distinct = (of: (result: TrialResult) => string | number | undefined): string =>
    [...new Set(done.map(of))]
      .filter((value) => value !== undefined)
      .sort()
      .join('; ');
  const node = distinct(({ versions }) => versions?.node);
  const facts = [
    `data: ${code(data)}`,
    ...(done[0] === undefined
      ? []
      : [
          `device: ${code(distinct(({ device }) => `${device.kind.toUpperCase()}, ${device.name}`))}`,
          `versions: ${node === '' ? '' : `Node ${node}, `}TensorFlow ${distinct(({ device }) => device.tensorflow)}`,
          `seeds: ${distinct(({ trial }) => trial.seed)}`,
          ...settings(done[0]),
        ]),
    `report written: ${now.toISOString().slice(0, 10)}`,
  ];
  return `${codeBlock(command)}\n\n${list(facts)}`;
}

/** What all trials have in common: they differ in network, block and seed alone. */
function settings({ config }: TrialResult): string[] {
  const { window, batchSize, stepsPerEpoch, epochs, schedule, augmentation, earlyStopping, network } = config;
  const kinds = Object.entries(augmentation).flatMap(([kind, amplitude]) => (amplitude ? [kind] : []));
  return [
    `training: ${amount(epochs, 'epoch')} of ${amount(stepsPerEpoch, 'step')} of ${amount(batchSize, 'window')} of ${window} × ${window}, RMSprop`,
    `learning rate: ${schedule.policy}, ${schedule.baseRate} to ${schedule.maxRate}, half cycle ${schedule.stepSize} steps`,
    `augmentation: ${kinds.length === 0 ? 'none' : kinds.join(', ')}`,
    `dropout ${network.dropout}, precision ${config.precision}`,
    `early stopping: ${earlyStopping === null ? 'none' : `patience ${amount(earlyStopping.patience, 'epoch')}`}`,
    `weights: ${weights(config)}`,
    'everything else: `config.json` of each trial',
  ];
}

function weights({ calibrationWindows, exportWeights }: TrialResult['config']): string {
  const chosen = `of the ${exportWeights === 'last' ? 'last step' : 'lowest validation loss'}`;
  const measured = `; batch-norm statistics measured on ${amount(calibrationWindows, 'window')}`;
  return chosen + (calibrationWindows > 0 ? measured : '');
}

/** The trials without a result, why, and how to run them; null where all have one. */
export function missing({ trials, command }: ExperimentResults): string | null {
  const open = trials.filter(({ result }) => result === null);
  if (open.length === 0) return null;
  const failed = open.filter(({ failure }) => failure !== undefined).length;
  return `${open.length} of ${trials.length} trials are in no number above: ${open.length - failed} not run to the end, ${failed} failed.
The same command runs them. It keeps finished trials, and resumes others from their last checkpoint.

${codeBlock(command)}

${list(
  open.map(
    ({ trial, folder, failure }) =>
      `Trial ${trial.index}, ${trialLabel(trial)}, in ${code(folder)}: ${failure === undefined ? 'not run to the end' : code(failure)}`,
  ),
)}`;
}
