import { durationText, textTable } from '@dilated-unet/host';
import { HEADLINES, scoreCells } from '../scoring/report.ts';
import { hasCheckpoint } from '../run/run-folder.ts';
import { trialOutcomes } from './collect.ts';
import type { Experiment } from './definition.ts';
import type { Trial, TrialOutcome, Protocol } from './results.ts';

/** The first columns of a table of trials. */
const NAME = ['trial', 'variant', 'fold', 'seed'];
const name = ({ index, variant, fold, seed }: Trial): string[] => [String(index), variant, String(fold), String(seed)];

/** The trials of an experiment as a table: what each found, or how far it is. */
export function outcomeTable(outcomes: readonly TrialOutcome[], protocol: Protocol): string {
  const isHeldOut = protocol !== 'original';
  const scores = isHeldOut ? HEADLINES.map((measure) => measure.name) : [];
  const head = [...NAME, 'epochs', 'validation loss', 'validation Dice', ...scores, 'training'];
  const rows = outcomes.map(({ trial, result, failure }) => {
    if (result === null) return [...name(trial), failure === undefined ? 'not done' : 'failed'];
    const { epochs, validation, heldOut, trainingSeconds } = result;
    return [
      ...name(trial),
      String(epochs),
      ...[validation.loss, validation.softDice].map((value) => value.toFixed(4)),
      ...(heldOut === null ? [] : scoreCells(heldOut.plain, HEADLINES)),
      durationText(trainingSeconds),
    ];
  });
  return textTable([head, ...rows]);
}

/** The trials that have no result, as sentences; empty where all have. */
export function missingText(outcomes: readonly TrialOutcome[]): string {
  const missing = outcomes.filter(({ result }) => result === null);
  if (missing.length === 0) return '';
  const failed = missing.filter(({ failure }) => failure !== undefined);
  const named = (some: readonly TrialOutcome[]): string => some.map(({ trial }) => trial.index).join(', ');
  const lines = [`${outcomes.length - missing.length} of ${outcomes.length} trials are done.`];
  if (failed.length > 0) lines.push(`Failed: trial ${named(failed)}; each says why in its folder's failure.json.`);
  lines.push('Start the same command again to go on.');
  return `${lines.join(' ')}\n`;
}

/** The trials of an experiment, before they are run or after: what each holds out, and how far it is in `out`. */
export async function planTable(experiment: Experiment, out: string): Promise<string> {
  const { trials, protocol, data } = experiment;
  const outcomes = trialOutcomes(experiment, out);
  const rows = await Promise.all(
    trials.map(async ({ trial, config }, i) => {
      const { result, failure, folder } = outcomes[i] as (typeof outcomes)[number];
      const first = (config.holdOutFrom ?? data.sections - config.holdOut) + 1;
      const heldOut = config.holdOut === 0 ? 'none' : `${first} - ${first + config.holdOut - 1}`;
      const begun = (await hasCheckpoint(folder)) ? 'begun' : 'not begun';
      const state = result !== null ? 'done' : failure !== undefined ? 'failed' : begun;
      const steps = config.epochs * config.stepsPerEpoch;
      return [...name(trial), heldOut, String(config.epochs), String(steps), state];
    }),
  );
  const head = [...NAME, 'held-out sections', 'epochs', 'steps', 'state'];
  return `protocol ${protocol}, ${data.description}, in ${out}\n\n${textTable([head, ...rows])}`;
}
