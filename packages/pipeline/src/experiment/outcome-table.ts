import { durationText, textTable } from '@dilated-unet/host';
import { HEADLINES, scoreCells } from '../scoring/report.ts';
import type { TrialOutcome, Protocol } from './results.ts';

/** The trials of an experiment as a table: what each found, or how far it is. */
export function outcomeTable(outcomes: readonly TrialOutcome[], protocol: Protocol): string {
  const isHeldOut = protocol !== 'original';
  const scores = isHeldOut ? HEADLINES.map(({ name }) => name) : [];
  const head = [
    'trial',
    'variant',
    'fold',
    'seed',
    'epochs',
    'validation loss',
    'validation Dice',
    ...scores,
    'training',
  ];
  const rows = outcomes.map(({ trial, result, failure }) => {
    const name = [String(trial.index), trial.variant, String(trial.fold), String(trial.seed)];
    if (result === null) return [...name, failure === undefined ? 'not done' : 'failed'];
    const { epochs, validation, heldOut, trainingSeconds } = result;
    return [
      ...name,
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
